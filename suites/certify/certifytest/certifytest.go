// Package certifytest puts Go clients through scenarios in their own tests, in
// virtual time: bans of three days are waited out in milliseconds.
//
//	func TestCertified(t *testing.T) {
//		certifytest.Client(t, func(rt http.RoundTripper) certifytest.Driver { return &driverOfMine{New(rt)} })
//	}
//
// It stands apart from package certify because it imports testing, which no
// other program should have to link. It must not know reports.
package certifytest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Driver is a Go client as its own tests have it driven. If it is an io.Closer
// it is closed when a scenario ends: whatever it started must end then.
type Driver interface {
	// Hello says which client it is and which ops it has.
	Hello() driver.Hello

	// Do carries a command out and says what the client told its caller. It is
	// called from several goroutines at once.
	Do(context.Context, driver.Command) driver.Answer
}

// epoch is when scenarios in virtual time begin, inside the window of the
// edition 2019-seed.
var epoch = time.Date(2019, time.July, 20, 10, 0, 0, 0, time.UTC)

// longestBan is the longest that the document knows.
const longestBan = 72 * time.Hour

// banWindow is beyond a minute, at which many programs go round.
const banWindow = 65 * time.Second

// Client puts a Go client through all scenarios, each a subtest that runs in a
// testing/synctest bubble: its clock is virtual, so that bans of three days are
// waited out in milliseconds. A finding of a rule of level must fails its
// subtest; weaker ones are logged. Scenarios that need an op which the client
// does not have are skipped.
//
// The client is made anew for each scenario, inside its bubble, and reaches the
// venue, which it calls https://api.binance.com, by the transport that it is
// given alone. It must not use clocks, timers or goroutines from outside. It
// trades for certify.Account.
func Client(t *testing.T, newDriver func(http.RoundTripper) Driver) {
	t.Helper()
	for _, s := range certify.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			r := InProcess(t, s, newDriver)
			switch {
			case r.Err != nil:
				t.Fatalf("scenario %s: %v", s.Name, r.Err)
			case len(r.Unsupported) > 0 && !r.Reached():
				t.Skipf("the client has no %v", r.Unsupported)
			}
			report(t, r)
		})
	}
}

// report tells the findings of a result.
func report(t *testing.T, r *certify.Result) {
	t.Helper()
	for i := range r.Tally.Rules {
		for _, f := range r.Tally.Rules[i].Findings {
			say := t.Logf
			of := rule.Of(f.Rule)
			if r.Tally.Rules[i].Level() == clause.Must {
				say = t.Errorf
			}
			say("%s (%s, %s): %s\nexpected: %s\nseen: %s\nmend: %s\n%s",
				f.Rule, strings.Join(of.Clauses, ", "), r.Tally.Rules[i].Level(), f.Message, f.Expected, f.Seen, f.Hint, indented(r.Timeline(&f)))
		}
		if why := r.Tally.Rules[i].Error; why != "" {
			t.Errorf("%s: the check itself broke: %s", r.Tally.Rules[i].ID, why)
		}
	}
}

func indented(events []certificate.Moment) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "  %s\n", e)
	}
	return b.String()
}

// InProcess puts a Go client through one scenario, as Client does, and returns
// the result instead of judging it. Bans are waited out.
func InProcess(t *testing.T, s *certify.Scenario, newDriver func(http.RoundTripper) Driver) *certify.Result {
	t.Helper()
	return inBubble(t, s, driven(newDriver))
}

func driven(newDriver func(http.RoundTripper) Driver) *certify.Certifier {
	return &certify.Certifier{FullBan: true, Ban: longestBan, Start: func(_ context.Context, stage *certify.Stage) (certify.Subject, error) {
		transport := stage.Transport()
		return &inside{newDriver(distant{transport}), transport}, nil
	}}
}

// Program is a Go program that nobody tells what to do. It ends when it wants
// to, and when its context does.
type Program func(context.Context, http.RoundTripper)

// InProcessObserved watches a Go program through one scenario, in virtual time
// as InProcess does. Bans are watched for some more than a minute.
func InProcessObserved(t *testing.T, s *certify.Scenario, p Program) *certify.Result {
	t.Helper()
	return inBubble(t, s, &certify.Certifier{Mode: certificate.Observe, BanWindow: banWindow, Start: p.distant().Start})
}

// distant is the program at some distance from the venue.
func (p Program) distant() certify.Program {
	return func(ctx context.Context, transport *http.Transport) { p(ctx, distant{transport}) }
}

// inBubble runs a scenario in a testing/synctest bubble, by all rules for
// clients.
func inBubble(t *testing.T, s *certify.Scenario, c *certify.Certifier) *certify.Result {
	t.Helper()
	c.Edition, _ = edition.ByID(edition.DefaultID)
	c.Rules = certify.Rules(c.Edition)
	var r *certify.Result
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch))
		r = c.One(context.Background(), s)
	})
	return r
}

// inside is a driven client in this process. It prints nothing, and its process does
// not end.
type inside struct {
	Driver
	transport *http.Transport
}

// Exit implements certify.Subject.
func (*inside) Exit() string { return "" }

// Output implements certify.Subject.
func (*inside) Output() string { return "" }

// Do implements certify.Subject.
func (i *inside) Do(ctx context.Context, c driver.Command) (driver.Answer, error) {
	a := i.Driver.Do(ctx, c)
	time.Sleep(latency)
	return a, nil
}

// Done implements certify.Subject.
func (i *inside) Done() <-chan struct{} { return nil }

// Close implements certify.Subject.
func (i *inside) Close() error {
	defer i.transport.CloseIdleConnections()
	if c, ok := i.Driver.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// latency is how long messages take between client and venue, and what the
// client told to its caller: at one instant of virtual time nobody can tell what
// came first.
const latency = time.Millisecond

// distant is a transport to a venue some way off. It is the caller who waits:
// whoever waited in a connection would hold locks, and a bubble's clock stands
// still while anybody waits for one.
type distant struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(latency)
	resp, err := d.Transport.RoundTrip(r)
	time.Sleep(latency)
	return resp, err
}
