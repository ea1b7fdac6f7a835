package conversation

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
)

// Conversation is a short exchange of messages written as text, for a rule's
// cases and plants. It is raw HTTP with time offsets:
//
//	# Why this case is good.
//	@ start 2019-07-20T10:00:00Z
//
//	> +0s
//	GET https://api.binance.com/api/v1/klines?symbol=BTCUSDT&interval=1m HTTP/1.1
//
//	< +80ms
//	HTTP/1.1 200 OK
//
//	[[1563616800000,"1","1","1","1","1",1563616859999,"1",1,"1","1","0"]]
//	! ascending /1/0
//
// A line "> OFFSET" begins a request and "< OFFSET" its response; offsets count
// from the start. Left out, a request comes one second after the exchange
// before it and a response 50 ms after its request. Overlapping exchanges are
// told apart by a label: "> +0s #a", "< +1s #a". "client=IP" behind a request's
// offset names its sender, "gaps=truncated,..." behind a response's what the
// recorder lost, "times=500" there that the exchange happens so many times, one
// behind the other as fast as it did once. "! RULE [POINTER]" behind an exchange says that the rule must
// report it, there.
//
// What somebody knew beside the wire (traffic.Annotation): behind a request's
// offset "cmd=1:klines" says which command it served, "own=1:klines" that the
// client sent it by itself while it did, "try=any-order/1/reversed" which
// experiment it belongs to, and "lost=reset" that its answer was seen to be
// lost, at "until=+2s". A line "= +5s cmd=1:klines from=+4s told=rate_limited
// status=429 code=-1003 wait=2s" is what the client told its caller of the
// command given at +4s; "= +60s told=watched" ends the watch. A statement is of the
// client that sent its command's requests, unless "client=IP" says of which; a watch
// is of all.
//
// Both sides of a proxy stand in one conversation: "hop=7/front" behind a request's
// offset says that it went from client to proxy, "hop=7/behind" that the proxy sent
// it to the venue for that. In front a sound proxy answers with what came last
// behind.
//
// What somebody between client and venue saw of a request's coming
// (traffic.Arrival): "opened=+80ms" behind its offset, which is then that of its
// first byte, says when its connection was opened, "free=+90ms" when that was free
// for it, and "arrived" that nothing more is known.
//
// Responses get what a sound venue sends, unless it is written out: Date,
// Content-Type and, where the edition has it, the used weight counting by minute. "Name: -"
// leaves a field out.
//
// Directives: "@ start TIME"; "@ evidence date" keeps only Dates and durations,
// as stock cassettes do, "@ evidence date-only" not even durations; "@ history
// complete" says that nothing came before.
type Conversation struct {
	Exchanges []*traffic.Exchange
	Wants     []Want
	Edition   *edition.Edition // that the venue in it keeps to

	start    time.Time
	next     time.Duration // where the next exchange stands by default
	evidence string
	complete bool
	counters map[string]counter // used weight by client
}

type counter struct {
	minute int64
	used   int64
}

// Want says that a rule must report an exchange.
type Want struct {
	Rule     string
	Exchange int // 1-based
	Pointer  string
	Line     int
}

// defaultStart lies inside the window of the edition 2019-seed, away from the
// edges of a minute.
var defaultStart = time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC)

// Parse reads the text form, in which the venue keeps to an edition. Errors name the
// file and the line.
func Parse(held *edition.Edition, file, text string) (*Conversation, error) {
	p := &parser{
		file: file, lines: strings.Split(text, "\n"), open: map[string]*traffic.Exchange{},
		c: &Conversation{Edition: held, start: defaultStart, counters: map[string]counter{}},
	}
	for p.at < len(p.lines) {
		if err := p.block(); err != nil {
			return nil, err
		}
	}
	if len(p.c.Exchanges) == 0 {
		return nil, fmt.Errorf("%s: expected at least one exchange, found none", file)
	}
	for label, x := range p.open {
		if label != "" || x.Response.Status == 0 {
			x.Gaps |= traffic.GapResponse
		}
	}
	return p.c, nil
}

type parser struct {
	file  string
	lines []string
	at    int // index of the line to read next
	c     *Conversation
	open  map[string]*traffic.Exchange // requests without a response, by label
	last  *traffic.Exchange
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, p.at+1, fmt.Sprintf(format, args...))
}

func (p *parser) block() error {
	line := p.lines[p.at]
	switch {
	case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		p.at++
		return nil
	case strings.HasPrefix(line, "@ "):
		return p.directive(strings.Fields(line[2:]))
	case line == ">" || strings.HasPrefix(line, "> "):
		return p.request(strings.Fields(line[1:]))
	case line == "<" || strings.HasPrefix(line, "< "):
		return p.response(strings.Fields(line[1:]))
	case strings.HasPrefix(line, "= "):
		return p.statement(strings.Fields(line[2:]))
	case strings.HasPrefix(line, "! "):
		return p.want(strings.Fields(line[2:]))
	}
	return p.errorf("expected a line that begins with #, @, >, <, = or !, found %q", line)
}

func (p *parser) directive(words []string) error {
	p.at++
	var err error
	switch {
	case len(words) == 2 && words[0] == "start":
		p.c.start, err = time.Parse(time.RFC3339, words[1])
	case len(words) == 2 && words[0] == "evidence" && (words[1] == "date" || words[1] == "date-only"):
		p.c.evidence = words[1]
	case len(words) == 2 && words[0] == "history" && words[1] == "complete":
		p.c.complete = true
	default:
		p.at--
		return p.errorf("expected start TIME, evidence date|date-only or history complete, found %q", words)
	}
	return err
}

// settings of a message line: its offset, label and options.
type settings struct {
	at     time.Duration
	label  string
	client string
	gaps   traffic.Gap
	until  time.Duration
	times  int
	note   traffic.Annotation

	arrived      bool
	opened, free time.Duration // -1: not known
}

var gapNames = map[string]traffic.Gap{
	"request-headers": traffic.GapRequestHeader, "request-body": traffic.GapRequestBody,
	"response-headers": traffic.GapResponseHeader, "response-body": traffic.GapResponseBody,
	"truncated": traffic.GapTruncated, "undecoded": traffic.GapUndecoded, "host": traffic.GapHost,
	"filtered": traffic.GapFiltered, "status": traffic.GapStatus, "library-fields": traffic.GapLibraryFields,
	"order": traffic.GapOrder,
}

// maxTimes bounds how often one exchange is repeated: no clause needs more than
// some hundred.
const maxTimes = 10000

func (p *parser) settings(words []string, at time.Duration) (settings, error) {
	s := settings{at: at, opened: -1, free: -1}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "+"):
			d, err := time.ParseDuration(w[1:])
			if err != nil {
				return s, p.errorf("expected an offset such as +80ms, found %q", w)
			}
			s.at = d
		case strings.HasPrefix(w, "#"):
			s.label = w[1:]
		case name == "client":
			s.client = value
		case name == "until" || name == "opened" || name == "free":
			d, err := time.ParseDuration(strings.TrimPrefix(value, "+"))
			if err != nil {
				return s, p.errorf("expected an offset such as %s=+2s, found %q", name, w)
			}
			*map[string]*time.Duration{"until": &s.until, "opened": &s.opened, "free": &s.free}[name] = d
		case w == "arrived":
			s.arrived = true
		case name == "times":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > maxTimes {
				return s, p.errorf("expected times=N of 1 to %d, found %q", maxTimes, w)
			}
			s.times = n
		case annotations[name] != nil:
			if !annotations[name](&s.note, value) {
				return s, p.errorf("expected %s=VALUE as the Conversation's documentation has it, found %q", name, w)
			}
		case name == "gaps":
			for _, g := range strings.Split(value, ",") {
				bit, ok := gapNames[g]
				if !ok {
					return s, p.errorf("expected the name of a gap, found %q", g)
				}
				s.gaps |= bit
			}
		default:
			return s, p.errorf("expected +OFFSET, #LABEL, client=IP, gaps=NAMES or an annotation, found %q", w)
		}
	}
	return s, nil
}

func (p *parser) request(words []string) error {
	s, err := p.settings(words, p.c.next)
	if err != nil {
		return err
	}
	line := p.at + 1
	p.at++
	method, target, ok := strings.Cut(p.startLine(), " ")
	target, _, _ = strings.Cut(target, " ")
	if !ok || target == "" {
		return p.errorf("expected a request line such as GET https://api.binance.com/api/v1/ping HTTP/1.1, found %q", p.startLine())
	}
	p.at++
	x := &traffic.Exchange{Client: s.client, Gaps: s.gaps, CompleteHistory: p.c.complete}
	x.At = traffic.Position{File: p.file, Line: line, Number: len(p.c.Exchanges) + 1}
	x.Request.Method, x.Request.URL = method, target
	if x.Request.Header, x.Request.Body, err = p.message(); err != nil {
		return err
	}
	x.Arrival, x.Sent = p.arrival(s)
	if s.note != (traffic.Annotation{}) {
		x.Annotation = &s.note
	}
	if s.until > 0 {
		x.Received = traffic.Exactly(p.c.start.Add(s.until))
		x.Gaps |= traffic.GapResponse
	}
	p.c.Exchanges = append(p.c.Exchanges, x)
	if p.last = x; s.until == 0 {
		p.open[s.label] = x
	}
	p.c.next = max(s.at, s.until) + time.Second
	return nil
}

// arrival is what was seen of a request's coming, if anybody did, and when it was
// sent.
func (p *parser) arrival(s settings) (traffic.Arrival, traffic.Span) {
	at := p.c.start.Add(s.at)
	if !s.arrived && s.opened < 0 {
		return traffic.Arrival{}, traffic.Exactly(at)
	}
	a := traffic.Arrival{FirstByteAt: at}
	if s.opened >= 0 {
		a.OpenedAt = p.c.start.Add(s.opened)
	}
	if s.free >= 0 {
		a.FreeAt = p.c.start.Add(s.free)
	}
	return a, a.Sent()
}

func (p *parser) startLine() string {
	if p.at < len(p.lines) {
		return p.lines[p.at]
	}
	return ""
}

func (p *parser) response(words []string) error {
	s, err := p.settings(words, -1)
	if err != nil {
		return err
	}
	x := p.open[s.label]
	if x == nil {
		return p.errorf("expected a request before this response, found none with label %q", s.label)
	}
	delete(p.open, s.label)
	p.at++
	words = strings.Fields(p.startLine())
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/") {
		return p.errorf("expected a status line such as HTTP/1.1 200 OK, found %q", p.startLine())
	}
	if x.Response.Status, err = strconv.Atoi(words[1]); err != nil {
		return p.errorf("expected a status code, found %q", words[1])
	}
	p.at++
	if x.Response.Header, x.Response.Body, err = p.message(); err != nil {
		return err
	}
	received := x.Sent.Latest.Add(50 * time.Millisecond)
	if s.at >= 0 {
		received = p.c.start.Add(s.at)
	}
	x.Gaps |= s.gaps
	x.Received = traffic.Exactly(received)
	x.Duration = received.Sub(x.Sent.Latest)
	repeats := p.repeats(x, s.times)
	for _, x := range append([]*traffic.Exchange{x}, repeats...) {
		p.last, p.c.next = x, x.Received.Earliest.Sub(p.c.start)+time.Second // before evidence is taken away
		p.c.fill(x)
	}
	p.c.Exchanges = append(p.c.Exchanges, repeats...)
	return nil
}

// repeats are the copies of an exchange that happens several times: each is
// sent when the one before was answered.
func (p *parser) repeats(x *traffic.Exchange, times int) []*traffic.Exchange {
	var copies []*traffic.Exchange
	for i := 1; i < times; i++ {
		y := x.Clone()
		y.At.Number = len(p.c.Exchanges) + i
		y.Sent = traffic.Exactly(x.Sent.Earliest.Add(time.Duration(i) * (x.Duration + time.Millisecond)))
		y.Received = traffic.Exactly(y.Sent.Earliest.Add(x.Duration))
		copies = append(copies, y)
	}
	return copies
}

// message reads field lines, an empty line and a body up to the next block.
func (p *parser) message() (h traffic.Header, body []byte, err error) {
	for ; p.at < len(p.lines) && strings.TrimSpace(p.lines[p.at]) != "" && !startsBlock(p.lines[p.at]); p.at++ {
		name, value, ok := strings.Cut(p.lines[p.at], ":")
		if !ok {
			return nil, nil, p.errorf("expected a field line such as Retry-After: 5, found %q", p.lines[p.at])
		}
		h = append(h, traffic.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	var lines []string
	for ; p.at < len(p.lines) && !startsBlock(p.lines[p.at]); p.at++ {
		lines = append(lines, p.lines[p.at])
	}
	body = []byte(strings.Trim(strings.Join(lines, "\n"), "\n"))
	return h, body, nil
}

func startsBlock(line string) bool {
	return line == ">" || line == "<" || len(line) > 1 && line[1] == ' ' && strings.IndexByte("><=!@#", line[0]) >= 0
}

func (p *parser) want(words []string) error {
	if p.last == nil || len(words) == 0 || len(words) > 2 {
		return p.errorf("expected ! RULE [POINTER] behind an exchange, found %q", p.lines[p.at])
	}
	w := Want{Rule: words[0], Exchange: p.last.At.Number, Line: p.at + 1}
	if len(words) == 2 {
		w.Pointer = words[1]
	}
	p.c.Wants = append(p.c.Wants, w)
	p.at++
	return nil
}

// fill adds what a sound venue sends and takes away what the evidence leaves
// out.
func (c *Conversation) fill(x *traffic.Exchange) {
	h := &x.Response.Header
	if x.Annotation.Side() == traffic.Front {
		c.passOn(x)
	}
	if _, ok := h.Get("Date"); !ok {
		h.Set("Date", x.Received.Earliest.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	if _, ok := h.Get("Content-Type"); !ok {
		h.Set("Content-Type", "application/json;charset=UTF-8")
	}
	if _, ok := h.Get(c.Edition.Dialect.Fields.UsedWeight); !ok && x.Annotation.Side() != traffic.Front {
		if used := c.count(x); used > 0 {
			h.Set(c.Edition.Dialect.Fields.UsedWeight, strconv.FormatInt(used, 10))
		}
	}
	*h = slices.DeleteFunc(*h, func(f traffic.Field) bool { return f.Value == "-" })
	if c.evidence != "" {
		x.Sent, x.Received = traffic.Span{}, traffic.Span{}
	}
	if c.evidence == "date-only" {
		x.Duration = 0
	}
}

// passOn adds to an answer in front, of what is filled in, what came last behind.
func (c *Conversation) passOn(x *traffic.Exchange) {
	behind := traffic.Hop{ID: x.Annotation.Hop.ID, Side: traffic.Behind}
	for _, y := range slices.Backward(c.Exchanges) {
		if y.Annotation == nil || y.Annotation.Hop != behind || y.Response.Status == 0 {
			continue
		}
		for _, name := range [...]string{"Date", "Content-Type", c.Edition.Dialect.Fields.UsedWeight} {
			if _, written := x.Response.Header.Get(name); written {
				continue
			}
			if value, came := y.Response.Header.Get(name); came {
				x.Response.Header.Set(name, value)
			}
		}
		return
	}
}

// count adds the request's weight to its client's counter of the minute.
func (c *Conversation) count(x *traffic.Exchange) int64 {
	var f traffic.Facts
	f.ScanRequest(c.Edition.Dialect, x)
	if !f.Family.Weighed {
		return 0
	}
	f.Era = x.Received.Earliest
	own := weight.Own(&f, c.Edition.Catalogue.Lookup(x.Request.Method, f.Path))
	n := c.counters[x.Client]
	if minute := f.Era.Unix() / 60; n.minute != minute {
		n = counter{minute: minute}
	}
	n.used += max(own, 1)
	c.counters[x.Client] = n
	return n.used
}

// Last returns the last exchange.
func (c *Conversation) Last() *traffic.Exchange { return c.Exchanges[len(c.Exchanges)-1] }

// WithStatus returns the first exchange answered with the status, nil if
// there is none.
func (c *Conversation) WithStatus(status int) *traffic.Exchange {
	for _, x := range c.Exchanges {
		if x.Response.Status == status {
			return x
		}
	}
	return nil
}

// Insert adds an exchange at an instant: the request line and fields of x, the
// status line, fields and body of its answer, in the text form. It panics on
// text that does not parse: plants are constants.
func (c *Conversation) Insert(sentAt time.Time, request, response string) *traffic.Exchange {
	offset := sentAt.Sub(c.start)
	text := fmt.Sprintf("> +%s\n%s\n< +%s\n%s\n", offset, request, offset+50*time.Millisecond, response)
	p := &parser{file: c.Last().At.File, lines: strings.Split(text, "\n"), open: map[string]*traffic.Exchange{}, c: c}
	for p.at < len(p.lines) {
		if err := p.block(); err != nil {
			panic(err)
		}
	}
	c.order()
	return p.last
}

// Refusal is the error payload of a meaning, with the first message that the edition
// documents for its code.
func (c *Conversation) Refusal(m traffic.Meaning) []byte {
	code := c.Edition.Dialect.Code(m)
	text := ""
	if of, _ := c.Edition.Codes.Lookup(code); len(of.Messages) > 0 {
		text = strings.ReplaceAll(of.Messages[0], "%s", "1")
	}
	return c.Edition.Dialect.Refusal(code, text)
}

// Instant writes an instant in the edition's unit.
func (c *Conversation) Instant(at time.Time) string {
	return strconv.FormatInt(c.Edition.Dialect.Clock.Unit.Count(at), 10)
}

// Resend adds a copy of an exchange, sent again at another instant.
func (c *Conversation) Resend(x *traffic.Exchange, sentAt time.Time) *traffic.Exchange {
	y := x.Clone()
	y.Response.Header.Del(c.Edition.Dialect.Fields.UsedWeight)
	c.Exchanges = append(c.Exchanges, y)
	c.Move(y, sentAt)
	return y
}

// Move sends an exchange at another instant, its answer taking as long as it
// did.
func (c *Conversation) Move(x *traffic.Exchange, sentAt time.Time) {
	took := x.Received.Earliest.Sub(x.Sent.Earliest)
	x.Sent, x.Received = traffic.Exactly(sentAt), traffic.Exactly(sentAt.Add(took))
	x.Response.Header.Del("Date")
	c.fill(x)
	c.order()
}

// order numbers the exchanges anew in the order they were sent.
func (c *Conversation) order() {
	slices.SortStableFunc(c.Exchanges, func(a, b *traffic.Exchange) int {
		return a.Sent.Earliest.Compare(b.Sent.Earliest)
	})
	for i, x := range c.Exchanges {
		x.At.Number = i + 1
	}
}

// Drop removes an exchange.
func (c *Conversation) Drop(x *traffic.Exchange) {
	c.Exchanges = slices.DeleteFunc(c.Exchanges, func(y *traffic.Exchange) bool { return y == x })
	c.order()
}

// ReplaceInBody replaces text in a response body; it panics if the text is not
// there, for then the plant would plant nothing.
func ReplaceInBody(x *traffic.Exchange, old, new string) {
	if !bytes.Contains(x.Response.Body, []byte(old)) {
		panic(fmt.Sprintf("plant: expected %q in the response body", old))
	}
	x.Response.Body = bytes.ReplaceAll(x.Response.Body, []byte(old), []byte(new))
}
