// Package fault makes a venue fail on demand: a scenario says which call to
// which route fails, how, and whether the request was carried out all the same,
// which the client cannot know (the UNKNOWN of clauses G09 and G10).
//
//	s, err := fault.Parse("orders.yaml", data)
//	in := fault.NewInjector()
//	v, err := venue.New(venue.Config{Hooks: in.Hooks(), Clock: in.Clock(traffic.SteadyClock())})
//	in.Attach(v)
//	in.Set(s)
//
// The package must not know the rules, recordings or the command line.
package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/schemas"
)

// Scenario is a set of faults. It is immutable once an Injector has it.
type Scenario struct {
	Name    string `yaml:"name" json:"name"`
	Summary string `yaml:"summary" json:"summary,omitempty"`

	// ClockSkew is how far the venue's clock is ahead of the true time.
	ClockSkew Duration `yaml:"clock_skew" json:"clock_skew,omitempty"`

	// Faults are looked at in their order; the first that takes a call decides
	// what becomes of it.
	Faults []Fault `yaml:"faults" json:"faults,omitempty"`
}

// Kind is what becomes of a call.
type Kind string

// The kinds of fault.
const (
	Status    Kind = "status"    // another answer, with Fault.Status
	Reset     Kind = "reset"     // the connection is reset without an answer
	Close     Kind = "close"     // the connection is closed in order (FIN) without an answer
	Timeout   Kind = "timeout"   // no answer for Fault.Delay, then the connection is closed
	Slow      Kind = "slow"      // the answer after Fault.Delay
	Trickle   Kind = "trickle"   // the body byte by byte, Fault.Delay apart
	Truncate  Kind = "truncate"  // half of the body that Content-Length tells of, then the connection is closed
	Duplicate Kind = "duplicate" // carried out twice, as behind a proxy that sends again; the second answer is sent
)

// Fault says which calls fail and how.
type Fault struct {
	// Route is "METHOD PATH"; either may be *, and a path may end with one.
	Route string `yaml:"route" json:"route"`

	// Calls are the calls of the route that fail, counted from 1 while the
	// scenario is set: "2", "2-4", "3-"; "" for all. Calls that a limit refuses
	// and calls of paths that the venue doesn't have are not counted.
	Calls Calls `yaml:"calls" json:"calls,omitzero"`

	Do Kind `yaml:"do" json:"do"`

	// Of status faults, and of truncate where the half of another answer is to be
	// sent: what it is. Without a body it is the one that the venue has for the
	// status: for 403 the firewall's page. A header field without a value is left
	// out.
	Status  int               `yaml:"status" json:"status,omitempty"`
	Body    *string           `yaml:"body" json:"body,omitempty"`
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"`

	// Lasts makes a status fault a limit or a ban: from the first call that it
	// takes on and for so long, it takes every call of every route, and
	// Retry-After says how many seconds are left. 0 for a fault that takes the
	// calls of its route alone.
	Lasts Duration `yaml:"lasts" json:"lasts,omitempty"`

	// EarlyInMinute says that the fault takes calls in the first half of a minute
	// of the venue's clock only, and counts none that it would have taken in the
	// second.
	EarlyInMinute bool `yaml:"early_in_minute" json:"early_in_minute,omitempty"`

	// CarriedOut says that the request has its effect although the answer does
	// not tell: for status, reset, close, timeout, and for truncate with a
	// status. The other kinds always have it. Of a fault that lasts, it is of the
	// calls of its own route.
	CarriedOut bool `yaml:"carried_out" json:"carried_out,omitempty"`

	// Delay is how long a timeout lasts, how late a slow answer comes and how
	// far the bytes of a trickle are apart; 0 for one minute, one second and
	// 20 ms. A minute at the most.
	Delay Duration `yaml:"delay" json:"delay,omitempty"`
}

// Duration is a time.Duration written as 250ms, -30s, 1m30s.
type Duration time.Duration

// MarshalText writes the duration as it is read.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("expected a duration such as 250ms or -30s, found %q", text)
	}
	*d = Duration(v)
	return nil
}

// Calls is a range of calls, the first being 1. The zero value is all of them;
// Last 0 is no end.
type Calls struct{ First, Last int64 }

func (c Calls) has(n int64) bool { return n >= c.First && (c.Last == 0 || n <= c.Last) }

// IsZero reports the range of all calls.
func (c Calls) IsZero() bool { return c == Calls{} }

// MarshalText writes the range as it is read.
func (c Calls) MarshalText() ([]byte, error) {
	switch {
	case c.IsZero():
		return nil, nil
	case c.Last == c.First:
		return strconv.AppendInt(nil, c.First, 10), nil
	case c.Last == 0:
		return fmt.Appendf(nil, "%d-", c.First), nil
	}
	return fmt.Appendf(nil, "%d-%d", c.First, c.Last), nil
}

// UnmarshalText reads "2", "2-4", "3-" or "".
func (c *Calls) UnmarshalText(text []byte) error {
	*c = Calls{}
	if len(text) == 0 {
		return nil
	}
	first, last, ranged := strings.Cut(string(text), "-")
	var err1, err2 error
	c.First, err1 = strconv.ParseInt(first, 10, 32)
	switch {
	case !ranged:
		c.Last = c.First
	case last != "":
		c.Last, err2 = strconv.ParseInt(last, 10, 32)
	}
	if err1 != nil || err2 != nil || c.First < 1 || c.Last != 0 && c.Last < c.First {
		return fmt.Errorf("expected calls such as 2, 2-4 or 3-, counted from 1, found %q", text)
	}
	return nil
}

const (
	// maxScenario bounds a scenario file: the longest of the library has under
	// a kilobyte, and one with a page of its own some.
	maxScenario = 64 << 10

	// maxDelay bounds what one call may be kept waiting: a connection each.
	maxDelay = time.Minute

	// maxLast bounds how long a fault lasts: the longest ban, three days.
	maxLast = 72 * time.Hour

	// maxSkew bounds the clock skew: past it the year is another one, and the
	// venue's data too.
	maxSkew = 30 * 24 * time.Hour
)

// Parse reads a scenario, in YAML or JSON, and holds it against its schema
// (schemas.Scenario). Errors name the file and, where it is known, the line.
func Parse(file string, data []byte) (*Scenario, error) {
	if len(data) > maxScenario {
		return nil, fmt.Errorf("%s: expected a scenario of %d bytes at the most, found %d", file, maxScenario, len(data))
	}
	s := new(Scenario)
	if err := schemas.DecodeDocument(file, data, schemas.Scenario, s); err != nil {
		return nil, err
	}
	if err := s.valid(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// valid checks what the schema does not say.
func (s *Scenario) valid() error {
	if skew := time.Duration(s.ClockSkew).Abs(); skew > maxSkew {
		return fmt.Errorf("clock_skew: expected %s at the most, found %s", maxSkew, skew)
	}
	for i := range s.Faults {
		f := &s.Faults[i]
		if err := f.valid(); err != nil {
			return fmt.Errorf("fault %d (%s %s): %w", i+1, f.Do, f.Route, err)
		}
	}
	return nil
}

func (f *Fault) valid() error {
	answers := f.Status != 0 || f.Body != nil || f.Headers != nil
	switch {
	case f.Do == Status && f.Status == 0:
		return errors.New("expected a status")
	case f.Do == Truncate && answers && f.Status == 0:
		return errors.New("expected a status for the answer that is cut, found a body or headers alone")
	case f.Do != Status && f.Do != Truncate && answers:
		return errors.New("status, body and headers are for do: status, and for truncate")
	case f.Do != Status && f.Lasts != 0:
		return errors.New("lasts is for do: status")
	case f.Lasts < 0 || time.Duration(f.Lasts) > maxLast:
		return fmt.Errorf("lasts: expected 0 to %s, found %s", maxLast, time.Duration(f.Lasts))
	case f.CarriedOut && !f.instead() && f.Do != Reset && f.Do != Close && f.Do != Timeout:
		return errors.New("carried_out is for status, reset, close, timeout, and truncate with a status: the other kinds always carry out")
	case f.Delay < 0 || time.Duration(f.Delay) > maxDelay:
		return fmt.Errorf("expected a delay of 0 to %s, found %s", maxDelay, time.Duration(f.Delay))
	case f.Delay != 0 && f.Do != Timeout && f.Do != Slow && f.Do != Trickle:
		return errors.New("a delay is for timeout, slow and trickle")
	}
	return nil
}

// instead reports a fault that puts an answer in the place of the venue's.
func (f *Fault) instead() bool { return f.Do == Status || f.Do == Truncate && f.Status != 0 }

// takes reports whether the fault is for a route.
func (f *Fault) takes(method, path string) bool {
	wantMethod, wantPath, _ := strings.Cut(f.Route, " ")
	if wantMethod != "*" && wantMethod != method {
		return false
	}
	head, open := strings.CutSuffix(wantPath, "*")
	return path == head || open && strings.HasPrefix(path, head)
}
