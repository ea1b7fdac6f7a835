package certify

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Event is one line of what happened, between caller, client and venue. Its
// text is masked.
type Event struct {
	At       time.Time
	Who      Party
	Text     string
	Exchange int  // number of the exchange or statement that it is part of
	Finding  bool // it is what a finding is about

	since time.Time // first event of the timeline
	turn  turn      // among the events of one instant
}

// turn orders what happens at one instant, as in virtual time much does.
type turn uint8

const (
	commanded turn = iota
	sent
	answered
	wasTold
	watched
)

// Party is who did something.
type Party string

// The parties.
const (
	ByCaller Party = "caller" // it gave a command, or was answered
	ByClient Party = "client" // it sent a request
	ByVenue  Party = "venue"  // it answered, or did not
)

// String is the event on a line, with the milliseconds since the first one.
func (e Event) String() string {
	mark := "  "
	if e.Finding {
		mark = "✗ "
	}
	return fmt.Sprintf("%s%7d ms  %-6s  %s", mark, e.At.Sub(e.since).Milliseconds(), e.Who, e.Text)
}

// Timeline lists what happened in the scenario, in time order.
func (r *Result) Timeline() []Event {
	var all []Event
	for _, x := range r.Exchanges {
		all = append(all, eventsOf(x, r.hide)...)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.turn, b.turn)) })
	for i := range all {
		all[i].since = all[0].At
	}
	r.explainRefusal(all)
	return all
}

// explainRefusal says at the first refusal that others are served: a 200 inside
// a ban would puzzle whoever knows that a ban is of the IP.
func (r *Result) explainRefusal(all []Event) {
	for i := range all {
		if e := &all[i]; e.turn == answered && e.Who == ByVenue && r.refuses(e.Exchange) {
			e.Text += "  (staged for this call alone: others are served, so that it shows who goes on)"
			return
		}
	}
}

// refuses reports whether an exchange ended with 429 or 418.
func (r *Result) refuses(number int) bool {
	return slices.ContainsFunc(r.Exchanges, func(x *traffic.Exchange) bool {
		return x.At.Number == number && (x.Response.Status == 429 || x.Response.Status == 418)
	})
}

// Around is the timeline with the events of a finding marked.
func (r *Result) Around(f rule.Finding) []Event {
	all := r.Timeline()
	for i := range all {
		e := &all[i]
		e.Finding = e.Exchange == f.At.Exchange && (e.Who == ByClient || e.turn == wasTold)
	}
	return all
}

func eventsOf(x *traffic.Exchange, hide *mask.Masker) []Event {
	n := x.At.Number
	if x.Statement() {
		a := x.Annotation
		if a.Told.Outcome == traffic.OutcomeWatched {
			return []Event{{At: x.Received.Latest, Who: ByCaller, Text: "stops watching", Exchange: n, turn: watched}}
		}
		return []Event{
			{At: x.Sent.Latest, Who: ByCaller, Text: fmt.Sprintf("commands %s (command %d)", a.Command.Op, a.Command.ID), Exchange: n, turn: commanded},
			{At: x.Received.Latest, Who: ByCaller, Text: fmt.Sprintf("told of command %d: %s", a.Command.ID, told(a.Told, hide)), Exchange: n, turn: wasTold},
		}
	}
	events := []Event{{At: x.Sent.Latest, Who: ByClient, Text: requestLine(x, hide), Exchange: n, turn: sent}}
	if x.Received.Known() {
		events = append(events, Event{At: x.Received.Latest, Who: ByVenue, Text: answerLine(x, hide), Exchange: n, turn: answered})
	}
	return events
}

// requestLine is the request in short, with what signing adds left out.
func requestLine(x *traffic.Exchange, hide *mask.Masker) string {
	text := x.Request.Method + " " + x.Request.URL
	if u, err := url.Parse(x.Request.URL); err == nil {
		text = x.Request.Method + " " + u.Path
	}
	var f traffic.Facts
	f.ScanRequest(x)
	var params []string
	for _, p := range f.Params {
		if p.Name != "timestamp" && p.Name != "signature" && p.Name != "recvWindow" {
			params = append(params, p.Name+"="+p.Value)
		}
	}
	text = fmt.Sprintf("#%d %s %s", x.At.Number, text, strings.Join(params, "&"))
	if a := x.Annotation; a != nil && a.Command.Own {
		text += "  by itself"
	} else if a != nil && a.Command.ID != 0 {
		text += fmt.Sprintf("  for command %d", a.Command.ID)
	}
	return hide.Text(text)
}

func answerLine(x *traffic.Exchange, hide *mask.Masker) string {
	if x.Response.Status == 0 {
		lost := "no answer"
		if x.Annotation != nil && x.Annotation.Lost != "" {
			lost += ": " + map[traffic.Lost]string{
				traffic.LostClosed: "the connection was closed", traffic.LostReset: "the connection was reset", traffic.LostHung: "nothing came",
			}[x.Annotation.Lost]
		}
		return fmt.Sprintf("#%d %s", x.At.Number, lost)
	}
	text := fmt.Sprintf("#%d %d", x.At.Number, x.Response.Status)
	if v, ok := x.Response.Header.Get("Retry-After"); ok {
		text += ", Retry-After " + v
	}
	if body := string(x.Response.Body); x.Response.Status != 200 || strings.HasPrefix(body, `{"code"`) || strings.HasPrefix(body, `{"success":false`) {
		text += "  " + cut(body, hide)
	}
	return hide.Text(text)
}

// cut is the beginning of a body.
func cut(s string, hide *mask.Masker) string {
	const most = 80 // what a line has room for
	text, more := hide.Excerpt(strings.Join(strings.Fields(s), " "), most)
	if more {
		text += "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func told(t traffic.Told, hide *mask.Masker) string {
	text := string(t.Outcome)
	if t.Type != "" {
		text += ", " + t.Type
	}
	if t.Status != 0 {
		text += fmt.Sprintf(", status %d", t.Status)
	}
	if t.Code != 0 {
		text += fmt.Sprintf(", code %d", t.Code)
	}
	if t.RetryAfter != 0 {
		text += ", wait " + t.RetryAfter.String()
	}
	return hide.Text(text)
}
