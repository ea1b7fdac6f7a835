package subject

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// meeting is a command that runs for the first time, before a venue without
// faults.
type meeting struct {
	*Program
	process *process.Process
	front   *wire.Front
	asked   <-chan struct{} // hears of a request for the venue
	started time.Time
}

const (
	// leaving is how long a command whose output has ended, or is no hello, may
	// take to end itself.
	leaving = time.Second

	// banner is how long the hello of a driver is waited for whose library
	// printed something before it.
	banner = 3 * time.Second
)

// listen waits for what tells a driver from another program: its hello. It
// returns nil for another program. A request alone tells nothing: a driver's
// client may ask for something while it is loaded.
func (m *meeting) listen(ctx context.Context) (*driver.Conversation, error) {
	type met struct {
		talk *driver.Conversation
		err  error
	}
	hello := make(chan met, 1)
	go func() {
		talk, err := driver.Converse(ctx, m.process.Stdin, m.process.Stdout)
		hello <- met{talk, err}
	}()
	late := time.NewTimer(acquaintance)
	defer late.Stop()
	asked := m.asked
	if m.Mode == certificate.Drive {
		asked, late.C = nil, nil // Converse has a deadline of its own
	}
	for {
		select {
		case h := <-hello:
			switch {
			case h.err == nil:
				return h.talk, nil
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			}
			return nil, m.noDriver(h.err)
		case <-asked:
			asked = nil
			late.Reset(hesitation)
		case <-late.C:
			m.silent()
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// silent notes why a command that said nothing is watched.
func (m *meeting) silent() {
	said := fmt.Sprintf("it said no hello within %.0f s", acquaintance.Seconds())
	if m.front.Requests() > 0 {
		said = fmt.Sprintf("it called the venue, and said no hello within %.0f s after that", hesitation.Seconds())
	}
	m.watched(said)
}

// watched notes why the command is taken for no driver.
func (m *meeting) watched(why string) {
	m.Note = "the command is watched, as no driver: " + why + ". If it is a driver, --drive waits for its hello; --observe says that it is none."
}

// noDriver says what a command is whose first line is no hello: another
// program, unless it was to be a driver, meant to be one, or ended without a
// request.
func (m *meeting) noDriver(cause error) error {
	var line *driver.NoHello
	if errors.As(cause, &line) {
		if err := m.fault(line); err != nil {
			return err
		}
	}
	ended := ends(m.process, leaving)
	reached := m.front.Requests() > 0
	switch {
	case m.Mode == certificate.Drive:
		return m.notStarted(fmt.Errorf("the command is no driver: %w", withEnd(cause, m.process)))
	case reached:
	case ended && m.process.Err() != nil:
		return m.notStarted(fmt.Errorf("the client did not start: %w", m.process.Err()))
	case ended:
		return m.notReached("")
	}
	switch {
	case line != nil:
		m.watched("its first line on standard output is no hello: " + line.Line)
	case ended:
		m.watched(fmt.Sprintf("it called the venue and ended with %s without a hello", m.process.Exit()))
	default:
		m.watched("it closed its standard output without a hello")
	}
	return nil
}

// fault says what is wrong with a hello that has a fault, or that comes after
// other lines; nil where there is none.
func (m *meeting) fault(line *driver.NoHello) error {
	const mend = "schemas/driver.schema.json has its form, and suites/certify/clients/README.md an example; if the command is no driver, say so with --observe"
	if line.Meant {
		return m.notStarted(fmt.Errorf("the driver's hello has a fault: %w. %s", line, mend))
	}
	later := make(chan int, 1)
	go func() { later <- line.Later() }()
	select {
	case number := <-later:
		switch number {
		case 0:
			return nil
		case 1:
			return m.notStarted(fmt.Errorf("the driver's hello has a fault: expected all of it on one line, found an object over several lines. %s", mend))
		}
		return m.notStarted(fmt.Errorf("the driver's hello stands on line %d of its output: expected it on line 1, found %s there. What a library prints must not get to standard output; %s", number, line.Line, mend))
	case <-time.After(banner):
		return nil
	}
}

func (m *meeting) notStarted(err error) error {
	return &NotStarted{Err: err, Output: m.process.Output()}
}

// notReached says what was seen of a command that sent nothing, told being what
// it told its caller instead.
func (m *meeting) notReached(told string) error {
	seen := certify.PresenceOf(&running{Process: m.process}, m.front, m.started)
	seen.Told, seen.Driven = told, m.Hello.Protocol != 0
	return &NotReached{Seen: seen, Hint: process.Hint(m.Options, m.front, seen.Exit), Output: m.process.Output()}
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
func (m *meeting) try(ctx context.Context, talk *driver.Conversation) error {
	if n := m.front.Requests(); n > 0 {
		m.Note = fmt.Sprintf("the driver called the venue before its hello (requests: %d). In scenarios such calls are taken for the client's own, which nobody commanded.", n)
		return nil
	}
	limit, cancel := context.WithTimeout(ctx, firstCall)
	defer cancel()
	for _, c := range tries {
		if !m.Hello.Has(c.Op) {
			continue
		}
		a, err := talk.Do(limit, c)
		switch {
		case m.front.Requests() > 0:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && limit.Err() == nil:
			return m.notStarted(withEnd(err, m.process))
		case err != nil:
			return m.notReached(fmt.Sprintf("%s: no answer within %.0f s", c.Op, firstCall.Seconds()))
		}
		told := certify.Told(c.Op, a)
		if told == "" {
			told = fmt.Sprintf("%s: %s, without a request", c.Op, a.Outcome)
		}
		return m.notReached(told)
	}
	return nil // it has none of them; the scenarios will tell
}

// withEnd adds to an error of a conversation how the process ended, if it did:
// the end of its output is the first that is heard of it.
func withEnd(err error, p *process.Process) error {
	if !ends(p, leaving) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, p.Exit())
}

// ends reports whether a process ends within a time.
func ends(p *process.Process, atMost time.Duration) bool {
	late := time.NewTimer(atMost)
	defer late.Stop()
	select {
	case <-p.Ended():
		return true
	case <-late.C:
		return false
	}
}
