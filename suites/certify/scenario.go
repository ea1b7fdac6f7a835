package certify

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// Part is a part of the API that clients may leave out. Each is called as the
// profile of those that do not.
type Part string

// The parts.
const (
	MarketData Part = clause.ProfileMarketData
	Trading    Part = clause.ProfileTrading
	Withdraw   Part = clause.ProfileWithdraw
)

// Group is what a scenario is about.
type Group string

// The groups, in the order of Scenarios.
const (
	Limits   Group = "rate limits and bans"
	Unknowns Group = "unknown outcomes"
	Errors   Group = "errors"
	Sessions Group = "sessions without trouble"
)

// Scenario is what a client is put through, once, with a venue and a process of
// its own. Scenarios are read only.
type Scenario struct {
	Name    string // permanent, kebab-case
	Group   Group
	Summary string // one sentence
	Part    Part   // that it needs

	// Clauses are those that the scenario gives an occasion for, whichever way
	// the client behaves.
	Clauses []string

	Faults    []Fault
	ClockSkew time.Duration // of the venue

	Steps []Step

	// Patience is how long answers are waited for; 0 for defaultPatience.
	Patience time.Duration

	// Watch is how long the client is watched after the last answer, if it is
	// driven. A ban is watched for Certifier.BanWindow as well, from the refusal
	// on.
	Watch time.Duration
	Ban   bool

	// NamesNoWait says that its refusals do not say for how long to be silent.
	NamesNoWait bool

	// Warm says that the call which fails is to come on a connection that was
	// kept alive after another one.
	Warm bool

	// Overlapping says that commands are under way together, so that a request
	// may have left before an answer to another arrived.
	Overlapping bool
}

// Fault is how calls for an op fail, by whichever route a client makes them.
type Fault struct {
	On driver.Op
	fault.Fault

	// Beside says that it goes with another fault, and that to meet it alone is
	// nothing.
	Beside bool

	// Code and Message of the error envelope, in whichever shape the route has
	// it; without a Message the answer is the one that the venue has. So it is
	// without a Code where the envelope needs one: the Message is for /wapi alone.
	Code    int64
	Message string
}

// Step is a command of the script.
type Step struct {
	Op     driver.Op
	Params map[string]any

	// When says what the command waits for, and Delay for how long after that.
	When  When
	Delay time.Duration

	// EarlyInMinute says that the command is given soon after a minute of the
	// clock has begun.
	EarlyInMinute bool

	// FullBan marks a command that is given only when bans are waited out, and
	// Spare one that is given only where something that the scenario stages has
	// not come by then.
	FullBan, Spare bool
}

// When says what a step of a script waits for.
type When uint8

const (
	// Answered waits for the answers to all commands before.
	Answered When = iota
	// Together waits for nothing: the command is given beside those before.
	Together
	// Refused waits until the venue has answered 429 or 418, so that the
	// command falls into the silence that it demands.
	Refused
	// SilenceOver waits until all silence that the venue demanded is over.
	SilenceOver
)

// defaultPatience is how long a client may take to answer: clients that retry
// by themselves with growing pauses take some 15 s to give up.
const defaultPatience = 20 * time.Second

func (s *Scenario) patience() time.Duration {
	if s.Patience == 0 {
		return defaultPatience
	}
	return s.Patience
}

// earlyInMinute reports whether the scenario waits for a minute to begin.
func (s *Scenario) earlyInMinute() bool {
	return slices.ContainsFunc(s.Faults, func(f Fault) bool { return f.EarlyInMinute })
}

// Observed programs are watched for longer than what is driven: what a library
// does by itself it does within seconds, but a program goes round.
const (
	// observedWatch is beyond the pauses of programs that look every few
	// seconds, and of 20 s.
	observedWatch = 25 * time.Second

	// roundTime is beyond a minute, at which many programs go round: one that
	// places its order again then, without a look, must be seen to.
	roundTime = 65 * time.Second
)

// watch is how long the scenario is watched after what it stages.
func (s *Scenario) watch(observe bool) time.Duration {
	switch {
	case !observe:
		return s.Watch
	case s.Group == Unknowns:
		return max(s.Watch, roundTime)
	}
	return max(s.Watch, observedWatch)
}

// routed is a fault of a route, and the place of the scenario's fault that it
// is made of.
type routed struct {
	fault.Fault
	of int
}

// routed are the scenario's faults by route. A client that is merely observed
// need not have the very op: any that is alike will do.
func (s *Scenario) routed(observe bool) []routed {
	var list []routed
	for i, one := range s.Faults {
		ops := []driver.Op{one.On}
		if observe {
			ops = alike(one.On)
		}
		for _, op := range ops {
			for _, r := range routesOf[op] {
				by := one.Fault
				by.Route = r.method + " " + r.path
				if by.Body == nil {
					by.Body = one.body(r.path)
				}
				list = append(list, routed{by, i})
			}
		}
	}
	return list
}

// faults is the scenario as a venue plays it.
func (s *Scenario) faults(observe bool) *fault.Scenario {
	f := &fault.Scenario{Name: s.Name, Summary: s.Summary, ClockSkew: fault.Duration(s.ClockSkew)}
	for _, one := range s.routed(observe) {
		f.Faults = append(f.Faults, one.Fault)
	}
	return f
}

// ForVenue is the scenario as a venue plays it to whoever comes: the faults of
// reads take any read of market data.
func (s *Scenario) ForVenue() *fault.Scenario { return s.faults(true) }

// Library returns what a venue can play by name: the scenarios that clients are
// put through, in their order, and behind them those of package fault that bear
// another name.
func Library() ([]*fault.Scenario, error) {
	var list []*fault.Scenario
	for _, s := range Scenarios() {
		list = append(list, s.ForVenue())
	}
	more, err := fault.Library()
	if err != nil {
		return nil, err
	}
	for _, s := range more {
		if _, err := fault.Among(list, s.Name); err != nil {
			list = append(list, s)
		}
	}
	return list, nil
}

// InProfile reports whether a profile of package clause has the scenario.
// Reading market data is part of all of them.
func (s *Scenario) InProfile(profile string) bool {
	return profile == clause.ProfileAll || s.Part == MarketData || string(s.Part) == profile
}

// Picked returns the scenarios of a profile that any of the patterns (names or
// globs) matches; all of them without patterns. A pattern that matches none is
// an error.
func Picked(all []*Scenario, profile string, patterns []string) ([]*Scenario, error) {
	matched := map[*Scenario]bool{}
	for _, p := range patterns {
		any := false
		for _, s := range all {
			ok, err := path.Match(p, s.Name)
			if err != nil {
				return nil, fmt.Errorf("%q: expected a scenario or a glob such as '429-*', found a pattern that does not close", p)
			}
			if ok {
				matched[s], any = true, true
			}
		}
		if !any {
			return nil, fmt.Errorf("no scenario is called %q", p)
		}
	}
	picked := slices.DeleteFunc(slices.Clone(all), func(s *Scenario) bool {
		return !s.InProfile(profile) || len(patterns) > 0 && !matched[s]
	})
	if len(picked) == 0 {
		return nil, fmt.Errorf("profile %s has no scenario called %s", profile, strings.Join(patterns, ", "))
	}
	return picked, nil
}

// withBan is the scenario with bans of another length.
func (s *Scenario) withBan(d time.Duration) *Scenario {
	with := *s
	with.Faults = nil
	for _, f := range s.Faults {
		if f.Status == http.StatusTeapot {
			calls := f.Calls
			f = refusal(f.On, calls, f.Status, d)
		}
		with.Faults = append(with.Faults, f)
	}
	return &with
}
