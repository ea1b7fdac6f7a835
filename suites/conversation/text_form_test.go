package conversation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func parsed(t *testing.T, text string) *Conversation {
	t.Helper()
	c, err := Parse(edition.Default(), "case", text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// instant is an offset from the start that a conversation has by default.
func instant(d time.Duration) traffic.Span { return traffic.Exactly(defaultStart.Add(d)) }

const ping = "GET https://api.binance.com/api/v1/ping HTTP/1.1\n\n"

// Instants that are left out: a request a second behind the exchange before it,
// an answer 50 ms behind its request.
func TestInstantsOfAConversation(t *testing.T) {
	c := parsed(t, ">\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n\n> +5s\n"+ping+"< +6s\nHTTP/1.1 200 OK\n\n>\n"+ping+"<\nHTTP/1.1 200 OK\n")
	for i, want := range [][2]time.Duration{{0, 50 * time.Millisecond}, {5 * time.Second, 6 * time.Second}, {7 * time.Second, 7050 * time.Millisecond}} {
		x := c.Exchanges[i]
		if x.Sent != instant(want[0]) || x.Received != instant(want[1]) || x.Duration != want[1]-want[0] || x.At.Number != i+1 || x.At.File != "case" {
			t.Errorf("exchange %d: expected %v, found sent %v, received %v in %s", i+1, want, x.Sent, x.Received, x.Duration)
		}
	}
	if got := []int{c.Exchanges[0].At.Line, c.Exchanges[1].At.Line, c.Exchanges[2].At.Line}; !slices.Equal(got, []int{1, 9, 15}) {
		t.Errorf("expected the lines of the requests, found %v", got)
	}
	if string(c.Exchanges[0].Response.Body) != "{}" || len(c.Exchanges[1].Response.Body) != 0 || c.Last() != c.Exchanges[2] {
		t.Errorf("expected the bodies as written, found %q and %q", c.Exchanges[0].Response.Body, c.Exchanges[1].Response.Body)
	}
}

// What a sound venue sends is filled in, unless it is written out.
func TestFieldsOfASoundVenue(t *testing.T) {
	const get = "GET https://api.binance.com"
	c := parsed(t, "> client=a\n"+get+"/api/v1/depth?symbol=A&limit=1000 HTTP/1.1\n\n<\nHTTP/1.1 200 OK\n\n{}\n"+
		"> client=a\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n> client=b\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n"+
		"> client=a +49s\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n> client=a +50s\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n"+
		"> client=a\n"+get+"/sapi/v1/x HTTP/1.1\n\n<\nHTTP/1.1 200 OK\n\n{}\n"+
		">\n"+ping+"<\nHTTP/1.1 200 OK\nDate: -\nContent-Type: text/plain\nx-mbx-used-weight: 9\n\n{}\n")
	for i, want := range []string{"10", "11", "1", "12", "1", "", "9"} {
		if got, _ := c.Exchanges[i].Response.Header.Get("X-MBX-USED-WEIGHT"); got != want {
			t.Errorf("exchange %d: expected a used weight of %q, found %q", i+1, want, got)
		}
	}
	h := c.Exchanges[0].Response.Header
	if date, _ := h.Get("Date"); date != "Sat, 20 Jul 2019 10:00:10 GMT" {
		t.Errorf("expected the Date of the answer, found %q", date)
	}
	if kind, _ := h.Get("Content-Type"); kind != "application/json;charset=UTF-8" {
		t.Errorf("expected JSON, found %q", kind)
	}
	last := c.Last().Response.Header
	if _, has := last.Get("Date"); has || len(last) != 2 {
		t.Errorf("expected no Date and what is written out, found %v", last)
	}
}

// Evidence that is taken away, histories that are whole, gaps, and lost answers.
func TestWhatAConversationLeavesOut(t *testing.T) {
	for words, want := range map[string]struct {
		known    bool
		duration time.Duration
	}{"": {true, 50 * time.Millisecond}, "@ evidence date\n": {false, 50 * time.Millisecond}, "@ evidence date-only\n": {false, 0}} {
		x := parsed(t, words+">\n"+ping+"<\nHTTP/1.1 200 OK\n").Last()
		if x.Sent.Known() != want.known || x.Received.Known() != want.known || x.Duration != want.duration {
			t.Errorf("%q: expected %v, found %+v", words, want, x)
		}
	}
	c := parsed(t, "@ start 2020-01-02T03:04:05Z\n@ history complete\n> gaps=host,request-body\n"+ping+"< gaps=truncated\nHTTP/1.1 200 OK\n> #a\n"+ping+"> #b\n"+ping+
		"< #a\nHTTP/1.1 201 OK\n> lost=reset until=+20s\n"+ping)
	x := c.Exchanges[0]
	if !x.CompleteHistory || x.Gaps != traffic.GapHost|traffic.GapRequestBody|traffic.GapTruncated || !x.Sent.Earliest.Equal(time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)) {
		t.Errorf("expected gaps and a whole history, found %+v", x)
	}
	if c.Exchanges[1].Response.Status != 201 || c.Exchanges[1].Gaps != 0 || c.Exchanges[2].Gaps != traffic.GapResponse {
		t.Errorf("expected an answer for the one that has it, found gaps %d and %d", c.Exchanges[1].Gaps, c.Exchanges[2].Gaps)
	}
	lost := c.Exchanges[3]
	if lost.Annotation.Lost != traffic.LostReset || lost.Gaps != traffic.GapResponse || !lost.Received.Earliest.Equal(x.Sent.Earliest.Add(20*time.Second)) {
		t.Errorf("expected an answer lost at 20 s, found %+v", lost)
	}
	open := parsed(t, ">\n"+ping+"<\nHTTP/1.1 200 OK\n>\n"+ping)
	if open.Last().Gaps != traffic.GapResponse || open.Exchanges[0].Gaps != 0 {
		t.Errorf("expected a request without an answer to lack it, found gaps %d", open.Last().Gaps)
	}
	for name, gap := range gapNames {
		if x := parsed(t, "> gaps="+name+"\n"+ping+"<\nHTTP/1.1 200 OK\n").Last(); x.Gaps != gap {
			t.Errorf("gaps=%s: expected %d, found %d", name, gap, x.Gaps)
		}
	}
}

// What is known beside the wire.
func TestAnnotationsOfAConversation(t *testing.T) {
	c := parsed(t, "> cmd=1:klines\n"+ping+"<\nHTTP/1.1 200 OK\n> own=2:ping try=any-order/3/reversed\n"+ping+"<\nHTTP/1.1 200 OK\n"+
		"= +9s from=+4s cmd=1:klines told=rate_limited type=E status=429 code=-1003 wait=2s\n= from=+99s told=watched\n>\n"+ping+"<\nHTTP/1.1 200 OK\n")
	if got := c.Exchanges[0].Annotation; *got != (traffic.Annotation{Command: traffic.Command{ID: 1, Op: "klines"}}) {
		t.Errorf("expected a command, found %+v", got)
	}
	if got := c.Exchanges[1].Annotation; *got != (traffic.Annotation{Command: traffic.Command{ID: 2, Op: "ping", Own: true}, Experiment: traffic.Experiment{Name: "any-order", Group: 3, Variant: "reversed"}}) {
		t.Errorf("expected a call of its own that is tried, found %+v", got)
	}
	said := c.Exchanges[2]
	want := traffic.Told{Outcome: traffic.OutcomeRateLimited, Type: "E", Status: 429, Code: -1003, RetryAfter: 2 * time.Second}
	if said.Annotation.Told != want || said.Sent != instant(4*time.Second) || said.Received != instant(9*time.Second) || said.At.Number != 3 || said.Gaps != traffic.GapResponse {
		t.Errorf("expected what the client told, found %+v", said)
	}
	if watched := c.Exchanges[3]; watched.Received != instant(10*time.Second) || watched.Sent != watched.Received {
		t.Errorf("expected no command to be given behind its answer, found %v and %v", watched.Sent, watched.Received)
	}
	if next := c.Exchanges[4]; next.Sent != instant(11*time.Second) || next.Annotation != nil {
		t.Errorf("expected the next request a second behind, found %v", next.Sent)
	}
	x := parsed(t, "> +1s opened=+500ms free=+900ms\n"+ping+"<\nHTTP/1.1 200 OK\n").Last()
	if a := x.Arrival; !a.FirstByteAt.Equal(defaultStart.Add(time.Second)) || !a.OpenedAt.Equal(defaultStart.Add(500*time.Millisecond)) || !a.FreeAt.Equal(defaultStart.Add(900*time.Millisecond)) || x.Sent != a.Sent() {
		t.Errorf("expected an arrival, found %+v, sent %v", a, x.Sent)
	}
	if got := x.Received; got != instant(1050*time.Millisecond) {
		t.Errorf("expected the answer 50 ms behind, found %v", got)
	}
	if a := parsed(t, "> arrived opened=+0s\n"+ping+"<\nHTTP/1.1 200 OK\n").Last().Arrival; a.OpenedAt.IsZero() || !a.FreeAt.IsZero() {
		t.Errorf("expected it to be opened at the start, found %+v", a)
	}
	if a := parsed(t, "> arrived\n"+ping+"<\nHTTP/1.1 200 OK\n").Last().Arrival; !a.OpenedAt.IsZero() || a.FirstByteAt.IsZero() {
		t.Errorf("expected the first byte alone, found %+v", a)
	}
	if x := parsed(t, ">\n"+ping+"<\nHTTP/1.1 200 OK\n").Last(); x.Arrival.Seen() || x.Annotation != nil {
		t.Errorf("expected ordinary traffic, found %+v", x)
	}
}

// Both sides of a proxy: what came last behind is what a sound proxy answers with.
func TestHopsOfAConversation(t *testing.T) {
	c := parsed(t, "> #f hop=7/front\n"+ping+"> #b +10ms hop=7/behind\n"+ping+"< #b\nHTTP/1.1 504 Gateway Timeout\nDate: first\n\n> #b +90ms hop=7/behind\n"+ping+
		"< #b +1s\nHTTP/1.1 200 OK\nContent-Type: text/plain\n\n< #f +2s\nHTTP/1.1 200 OK\n\n> hop=8/front\n"+ping+"<\nHTTP/1.1 502 Bad Gateway\nDate: -\n")
	for i, want := range []struct {
		hop                traffic.Hop
		kind, used, status string
	}{
		{traffic.Hop{ID: 7, Side: traffic.Front}, "text/plain", "2", "200"},
		{traffic.Hop{ID: 7, Side: traffic.Behind}, "application/json;charset=UTF-8", "1", "504"},
		{traffic.Hop{ID: 7, Side: traffic.Behind}, "text/plain", "2", "200"},
		{traffic.Hop{ID: 8, Side: traffic.Front}, "application/json;charset=UTF-8", "", "502"},
	} {
		x := c.Exchanges[i]
		kind, _ := x.Response.Header.Get("Content-Type")
		used, _ := x.Response.Header.Get("X-MBX-USED-WEIGHT")
		if x.Annotation.Hop != want.hop || kind != want.kind || used != want.used || fmt.Sprint(x.Response.Status) != want.status {
			t.Errorf("exchange %d: expected %v, found %v %q %q %d", i+1, want, x.Annotation.Hop, kind, used, x.Response.Status)
		}
	}
	front, _ := c.Exchanges[0].Response.Header.Get("Date")
	if behind, _ := c.Exchanges[2].Response.Header.Get("Date"); front != behind {
		t.Errorf("expected the Date of the venue, found %q", front)
	}
}

// Statements are of who sent the requests of their commands, or of whom they name.
func TestSpeakersOfAConversation(t *testing.T) {
	c := parsed(t, "> client=10.0.0.1 cmd=1:ping\n"+ping+"<\nHTTP/1.1 200 OK\n\n> client=10.0.0.2 cmd=2:ping\n"+ping+"<\nHTTP/1.1 200 OK\n\n"+
		"= cmd=1:ping told=ok\n= cmd=2:ping told=ok\n= cmd=3:ping told=ok\n= cmd=2:ping client=10.0.0.3 told=ok\n= told=watched\n")
	for i, want := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.3", ""} {
		if got := c.Exchanges[i].Client; got != want {
			t.Errorf("exchange %d: expected it to be of %q, found %q", i+1, want, got)
		}
	}
}

// Findings that a case wants stand behind the exchange they fall on.
func TestWantsOfAConversation(t *testing.T) {
	c := parsed(t, "# why\n>\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n! one /a\n! two\n>\n"+ping+"<\nHTTP/1.1 200 OK\n! three\n")
	want := []Want{{"one", 1, "/a", 9}, {"two", 1, "", 10}, {"three", 2, "", 16}}
	if !slices.Equal(c.Wants, want) {
		t.Errorf("expected %v, found %v", want, c.Wants)
	}
}

// Each error says where it is and what was expected.
func TestErrorsOfAConversation(t *testing.T) {
	const answered = ">\n" + ping + "<\nHTTP/1.1 200 OK\n"
	for text, want := range map[string]string{
		"":                                       "case: expected at least one exchange, found none",
		"# x\n\n":                                "case: expected at least one exchange",
		"what\n":                                 `case:1: expected a line that begins with #, @, >, <, = or !, found "what"`,
		">>\n":                                   `case:1: expected a line that begins with`,
		"@ start\n":                              `case:1: expected start TIME, evidence date|date-only or history complete, found ["start"]`,
		"@ start x y\n":                          "case:1: expected start TIME",
		"@ start tomorrow\n":                     `cannot parse "tomorrow"`,
		"@ evidence none\n":                      "case:1: expected start TIME",
		"@ evidence date x\n":                    "case:1: expected start TIME",
		"@ history\n":                            "case:1: expected start TIME",
		"@ history half\n":                       "case:1: expected start TIME",
		"# x\n> +x\n" + ping:                     `case:2: expected an offset such as +80ms, found "+x"`,
		"> until=x\n" + ping:                     `case:1: expected an offset such as until=+2s, found "until=x"`,
		"> opened=x\n" + ping:                    `expected an offset such as opened=+2s`,
		"> free=x\n" + ping:                      `expected an offset such as free=+2s`,
		"> gaps=nose\n" + ping:                   `case:1: expected the name of a gap, found "nose"`,
		"> what=1\n" + ping:                      `case:1: expected +OFFSET, #LABEL, client=IP, gaps=NAMES or an annotation, found "what=1"`,
		"> cmd=x\n" + ping:                       `case:1: expected cmd=VALUE as the Conversation's documentation has it, found "cmd=x"`,
		"> cmd=0:x\n" + ping:                     `expected cmd=VALUE`,
		"> cmd=1\n" + ping:                       `expected cmd=VALUE`,
		"> own=x:y\n" + ping:                     `expected own=VALUE`,
		"> try=a/b\n" + ping:                     `expected try=VALUE`,
		"> try=a/x/b\n" + ping:                   `expected try=VALUE`,
		"> lost=\n" + ping:                       `expected lost=VALUE`,
		">\nGET\n":                               `case:2: expected a request line such as GET https://api.binance.com/api/v1/ping HTTP/1.1, found "GET"`,
		">\nGET \n":                              `case:2: expected a request line`,
		">":                                      `case:2: expected a request line such as GET https://api.binance.com/api/v1/ping HTTP/1.1, found ""`,
		">\nGET / HTTP/1.1\nno field\n":          `case:3: expected a field line such as Retry-After: 5, found "no field"`,
		"<\nHTTP/1.1 200 OK\n":                   `case:1: expected a request before this response, found none with label ""`,
		answered + "< \nHTTP/1.1 200 OK\n":       `case:6: expected a request before this response`,
		"> #a\n" + ping + "<\nHTTP/1.1 200 OK\n": `found none with label ""`,
		">\n" + ping + "< +x\nHTTP/1.1 200 OK\n": `case:4: expected an offset`,
		">\n" + ping + "<\nHTTP/1.1\n":           `case:5: expected a status line such as HTTP/1.1 200 OK, found "HTTP/1.1"`,
		">\n" + ping + "<\nHTML/1.1 200 OK\n":    `case:5: expected a status line`,
		">\n" + ping + "<\nHTTP/1.1 OK 200\n":    `case:5: expected a status code, found "OK"`,
		">\n" + ping + "<":                       `case:5: expected a status line such as HTTP/1.1 200 OK, found ""`,
		">\n" + ping + "<\nHTTP/1.1 200 OK\nx\n": `case:6: expected a field line`,
		"! rule\n":                               "case:1: expected ! RULE [POINTER] behind an exchange",
		answered + "! \n":                        "case:6: expected ! RULE [POINTER] behind an exchange",
		answered + "! a b c\n":                   `case:6: expected ! RULE [POINTER] behind an exchange, found "! a b c"`,
		"> hop=x/front\n" + ping:                 `expected hop=VALUE`,
		"> hop=0/front\n" + ping:                 `expected hop=VALUE`,
		"> hop=9007199254740992/front\n" + ping:  `expected hop=VALUE`,
		"> hop=1/alone\n" + ping:                 `expected hop=VALUE`,
		"> hop=1\n" + ping:                       `expected hop=VALUE`,
		"= +1s from=+x told=ok\n":                `case:1: expected an offset such as from=+4s, found "from=+x"`,
		"= +1s\n":                                "case:1: expected told=OUTCOME, found none",
		"= +x told=ok\n":                         `case:1: expected an offset such as +80ms`,
		"= told=\n":                              "expected told=VALUE",
		"= told=ok type=\n":                      "expected type=VALUE",
		"= told=ok status=x\n":                   "expected status=VALUE",
		"= told=ok code=x\n":                     "expected code=VALUE",
		"= told=ok wait=x\n":                     "expected wait=VALUE",
	} {
		_, err := Parse(edition.Default(), "case", text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: expected %q, found %v", text, want, err)
		}
	}
	for times, ok := range map[int]bool{0: false, 1: true, maxTimes: true, maxTimes + 1: false} {
		_, err := Parse(edition.Default(), "case", fmt.Sprintf(">\n%s< times=%d\nHTTP/1.1 200 OK\n", ping, times))
		if (err == nil) != ok {
			t.Errorf("times=%d: expected to be read: %t, found %v", times, ok, err)
		}
	}
}

// Plants add, move, send again and drop exchanges, which are numbered anew in the
// order they were sent.
func TestPlantsOfAConversation(t *testing.T) {
	begin := func() *Conversation {
		return parsed(t, ">\n"+ping+"< +1s\nHTTP/1.1 429 Too Many\nRetry-After: 5\n\n{\"code\":-1003}\n> +10s\n"+ping+"<\nHTTP/1.1 200 OK\n\n{}\n")
	}
	numbers := func(c *Conversation) (list []int) {
		for i, x := range c.Exchanges {
			if list = append(list, x.Response.Status); x.At.Number != i+1 {
				t.Errorf("expected number %d, found %d", i+1, x.At.Number)
			}
		}
		return list
	}
	c := begin()
	x := c.Insert(defaultStart.Add(5*time.Second), ping, "HTTP/1.1 201 OK\n\n{}")
	if got := numbers(c); !slices.Equal(got, []int{429, 201, 200}) || x.At.Number != 2 || x.Sent != instant(5*time.Second) || x.Received != instant(5050*time.Millisecond) {
		t.Errorf("insert: found %v, %+v", got, x)
	}
	c = begin()
	x = c.Resend(c.Exchanges[0], defaultStart.Add(5*time.Second))
	date, _ := x.Response.Header.Get("Date")
	used, _ := x.Response.Header.Get("X-MBX-USED-WEIGHT")
	if got := numbers(c); !slices.Equal(got, []int{429, 429, 200}) || x.Sent != instant(5*time.Second) || x.Received != instant(6*time.Second) || date != "Sat, 20 Jul 2019 10:00:16 GMT" || used != "3" {
		t.Errorf("resend: found %v, %+v", got, x)
	}
	if x == c.Exchanges[0] {
		t.Error("resend: expected another exchange")
	}
	c = begin()
	c.Move(c.Exchanges[0], defaultStart.Add(20*time.Second))
	x = c.Last()
	date, _ = x.Response.Header.Get("Date")
	used, _ = x.Response.Header.Get("X-MBX-USED-WEIGHT")
	if got := numbers(c); !slices.Equal(got, []int{200, 429}) || x.Received != instant(21*time.Second) || date != "Sat, 20 Jul 2019 10:00:31 GMT" || used != "1" {
		t.Errorf("move: found %v, %+v", got, x)
	}
	c = begin()
	if c.Drop(c.WithStatus(429)); !slices.Equal(numbers(c), []int{200}) || c.WithStatus(429) != nil || c.WithStatus(200) != c.Exchanges[0] {
		t.Errorf("drop: found %v", numbers(c))
	}
	x = begin().Exchanges[0]
	if ReplaceInBody(x, "-1003", "-1"); string(x.Response.Body) != `{"code":-1}` {
		t.Errorf("replace: found %s", x.Response.Body)
	}
	for name, do := range map[string]func(){
		"replace what is not there":  func() { ReplaceInBody(x, "none", "x") },
		"insert what does not parse": func() { begin().Insert(defaultStart, "GET", "HTTP/1.1 200 OK") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: expected a panic: such a plant plants nothing", name)
				}
			}()
			do()
		}()
	}
}
