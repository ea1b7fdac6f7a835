package certify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Stage is where a client of one scenario is to arrive, and as whom.
type Stage struct {
	Scenario    string
	Front       *wire.Front // to be given a listener, at least one
	Authority   *wire.Authority
	Key, Secret string // of an account that may trade and withdraw
}

// Subject is a client at work. It is used by several goroutines at once.
type Subject interface {
	// Hello is what a driven client said of itself.
	Hello() driver.Hello

	// Do has a driven client carry out a command, and waits for its answer. An
	// error says that there is none, for the client is broken or gone.
	Do(context.Context, driver.Command) (driver.Answer, error)

	// Done is closed when the client has ended by itself; nil for never.
	Done() <-chan struct{}

	// Exit says how the client's process ended by itself, such as "exit code 1";
	// "" while it runs, and for a client without a process of its own.
	Exit() string

	// Output is the end of what the client wrote for people.
	Output() string

	// Close ends the client, with all that it started. A *LimitError says that it
	// had been ended before.
	Close() error
}

// LimitError says that a client was ended since it took more of this machine than
// it may.
type LimitError struct {
	Over string // of what, half a sentence
}

// Error implements error.
func (e *LimitError) Error() string { return "the client was ended: " + e.Over }

// Account returns the API key and the secret of the account for which clients
// trade.
func Account() (key, secret string) {
	a := venue.DemoAccounts(seed)[0]
	return a.Key, a.Secret
}

// Certifier runs scenarios. Its fields are read only once it runs, and it runs
// once at a time.
type Certifier struct {
	Rules []*rule.Rule

	// Edition is what clients are held against, and the venue's; nil is the default
	// one.
	Edition *edition.Edition

	// Start starts the client of a scenario, which is closed when the scenario
	// ends. It is called from several goroutines at once.
	Start func(context.Context, *Stage) (Subject, error)

	// Mode is certificate.Observe for a client that takes no commands: it does
	// what it does, and all that it sends is its own doing. Others are driven.
	Mode certificate.Mode

	// Watch is how long a client is watched at the least after the answer that
	// a scenario stages; 0 for as long as the scenario says.
	Watch time.Duration

	// Ban is how long a 418 asks for silence; 0 for as long as the scenario says.
	Ban time.Duration

	// BanWindow is how long a ban is watched, FullBan that it is waited out.
	BanWindow time.Duration
	FullBan   bool

	// AtOnce is how many scenarios run at the same time; 0 for one.
	AtOnce int

	// Names are the venue's hosts beside those that everybody uses.
	Names []string

	// Hide hides secrets in findings and timelines; nil is a masker that knows no
	// values.
	Hide *mask.Masker

	// MaxFindings bounds the findings kept for a rule; 0 keeps all.
	MaxFindings int

	// MaxOfAKind bounds those of one kind; 0 keeps any.
	MaxOfAKind int

	// StartAtOnce is how many clients are started at the same time; 0 for any
	// number. Starting takes a processor each, running hardly any.
	StartAtOnce int

	// Ended, if not nil, hears of each scenario when it has ended, from one
	// goroutine at a time.
	Ended func(*Result)

	// Clock makes the clock of each scenario; nil is traffic.SteadyClock.
	Clock func() func() time.Time

	starting chan struct{} // holds as many as are being started
}

const (
	// DefaultBanWindow is how long a ban is watched: libraries that retry do so
	// within seconds, and programs that go round once a minute come again.
	DefaultBanWindow = 65 * time.Second

	// drivenAtOnce and observedAtOnce are how many scenarios run at the same
	// time: they wait most of the time, but each has a client in memory, and
	// libraries for Node with all markets loaded take 150 MB. With sixteen on two
	// cores a driven client that loads at once is through in some 80 s. Programs
	// are watched for longer, and waited for where they never make the call:
	// with 32 that takes two rounds of 65 s at the worst.
	drivenAtOnce   = 16
	observedAtOnce = 32
)

// New returns a Certifier of clients that start so, by all rules of an edition that
// bind clients, which watches bans for DefaultBanWindow and runs as many scenarios at
// once as this machine carries.
func New(held *edition.Edition, mode certificate.Mode, start func(context.Context, *Stage) (Subject, error)) *Certifier {
	atOnce := drivenAtOnce
	if mode == certificate.Observe {
		atOnce = observedAtOnce
	}
	return &Certifier{
		Rules: Rules(held), Edition: held, Start: start, Mode: mode, BanWindow: DefaultBanWindow,
		AtOnce: max(atOnce, 2*runtime.NumCPU()), StartAtOnce: runtime.NumCPU(),
	}
}

// Rules are those of an edition that bind clients.
func Rules(held *edition.Edition) []*rule.Rule {
	return slices.DeleteFunc(rule.All(held), func(r *rule.Rule) bool { return r.Party != clause.Client })
}

// Run runs scenarios, several at once, and returns their results in the order
// of the scenarios. It ends early with ctx; those that had not ended have an
// error then.
func (c *Certifier) Run(ctx context.Context, scenarios []*Scenario) []*Result {
	if c.StartAtOnce > 0 {
		c.starting = make(chan struct{}, c.StartAtOnce)
	}
	results := make([]*Result, len(scenarios))
	var running errgroup.Group
	running.SetLimit(max(1, c.AtOnce))
	var telling sync.Mutex
	for _, i := range c.longestFirst(scenarios) {
		running.Go(func() error {
			results[i] = c.One(ctx, scenarios[i])
			if c.Ended != nil {
				telling.Lock()
				defer telling.Unlock()
				c.Ended(results[i])
			}
			return nil
		})
	}
	_ = running.Wait() // errors are in the results
	return results
}

// longestFirst lists the places of scenarios in the order in which they are
// begun: whoever runs several at once ends soonest so.
func (c *Certifier) longestFirst(scenarios []*Scenario) []int {
	places := make([]int, len(scenarios))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(c.floor(scenarios[b]), c.floor(scenarios[a])) })
	return places
}

// One runs one scenario.
func (c *Certifier) One(ctx context.Context, s *Scenario) *Result {
	if c.Ban > 0 {
		s = s.withBan(c.Ban)
	}
	r := &Result{Scenario: s, hide: c.Hide, held: c.held()}
	if err := ctx.Err(); err != nil {
		r.Err = context.Cause(ctx)
		return r
	}
	run, err := newRun(c, s)
	if err != nil {
		r.Err = fmt.Errorf("scenario %s: %w", s.Name, err)
		return r
	}
	run.play(ctx, r)
	run.judge(r)
	return r
}

func (c *Certifier) held() *edition.Edition { return cmp.Or(c.Edition, edition.Default()) }

func (c *Certifier) observes() bool { return c.Mode == certificate.Observe }

// Total merges the tallies of results.
func (c *Certifier) Total(results []*Result) *rule.Tally {
	total := c.engine().Take()
	for _, r := range results {
		if r.Tally != nil {
			total.Merge(r.Tally)
		}
	}
	return total
}

func (c *Certifier) engine() *engine.Engine {
	return engine.New(c.Rules, engine.Options{Edition: c.held(), Reference: true, Hide: c.Hide, MaxFindings: c.MaxFindings, MaxOfAKind: c.MaxOfAKind})
}

// errFlood ends a scenario whose client sends more than anybody needs to see.
var errFlood = errors.New("the client sent so many requests that the scenario was ended early")
