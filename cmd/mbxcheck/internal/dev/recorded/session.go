package recorded

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/serve"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
)

// session is what clients say to a venue, written as text. The venue's answers
// are its own:
//
//	# What happens here.
//	@ start 2019-07-20T10:00:00Z
//	@ lies descending-klines
//
//	> +1s client=203.0.113.1
//	GET /api/v1/klines?symbol=BTCUSDT&interval=1m&limit=3
//	! ascending /1/0
//
// A line "> OFFSET" begins a request, the offset counting from the start; left
// out, the request comes one second after the exchange before it. Behind it may
// stand "client=IP", "flight=10s" for how long the answer takes (50 ms
// otherwise), and "key" for a request with the first account's key. Then come
// the method and the target, header fields, and behind an empty line the body.
// {now} is the request's instant in milliseconds, {signature} its signature,
// {orderId} and {listenKey} those of the last answer that had one.
//
// "! RULE [POINTER]" behind a request says that the rule must report the
// exchange, there. "@ lies ID ..." and "@ scenario NAME" set the venue's liars
// and its scenario from there on, none without a name. "@ others N METHOD
// TARGET client=IP" sends N requests that are not recorded, of programs that
// share the address.
type session struct {
	file  string
	lines []string
	at    int // index of the line to read next

	venue    *venue.Venue
	faults   *fault.Injector
	recorder http.Handler
	close    func() error

	start, now time.Time
	flight     time.Duration // of the request in progress
	n          int           // exchanges recorded
	kept       map[string]string
	wants      []Want
}

// Want says that a rule must report an exchange of the cassette.
type Want struct {
	Rule     string
	Exchange int    // counted from 1
	Pointer  string // "" for any
	Line     int    // of the session's text
}

const (
	flight = 50 * time.Millisecond
	gap    = time.Second
	base   = "https://api.binance.com"
)

func newSession(file, text, cassette string) (*session, error) {
	s := &session{file: file, lines: strings.Split(text, "\n"), faults: fault.NewInjector(), kept: map[string]string{}}
	s.start = time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	s.now = s.start
	clock := func() time.Time { return s.now }
	var err error
	if s.venue, err = venue.New(venue.Config{Seed: 1, Clock: clock, Hooks: s.faults.Hooks()}); err != nil {
		return nil, err
	}
	s.faults.Attach(s.venue)
	flying := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.venue.ServeHTTP(w, r)
		s.now = s.now.Add(s.flight)
	})
	s.recorder, s.close, err = serve.Record(flying, cassette, clock)
	return s, err
}

// hold holds the session to its end.
func (s *session) hold() (wants []Want, err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	for s.at < len(s.lines) {
		line := s.lines[s.at]
		s.at++
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case words[0] == "@" && len(words) > 1:
			err = s.directive(words[1], words[2:])
		case words[0] == ">":
			err = s.request(words[1:])
		case words[0] == "!" && len(words) > 1 && len(words) < 4:
			s.wants = append(s.wants, Want{Rule: words[1], Pointer: strings.Join(words[2:], ""), Exchange: s.n, Line: s.at})
		default:
			err = fmt.Errorf("expected a line that begins with #, @, > or !, found %q", line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.file, s.at, err)
		}
	}
	return s.wants, nil
}

func (s *session) directive(name string, words []string) (err error) {
	switch {
	case name == "start" && len(words) == 1:
		s.start, err = time.Parse(time.RFC3339, words[0])
		s.now = s.start
		return err
	case name == "lies":
		lies, err := liar.Hooks(words...)
		s.venue.SetHooks(liar.Join(lies, s.faults.Hooks()))
		return err
	case name == "scenario" && len(words) < 2:
		var sc *fault.Scenario
		if len(words) > 0 {
			sc, err = scenarioNamed(words[0])
		}
		s.faults.Set(sc)
		return err
	case name == "others" && len(words) == 4:
		return s.others(words)
	}
	return fmt.Errorf("expected start TIME, lies ID ..., scenario NAME or others N METHOD TARGET client=IP, found %s %q", name, words)
}

// scenarioNamed finds a scenario of the venue's own library, or else of those
// that clients are put through.
func scenarioNamed(name string) (*fault.Scenario, error) {
	if sc, err := fault.Named(name); err == nil {
		return sc, nil
	}
	list, err := certify.Library()
	if err != nil {
		return nil, err
	}
	return fault.Among(list, name)
}

// others sends requests that nobody records.
func (s *session) others(words []string) error {
	n, err := strconv.Atoi(words[0])
	client, ok := strings.CutPrefix(words[3], "client=")
	if err != nil || !ok {
		return fmt.Errorf("expected others N METHOD TARGET client=IP, found %q", words)
	}
	for range n {
		s.send(s.venue, words[1], words[2], client, nil, "")
	}
	return nil
}

// request reads a request and sends it.
func (s *session) request(words []string) error {
	s.now = s.now.Add(gap)
	client, keyed := "203.0.113.1", false
	s.flight = flight
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		d, err := time.ParseDuration(strings.TrimPrefix(word, "+"))
		switch {
		case strings.HasPrefix(word, "+") && err == nil:
			s.now = s.start.Add(d)
		case name == "client":
			client = value
		case name == "flight":
			if s.flight, err = time.ParseDuration(value); err != nil {
				return err
			}
		case word == "key":
			keyed = true
		default:
			return fmt.Errorf("expected +OFFSET, client=IP, flight=DURATION or key, found %q", word)
		}
	}
	method, target, header, body, err := s.message()
	if err != nil {
		return err
	}
	if keyed {
		header.Set("X-Mbx-Apikey", s.venue.Accounts()[0].Key)
	}
	target, body = s.sign(s.fill(target), s.fill(body))
	s.n++
	s.keep(s.send(s.recorder, method, target, client, header, body))
	return nil
}

// message reads the lines of a request.
func (s *session) message() (method, target string, h http.Header, body string, err error) {
	line := func() string {
		if s.at >= len(s.lines) {
			return ""
		}
		s.at++
		return s.lines[s.at-1]
	}
	method, target, ok := strings.Cut(line(), " ")
	if !ok {
		return "", "", nil, "", errors.New("expected a method and a target")
	}
	h = http.Header{}
	for {
		l := line()
		if strings.HasPrefix(l, "! ") || strings.HasPrefix(l, "@ ") {
			s.at-- // of the session, not of the message
			break
		}
		if l == "" {
			break
		}
		name, value, ok := strings.Cut(l, ": ")
		if !ok {
			return "", "", nil, "", fmt.Errorf("expected a header field, found %q", l)
		}
		h.Set(name, value)
	}
	if h.Get("Content-Type") != "" {
		body = line()
	}
	return method, target, h, body, nil
}

// fill puts values in the place of their names in braces.
func (s *session) fill(text string) string {
	text = strings.ReplaceAll(text, "{now}", strconv.FormatInt(s.now.UnixMilli(), 10))
	for name, value := range s.kept {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// sign puts the signature where it belongs.
func (s *session) sign(target, body string) (string, string) {
	const mark = "&signature={signature}"
	_, query, _ := strings.Cut(target, "?")
	mac := hmac.New(sha256.New, []byte(s.venue.Accounts()[0].Secret))
	mac.Write([]byte(strings.Replace(query, mark, "", 1) + strings.Replace(body, mark, "", 1)))
	signature := "&signature=" + hex.EncodeToString(mac.Sum(nil))
	return strings.Replace(target, mark, signature, 1), strings.Replace(body, mark, signature, 1)
}

func (s *session) send(to http.Handler, method, target, client string, h http.Header, body string) []byte {
	if strings.HasPrefix(target, "/") {
		target = base + target
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = client + ":40000"
	if h != nil {
		r.Header = h
	}
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w.Body.Bytes()
}

// keepers find what later requests refer to.
var keepers = regexp.MustCompile(`"(orderId|listenKey)":"?([0-9A-Za-z]+)`)

func (s *session) keep(answer []byte) {
	for _, found := range keepers.FindAllSubmatch(bytes.Clone(answer), -1) {
		s.kept[string(found[1])] = string(found[2])
	}
}
