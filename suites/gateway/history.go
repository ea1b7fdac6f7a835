package gateway

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// maxMinutes is how many minutes are remembered, those with traffic: what a
	// person looks back at.
	maxMinutes = 120

	// maxSilences is how many refusals are remembered that ask for silence.
	maxSilences = 50
)

// Minute is what went to the venue in a minute of the clock.
type Minute struct {
	At       time.Time // it began
	Requests int64
	Used     int64 // the most used weight that an answer told, -1 for none
	Refused  int64 // answered 429
	Banned   int64 // answered 418
	Failed   int64 // answered 5XX, or not at all
}

// Silence is a refusal that asks for silence.
type Silence struct {
	At           time.Time
	Status       int // 429 or 418
	Method, Path string
	For          time.Duration // that Retry-After asks for, -1 where it does not
}

// history is what happened of late. Its zero value is ready for use.
//
//	len(minutes) <= maxMinutes, in their order; len(silences) <= maxSilences, the latest last
type history struct {
	minutes  []Minute
	silences []Silence
}

// hear takes in an exchange with the venue.
func (h *history) hear(d *traffic.Dialect, now time.Time, x *traffic.Exchange) {
	at := now.Truncate(time.Minute)
	if n := len(h.minutes); n == 0 || h.minutes[n-1].At.Before(at) {
		if n == maxMinutes {
			h.minutes = append(h.minutes[:0], h.minutes[1:]...)
		}
		h.minutes = append(h.minutes, Minute{At: at, Used: -1})
	}
	m := &h.minutes[len(h.minutes)-1]
	m.Requests++
	for _, name := range [...]string{d.Fields.UsedWeight, d.Fields.UsedWeightMinute} {
		if v, ok := x.Response.Header.Get(name); ok {
			m.Used = max(m.Used, number(v))
		}
	}
	switch status := x.Response.Status; {
	case status == 429, status == 418:
		if m.Refused++; status == 418 {
			m.Refused, m.Banned = m.Refused-1, m.Banned+1
		}
		h.silence(now, x)
	case status == 0, status >= 500:
		m.Failed++
	}
}

func (h *history) silence(now time.Time, x *traffic.Exchange) {
	if len(h.silences) == maxSilences {
		h.silences = append(h.silences[:0], h.silences[1:]...)
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(x.Request.URL, "http"), "://")
	_, path, _ = strings.Cut(path, "/")
	path, _, _ = strings.Cut("/"+path, "?")
	s := Silence{At: now, Status: x.Response.Status, Method: strings.Clone(x.Request.Method), Path: strings.Clone(path), For: -1}
	if v, ok := x.Response.Header.Get("Retry-After"); ok {
		if n := number(v); n >= 0 {
			s.For = min(time.Duration(min(n, int64(rule.LongestWait/time.Second)))*time.Second, rule.LongestWait)
		}
	}
	h.silences = append(h.silences, s)
}

// number reads a whole number, -1 for anything else.
func number(v string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// Snapshot is what is known of a gateway at an instant. It is the caller's.
type Snapshot struct {
	Outcome
	Due      int64 // exchanges that were to be recorded
	Failed   bool  // the recording has an error
	Minutes  []Minute
	Silences []Silence
}

// Snapshot tells what was seen and judged so far. What waits to be judged with what is to
// come is not in it. After Close it tells what came of the run.
func (g *Gateway) Snapshot() (*Snapshot, error) {
	o := g.observer
	o.mu.Lock()
	defer o.mu.Unlock()
	text, err := o.engine.Tally().MarshalJSON()
	if err != nil {
		return nil, err
	}
	s := &Snapshot{
		Outcome: Outcome{Tally: new(rule.Tally), Exchanges: o.exchanges}, Due: o.due, Failed: o.failed,
		Minutes: append([]Minute(nil), o.history.minutes...), Silences: append([]Silence(nil), o.history.silences...),
	}
	g.note(&s.Outcome)
	if o.record != nil {
		s.Recorded = o.record.Count()
	}
	return s, json.Unmarshal(text, s.Tally)
}
