package driver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const hello = `{"protocol":1,"client":"player","version":"1","configuration":"default","ops":["ping","time"]}`

// play is a driver, of a role, up to the end of its input or its output.
func play(role string, stdin io.Reader, stdout io.Writer) {
	switch role {
	case "chatty":
		fmt.Fprintln(stdout, "Using keys from the environment")
	case "other protocol":
		fmt.Fprintln(stdout, strings.Replace(hello, `"protocol":1`, `"protocol":2`, 1))
	case "endless line":
		for {
			if _, err := fmt.Fprint(stdout, strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	}
	fmt.Fprintln(stdout, hello)
	in := bufio.NewScanner(stdin)
	var held []int64
	for in.Scan() {
		var c Command
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			panic(err)
		}
		answer := fmt.Sprintf(`{"id":%d,"outcome":"ok","result":{"rows":%d}}`, c.ID, c.ID)
		switch role {
		case "good":
			fmt.Fprintln(stdout, answer)
		case "backwards": // answers once it has three, the last first
			if held = append(held, c.ID); len(held) < 3 {
				continue
			}
			slices.Reverse(held)
			for _, id := range held {
				fmt.Fprintf(stdout, `{"id":%d,"outcome":"ok","result":{"rows":%d}}`+"\n", id, id)
			}
			held = nil
		case "late": // answers the first only with the second
			if c.ID > 1 {
				fmt.Fprintln(stdout, `{"id":1,"outcome":"ok"}`)
				fmt.Fprintln(stdout, answer)
			}
		case "twice":
			fmt.Fprintln(stdout, answer)
			fmt.Fprintln(stdout, answer)
		case "unasked":
			fmt.Fprintln(stdout, `{"id":99,"outcome":"ok"}`)
		case "prints":
			fmt.Fprintln(stdout, "<html>")
		case "ends":
			return
		case "deaf": // reads one command, and never ends
			select {}
		}
	}
}

// patience is far more than anything here takes on a busy machine.
const patience = 2 * time.Minute

// meet converses with a driver that plays a role in this process, over pipes.
func meet(t *testing.T, role string) (*Conversation, io.Closer, error) {
	theirs, stdin := io.Pipe()
	stdout, ours := io.Pipe()
	t.Cleanup(func() {
		stdin.Close()
		stdout.Close()
	})
	go func() {
		defer ours.Close()
		play(role, theirs, ours)
	}()
	talk, err := Converse(within(t, patience), stdin, stdout)
	return talk, stdin, err
}

func start(t *testing.T, role string) (*Conversation, context.Context) {
	t.Helper()
	talk, _, err := meet(t, role)
	if err != nil {
		t.Fatal(err)
	}
	return talk, within(t, patience)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestConversation(t *testing.T) {
	p, stdin, err := meet(t, "good")
	if err != nil {
		t.Fatal(err)
	}
	ctx := within(t, patience)
	if p.Hello.Client != "player" || !p.Hello.Has(Ping) || !p.Hello.BaseURL {
		t.Errorf("found %+v", p.Hello)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			a, err := p.Do(ctx, Command{Op: Ping})
			if err != nil || a.Outcome != traffic.OutcomeOK || *a.Result.Rows != a.ID {
				t.Errorf("found %+v, %v", a, err)
			}
		})
	}
	all.Wait()
	stdin.Close()
	<-p.ended
	if _, err := p.Do(ctx, Command{Op: Ping}); !errors.Is(err, errEndOfOutput) {
		t.Errorf("after the end: found %v", err)
	}
}

func TestAnswersInAnyOrder(t *testing.T) {
	p, ctx := start(t, "backwards")
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if a, err := p.Do(ctx, Command{Op: Ping}); err != nil || *a.Result.Rows != a.ID {
				t.Errorf("found %+v, %v", a, err)
			}
		})
	}
	all.Wait()
}

func TestLateAnswerIsDropped(t *testing.T) {
	p, ctx := start(t, "late")
	short, cancel := context.WithCancel(ctx)
	gone := make(chan error)
	go func() {
		_, err := p.Do(short, Command{Op: Ping})
		gone <- err
	}()
	// The command is told before the caller goes.
	for p.told() == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("expected the caller's own end, found %v", err)
	}
	// If the first was never written, the second is answered all the same: the
	// driver then answers a command that it was not told, which nobody can know.
	if a, err := p.Do(ctx, Command{Op: Ping}); err != nil || a.ID != 2 {
		t.Errorf("found %+v, %v", a, err)
	}
}

func (p *Conversation) told() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastID
}

func TestNoHello(t *testing.T) {
	for role, wants := range map[string][]string{
		"chatty":         {"line 1", "expected a hello of protocol 1", `"Using keys from the environment"`},
		"other protocol": {"line 1", "protocol: expected 1, found 2"},
		"endless line":   {"line 1", "expected at most 1048576 bytes", "bytes more"},
	} {
		t.Run(role, func(t *testing.T) {
			_, _, err := meet(t, role)
			for _, want := range wants {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("expected an error with %q, found %v", want, err)
				}
			}
		})
	}
}

// TestMeantAsHello tells a driver's first line that has a fault from another
// program's.
func TestMeantAsHello(t *testing.T) {
	for line, want := range map[string]bool{
		hello:                         true,
		`{"protocol":2}`:              true,
		`{"client":"x","ops":[]}`:     true,
		`{'protocol':1,'client':'x'}`: true,
		`{"protocol":1,"client":"x","version":"1","ops":["ping"`: true,
		"\ufeff" + hello: true,
		`{"protocol":1,"client":"x","language":"ruby"}`: true,
		``:                   false,
		`{`:                  false,
		`{}`:                 false,
		`ready, protocol: 1`: false,
		`{"level":"info","protocol":"wss","client":"bot","version":"1"}`: false,
		`{"time":1,"msg":"client: started, ops: 3"}`:                     false,
		`[{"protocol":1}]`: false,
	} {
		if got := meantAsHello([]byte(line)); got != want {
			t.Errorf("%s: expected %t, found %t", line, want, got)
		}
	}
}

// TestHelloThatComesLater finds it behind what a library prints.
func TestHelloThatComesLater(t *testing.T) {
	for _, c := range []struct {
		output string
		want   int
	}{
		{"loading\n" + hello + "\n", 2},
		{"loading\n\n" + `{"protocol":2}` + "\n", 3},
		{"{\n\"protocol\": 1,\n\"client\": \"x\"}\n", 1},
		{"loading\nloaded\n", 0},
		{"{\n\"price\": 1\n}\n", 0},
		{strings.Repeat("loading\n", maxLater+2) + hello, 0},
	} {
		_, err := Converse(t.Context(), discarded{}, strings.NewReader(c.output))
		var line *NoHello
		if !errors.As(err, &line) {
			t.Errorf("%.20q: expected no hello, found %v", c.output, err)
			continue
		}
		if got := line.Later(); got != c.want {
			t.Errorf("%.20q: expected a hello on line %d, found it on %d", c.output, c.want, got)
		}
	}
}

// discarded is the input of a driver that is told nothing.
type discarded struct{}

func (discarded) Write(b []byte) (int, error) { return len(b), nil }
func (discarded) Close() error                { return nil }

func TestSilentDriverIsNotAwaited(t *testing.T) {
	stdout, _ := io.Pipe()
	if _, err := Converse(within(t, 50*time.Millisecond), discarded{}, stdout); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("expected the caller's deadline, found %v", err)
	}
}

func TestBrokenConversation(t *testing.T) {
	for role, wants := range map[string][]string{
		"twice":   {"line 3", "expected one answer for each command: 1 has had one"},
		"unasked": {"line 2", "99 has had one, or was never told"},
		"prints":  {"line 2", "expected an answer", `"<html>"`},
		"ends":    {"command 1, ping", "the driver has ended"},
	} {
		t.Run(role, func(t *testing.T) {
			p, ctx := start(t, role)
			var err error
			for err == nil { // the fault may come after the first answer
				_, err = p.Do(ctx, Command{Op: Ping})
			}
			for _, want := range wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("expected an error with %q, found %v", want, err)
				}
			}
		})
	}
}

// More than a pipe holds: the writer is stuck, callers are not.
func TestDeafDriver(t *testing.T) {
	p, _ := start(t, "deaf")
	if _, err := p.Do(within(t, 50*time.Millisecond), Command{Op: Ping}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("found %v", err)
	}
	big := Command{Op: Ping, Params: map[string]any{"symbol": strings.Repeat("x", 1<<20)}}
	for range 2 {
		if _, err := p.Do(within(t, 50*time.Millisecond), big); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("found %v", err)
		}
	}
}
