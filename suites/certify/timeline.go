package certify

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// event is a moment as it is put in order.
type event struct {
	certificate.Moment
	at       time.Time
	exchange int // number of the exchange or statement that it is part of
	turn     turn
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

// Timeline lists what happened in the scenario, in time order, with the events
// of a finding marked; f is nil for none. Its texts are masked.
func (r *Result) Timeline(f *rule.Finding) []certificate.Moment {
	var all []event
	for _, x := range r.Exchanges {
		all = append(all, r.eventsOf(x)...)
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.turn, b.turn)) })
	r.explainRefusal(all)
	list := make([]certificate.Moment, len(all))
	for i, e := range all {
		e.At = e.at.Sub(all[0].at)
		e.Finding = f != nil && e.exchange == f.At.Exchange && (e.Who == certificate.Client || e.turn == wasTold)
		list[i] = e.Moment
	}
	return list
}

// explainRefusal says at the first refusal that others are served: a 200 inside
// a ban would puzzle whoever knows that a ban is of the IP.
func (r *Result) explainRefusal(all []event) {
	for i := range all {
		if e := &all[i]; e.turn == answered && r.refuses(e.exchange) {
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

func (r *Result) eventsOf(x *traffic.Exchange) []event {
	at := func(when time.Time, t turn, who certificate.Speaker, text string) event {
		return event{certificate.Moment{Who: who, Text: text}, when, x.At.Number, t}
	}
	if x.Statement() {
		a := x.Annotation
		if a.Told.Outcome == traffic.OutcomeWatched {
			return []event{at(x.Received.Latest, watched, certificate.Caller, "stops watching")}
		}
		return []event{
			at(x.Sent.Latest, commanded, certificate.Caller, fmt.Sprintf("commands %s (command %d)", a.Command.Op, a.Command.ID)),
			at(x.Received.Latest, wasTold, certificate.Caller, fmt.Sprintf("told of command %d: %s", a.Command.ID, told(a.Told, r.hide))),
		}
	}
	events := []event{at(x.Sent.Latest, sent, certificate.Client, r.requestLine(x))}
	if x.Received.Known() {
		events = append(events, at(x.Received.Latest, answered, certificate.Venue, answerLine(x, r.hide)))
	}
	return events
}

// requestLine is the request in short, with what signing adds left out.
func (r *Result) requestLine(x *traffic.Exchange) string {
	text := x.Request.Method + " " + x.Request.URL
	if u, err := url.Parse(x.Request.URL); err == nil {
		text = x.Request.Method + " " + u.Path
	}
	var f traffic.Facts
	f.ScanRequest(r.held.Dialect, x)
	var params []string
	for _, p := range f.Params {
		switch p.Role {
		case traffic.RoleTimestamp, traffic.RoleSignature, traffic.RoleRecvWindow:
		default:
			params = append(params, p.Name+"="+p.Value)
		}
	}
	text = fmt.Sprintf("#%d %s %s", x.At.Number, text, strings.Join(params, "&"))
	if a := x.Annotation; a != nil && a.Command.Own {
		text += "  by itself"
	} else if a != nil && a.Command.ID != 0 {
		text += fmt.Sprintf("  for command %d", a.Command.ID)
	}
	return r.hide.Text(text)
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
