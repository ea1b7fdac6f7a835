package driver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mbxcheck/mbxcheck/suites/mask"
)

const (
	// maxLine bounds a driver's line, in bytes. Answers have some hundred; an
	// error that quotes a page of HTML, some ten thousand.
	maxLine = 1 << 20

	// helloWait is how long a driver may take to load its client and say hello.
	// The slowest, ccxt, takes about 2 s of an idle core.
	helloWait = time.Minute
)

// Conversation is what is said between a certifier and a driver that somebody
// else runs. It is safe for concurrent use.
type Conversation struct {
	Hello Hello // what the driver said of itself: read only

	stdin io.WriteCloser
	lines chan []byte // commands for the writer

	mu      sync.Mutex
	lastID  int64
	waiting map[int64]chan<- Answer // by command; nil where the caller has gone
	fault   error                   // what ended the conversation
	ended   chan struct{}           // closed once fault is set: no answer comes any more
}

// Converse speaks with a driver by way of its standard input and output, and
// waits for its hello, a minute at most, or until ctx ends. Whoever runs the
// driver closes both.
func Converse(ctx context.Context, stdin io.WriteCloser, stdout io.Reader) (*Conversation, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, helloWait, fmt.Errorf("expected a hello within %s, found none", helloWait))
	defer cancel()
	talk := &Conversation{stdin: stdin, lines: make(chan []byte), waiting: map[int64]chan<- Answer{}, ended: make(chan struct{})}
	hello := make(chan Hello, 1)
	go talk.read(stdout, hello)
	go talk.write()
	select {
	case talk.Hello = <-hello:
		return talk, nil
	case <-talk.ended:
	case <-ctx.Done():
		talk.end(context.Cause(ctx))
	}
	return nil, talk.fault
}

// Do tells the driver a command and waits for its answer. It sets the command's
// ID. Commands may be told while others are under way. Once ctx ends Do no
// longer waits; the driver goes on, and its answer is dropped.
//
// An error means that there is no answer; it names the command, and says what
// became of the driver if that is the cause.
func (talk *Conversation) Do(ctx context.Context, c Command) (Answer, error) {
	answer := make(chan Answer, 1)
	talk.mu.Lock()
	talk.lastID++
	c.ID = talk.lastID
	talk.waiting[c.ID] = answer
	talk.mu.Unlock()

	a, err := talk.do(ctx, c, answer)
	if err != nil {
		talk.mu.Lock()
		if _, ok := talk.waiting[c.ID]; ok {
			talk.waiting[c.ID] = nil
		}
		talk.mu.Unlock()
		return Answer{}, fmt.Errorf("command %d, %s: %w", c.ID, c.Op, err)
	}
	return a, nil
}

func (talk *Conversation) do(ctx context.Context, c Command, answer <-chan Answer) (Answer, error) {
	line, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		return Answer{}, err
	}
	select {
	case talk.lines <- append(line, '\n'):
	case <-talk.ended:
		return Answer{}, talk.fault
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("not told, for the driver takes no more: %w", context.Cause(ctx))
	}
	select {
	case a := <-answer:
		return a, nil
	case <-talk.ended:
		select {
		case a := <-answer: // both were ready
			return a, nil
		default:
			return Answer{}, talk.fault
		}
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("no answer: %w", context.Cause(ctx))
	}
}

// errEndOfOutput is what ends every conversation, good ones too.
var errEndOfOutput = errors.New("the driver has ended")

// end says why no more answers come; the first to say it counts.
func (talk *Conversation) end(why error) {
	talk.mu.Lock()
	defer talk.mu.Unlock()
	if talk.fault == nil {
		talk.fault = fmt.Errorf("driver: %w", why)
		close(talk.ended)
	}
}

func (talk *Conversation) write() {
	for {
		select {
		case line := <-talk.lines:
			// What stops a write ends the output as well, which says more.
			if _, err := talk.stdin.Write(line); err != nil {
				return
			}
		case <-talk.ended:
			return
		}
	}
}

// read takes the driver's lines up to the first that breaks the protocol.
func (talk *Conversation) read(stdout io.Reader, hello chan<- Hello) {
	in := bufio.NewReaderSize(stdout, 4096)
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err == nil && number == 1 {
			h, fault := parseHello(line)
			if fault != nil {
				talk.end(noHello(line, fault, in))
				return
			}
			hello <- h
			continue
		}
		if err == nil {
			err = talk.take(line)
		}
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			talk.end(errEndOfOutput)
			return
		}
		talk.end(fmt.Errorf("line %d of its output: %w: %s", number, err, quoted(line)))
		return
	}
}

func (talk *Conversation) take(line []byte) error {
	a, err := parseAnswer(line)
	if err != nil {
		return fmt.Errorf("expected an answer: %w", err)
	}
	talk.mu.Lock()
	defer talk.mu.Unlock()
	answer, ok := talk.waiting[a.ID]
	if !ok {
		return fmt.Errorf("expected one answer for each command: %d has had one, or was never told", a.ID)
	}
	delete(talk.waiting, a.ID)
	if answer != nil {
		answer <- a
	}
	return nil
}

var errLongLine = fmt.Errorf("expected at most %d bytes", maxLine)

// readLine returns a line without its end. The last one may lack it.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return line, errLongLine
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// quoted is the beginning of a line, for a message.
func quoted(line []byte) string {
	const most = 200 // two lines of a terminal
	text, more := (*mask.Masker)(nil).Excerpt(string(line), most)
	if more {
		return fmt.Sprintf("%q and %d bytes more", text, max(0, len(line)-most))
	}
	return fmt.Sprintf("%q", text)
}
