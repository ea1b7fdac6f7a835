package target

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/client"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/wire"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// Mode is whether the client is told what to do.
type Mode string

// The modes; "" is to be found out.
const (
	Drive   Mode = "drive"
	Observe Mode = "observe"
)

// Target is a command that is to be certified. Its options say how it is run;
// those of the account are the stage's.
type Target struct {
	client.Options
	Mode  Mode
	Hello driver.Hello // of a driver, once it is met
}

const (
	// acquaintance is how long a command may take to show what it is. Drivers
	// say hello first, most within two seconds; a program that does neither
	// that nor anything else in this time is observed.
	acquaintance = 30 * time.Second

	// firstCall is how long a driver may take for its first call, which is how
	// it is seen whether it is reached.
	firstCall = 30 * time.Second
)

// NotStarted says that the command is no client that can be certified, and what
// it said at last.
type NotStarted struct {
	Err    error
	Output string
}

// Error implements error.
func (e *NotStarted) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotStarted) Unwrap() error { return e.Err }

// NotReached says that the client ran, and sent nothing that arrived.
type NotReached struct {
	Hint   string // what to try
	Output string
}

// Error implements error.
func (e *NotReached) Error() string {
	return "the client was not reached: no request for the venue was seen"
}

// Meet runs the command once, before a venue that has no faults, to find out
// what it is: a driver if its first line on standard output is a hello. It
// fails with NotStarted or NotReached; of a program that is merely observed
// nobody knows yet whether it is reached.
func (t *Target) Meet(ctx context.Context) error {
	if t.Mode == Observe {
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
	p, err := client.Start(ctx, t.options(stage, true), stage.Front)
	if err != nil {
		return &NotStarted{Err: err}
	}
	defer p.Stop()
	talk, err := t.listen(ctx, p, asked)
	if err != nil {
		return err
	}
	if talk == nil {
		t.Mode = Observe
		return nil
	}
	t.Mode, t.Hello = Drive, talk.Hello
	return t.try(ctx, talk, p, stage.Front)
}

// listen waits for what tells a driver from another program: its hello. It
// returns nil for another program.
func (t *Target) listen(ctx context.Context, p *client.Process, asked <-chan struct{}) (*driver.Conversation, error) {
	type met struct {
		talk *driver.Conversation
		err  error
	}
	hello := make(chan met, 1)
	go func() {
		talk, err := driver.Converse(ctx, p.Stdin, p.Stdout)
		hello <- met{talk, err}
	}()
	late := time.NewTimer(acquaintance)
	defer late.Stop()
	other := asked // a program that asks the venue before it says hello
	if t.Mode == Drive {
		other, late.C = nil, nil // Converse has a deadline of its own
	}
	select {
	case m := <-hello:
		if m.err == nil {
			return m.talk, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		return nil, t.noDriver(p, m.err, asked)
	case <-other:
	case <-late.C:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return nil, nil
}

// noDriver says what a command is whose first line is no hello: another
// program, unless it was to be a driver, or ended badly without a request.
func (t *Target) noDriver(p *client.Process, cause error, asked <-chan struct{}) error {
	ended := false
	select {
	case <-p.Ended():
		ended = true
	case <-time.After(time.Second): // its output ended, and itself soon, or it goes on
	}
	select {
	case <-asked:
		if t.Mode != Drive {
			return nil
		}
	default:
	}
	switch {
	case ended && p.Err() != nil:
		return &NotStarted{Err: fmt.Errorf("the client did not start: %w", p.Err()), Output: p.Output()}
	case t.Mode == Drive:
		return &NotStarted{Err: fmt.Errorf("the command is no driver: %w", cause), Output: p.Output()}
	}
	return nil
}

// tries are the ops by which it is seen whether a driver is reached, those
// first that need nothing else.
var tries = []driver.Command{
	{Op: driver.Time}, {Op: driver.Ping},
	{Op: driver.TickerPrice, Params: map[string]any{"symbol": "BTCUSDT"}},
	{Op: driver.Klines, Params: map[string]any{"symbol": "BTCUSDT", "interval": "1m", "limit": 5}},
	{Op: driver.Account}, {Op: driver.DepositHistory, Params: map[string]any{"asset": "USDT"}},
}

// try gives a driver a command that makes it speak to the venue.
func (t *Target) try(ctx context.Context, talk *driver.Conversation, p *client.Process, front *wire.Front) error {
	limit, cancel := context.WithTimeout(ctx, firstCall)
	defer cancel()
	for _, c := range tries {
		if !t.Hello.Has(c.Op) {
			continue
		}
		_, err := talk.Do(limit, c)
		switch {
		case front.Requests() > 0:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && limit.Err() == nil:
			return &NotStarted{Err: err, Output: p.Output()}
		}
		return &NotReached{Hint: client.Hint(t.Options, front), Output: p.Output()}
	}
	return nil // it has none of them; the scenarios will tell
}

// Start starts the client of a scenario.
func (t *Target) Start(ctx context.Context, s *certify.Stage) (certify.Subject, error) {
	p, err := client.Start(ctx, t.options(s, t.Mode == Drive), s.Front)
	if err != nil {
		return nil, err
	}
	if t.Mode != Drive {
		return &running{Process: p}, nil
	}
	talk, err := driver.Converse(ctx, p.Stdin, p.Stdout)
	if err != nil {
		p.Stop()
		if out := p.Output(); out != "" {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		return nil, errors.Join(err, p.Err())
	}
	return &running{Process: p, talk: talk}, nil
}

func (t *Target) options(s *certify.Stage, driven bool) client.Options {
	o := t.Options
	o.APIKey, o.SecretKey, o.Authority, o.Driven = s.Key, s.Secret, s.Authority, driven
	return o
}

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
	return &certify.Stage{Front: front, Authority: authority, Key: a.Key, Secret: a.Secret}, nil
}

// running is a client of a scenario.
type running struct {
	*client.Process
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
	return r.talk.Do(ctx, c)
}

// Done implements certify.Subject.
func (r *running) Done() <-chan struct{} { return r.Ended() }

// Close implements certify.Subject.
func (r *running) Close() error {
	r.Stop()
	return nil
}
