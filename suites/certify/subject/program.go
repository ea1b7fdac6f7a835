package subject

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Program is a command that is to be certified. Its options say how it is run;
// those of the account are the stage's.
type Program struct {
	process.Options
	Mode  certificate.Mode // "" is to be found out
	Hello driver.Hello     // of a driver, once it is met

	// LogDir is where what the client prints is kept, a file for each scenario;
	// "" for nowhere.
	LogDir string

	// Unprotected are the protections that an isolated client runs without here,
	// a sentence each without its end.
	Unprotected []string

	// Note is what a person should know of how the command was met, such as why
	// it is taken for no driver; "" for nothing.
	Note string
}

const (
	// acquaintance is how long a command may take to show what it is. Drivers
	// say hello first, most within two seconds; a program that does neither
	// that nor anything else in this time is observed.
	acquaintance = 30 * time.Second

	// hesitation is how long a command that has called the venue may still take
	// to say hello: a driver's client may ask for the time, or load the markets,
	// before it is ready. On a busy machine ccxt takes some ten seconds for that.
	hesitation = 15 * time.Second

	// firstCall is how long a driver may take for its first call, which is how
	// it is seen whether it is reached.
	firstCall = 30 * time.Second
)

// longestRun ends a client that nobody ends: beyond the longest scenario.
const longestRun = 10 * time.Minute

// New is a command that comes to the venue, which has these names, by {url} if that
// stands in the command or in a variable, and by name otherwise, which takes isolation:
// see Lead.
func New(command, env, names []string) *Program {
	t := &Program{}
	t.Command, t.Env, t.Names, t.Way = command, env, slices.Clone(names), process.WayOf(command, env)
	t.Limits = process.DefaultLimits()
	t.Limits.Time = longestRun
	return t
}

// Lead has the client isolated or, where that can't be here, come by proxy: why says
// then what forbids it.
func (t *Program) Lead(ctx context.Context) (why error) {
	t.Unprotected, why = process.Unprotected(ctx, t.Options)
	if errors.Is(why, process.ErrNotStarted) {
		why = process.CanIsolate(ctx) // that it does not start is told where it is met
	}
	if why != nil {
		t.Way = wire.ByProxy
	}
	t.Isolate = why == nil
	return why
}

// Meet runs the command once, before a venue that has no faults, to find out
// what it is: a driver if its first line on standard output is a hello. It
// fails with NotStarted or NotReached; of a program that is merely observed
// nobody knows yet whether it is reached.
func (t *Program) Meet(ctx context.Context) error {
	if t.Mode == certificate.Observe {
		return nil // what it does is seen soon enough
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	asked := make(chan struct{}, 1)
	stage, err := plainStage(t.Names, func(*wire.Seen) {
		select {
		case asked <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer stage.Front.Close()
	p, err := process.Start(ctx, t.options(stage, true), stage.Front)
	if err != nil {
		return &NotStarted{Err: err}
	}
	defer p.Stop()
	m := &meeting{Program: t, process: p, front: stage.Front, asked: asked, started: stage.Front.Now()}
	talk, err := m.listen(ctx)
	if err != nil {
		return err
	}
	if talk == nil {
		t.Mode = certificate.Observe
		return nil
	}
	t.Mode, t.Hello = certificate.Drive, talk.Hello
	return m.try(ctx, talk)
}

// Start starts the client of a scenario.
func (t *Program) Start(ctx context.Context, s *certify.Stage) (certify.Subject, error) {
	p, err := process.Start(ctx, t.options(s, t.Mode == certificate.Drive), s.Front)
	if err != nil {
		return nil, err
	}
	if t.Mode != certificate.Drive {
		return &running{Process: p}, nil
	}
	talk, err := driver.Converse(ctx, p.Stdin, p.Stdout)
	if err != nil {
		err = withEnd(err, p)
		p.Stop()
		if out := p.Output(); out != "" {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		return nil, err
	}
	return &running{Process: p, talk: talk}, nil
}

func (t *Program) options(s *certify.Stage, driven bool) process.Options {
	o := t.Options
	o.APIKey, o.SecretKey, o.Authority, o.Driven = s.Key, s.Secret, s.Authority, driven
	if t.LogDir != "" {
		o.LogFile = filepath.Join(t.LogDir, s.Scenario+".log")
	}
	return o
}

// meetingName is what the first run of a command is called, beside scenarios.
const meetingName = "meeting"

// plainStage is a venue without faults.
func plainStage(names []string, arrived func(*wire.Seen)) (*certify.Stage, error) {
	v, err := venue.New(venue.Config{Seed: 1})
	if err != nil {
		return nil, err
	}
	authority, err := wire.NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	a := v.Accounts()[0]
	front := wire.NewFront(wire.Config{Handler: v, Authority: authority, Names: names, Arrived: arrived})
	return &certify.Stage{Scenario: meetingName, Front: front, Authority: authority, Key: a.Key, Secret: a.Secret}, nil
}

// running is a client of a scenario.
type running struct {
	*process.Process
	talk *driver.Conversation
}

// Hello implements certify.Subject.
func (r *running) Hello() driver.Hello {
	if r.talk == nil {
		return driver.Hello{}
	}
	return r.talk.Hello
}

// Do implements certify.Subject.
func (r *running) Do(ctx context.Context, c driver.Command) (driver.Answer, error) {
	if r.talk == nil {
		return driver.Answer{}, errors.New("expected a driver, found another program")
	}
	a, err := r.talk.Do(ctx, c)
	if err != nil && ctx.Err() == nil {
		err = withEnd(err, r.Process)
	}
	return a, err
}

// Done implements certify.Subject.
func (r *running) Done() <-chan struct{} { return r.Ended() }

// Close implements certify.Subject.
func (r *running) Close() error {
	r.Stop()
	if how := (*process.Exit)(nil); errors.As(r.Err(), &how) && how.Over != "" {
		return &certify.LimitError{Over: how.Over}
	}
	return nil
}
