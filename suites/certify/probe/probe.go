package probe

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Config says whom to probe and with what.
type Config struct {
	Target Target

	// Edition says how the server writes its traffic, and when it lists what; nil is
	// the default one.
	Edition *edition.Edition

	// APIKey and SecretKey sign the probes of routes that want it; "" leaves
	// them out.
	APIKey, SecretKey string

	// Observe is given every exchange as it ends, in order, to judge and to
	// record it. It must not keep it.
	Observe func(*traffic.Exchange)

	// Progress is told what is done next, in a few words; nil if nobody looks.
	Progress func(string)

	Roots *x509.CertPool                             // that TLS is checked by; nil for the system's
	Proxy func(*http.Request) (*url.URL, error)      // as in http.Transport; only proxies of this machine are used
	Agent string                                     // User-Agent; "" for mbxcheck's
	Now   func() time.Time                           // a clock that is not set while the probe runs; nil for traffic.SteadyClock's
	Sleep func(context.Context, time.Duration) error // nil to wait in earnest

	// Transport stands in the network's place; nil for the network.
	Transport http.RoundTripper
}

// Summary says what came of a probe, beside what was observed.
type Summary struct {
	Requests int
	LeftOut  []string // what was not sent and why, a sentence each
	Stopped  string   // why the probe ended early, "" if it did not
	Refused  string   // why signed calls were left out though there are keys, "" if they were not
}

// Missing is why not everything was sent, "" if it was: nobody shall take the rest for
// all.
func (s *Summary) Missing() string { return cmp.Or(s.Stopped, s.Refused) }

// NoAnswerHint says what to look at where a server does not answer.
func (c *Config) NoAnswerHint() string {
	if c.Target.Secure() && c.Roots == nil {
		return "Is it running there? A server whose certificate is its own needs --ca FILE."
	}
	return "Is it running there, and does it speak " + strings.ToUpper(c.Target.url.Scheme) + "?"
}

// ErrNoAnswer says that the server answered nothing at all.
var ErrNoAnswer = errors.New("the server does not answer")

// Run probes the target. It fails if the target does not answer the first
// request, with an error that wraps ErrNoAnswer, and if the context ends. The
// exchanges observed until then are sound.
//
// Without limit tests it takes a minute and a half at the most: some hundred
// and fifty requests and the turn of a minute. The tests of limits wait for two
// more turns, and for the end of a ban, which is two minutes or more.
func Run(ctx context.Context, c Config) (*Summary, error) {
	if c.Target.url == nil {
		return nil, ErrURL
	}
	p := newProber(ctx, &c)
	p.run()
	switch {
	case ctx.Err() != nil:
		return &p.summary, ctx.Err()
	case p.first != nil:
		return &p.summary, fmt.Errorf("%w: %w", ErrNoAnswer, p.first)
	}
	return &p.summary, nil
}

func newProber(ctx context.Context, c *Config) *prober {
	p := &prober{ctx: ctx, c: c, held: cmp.Or(c.Edition, edition.Default()), client: newClient(c), now: c.Now, sleep: c.Sleep}
	if p.now == nil {
		p.now = traffic.SteadyClock()
	}
	if p.sleep == nil {
		p.sleep = wait
	}
	p.agent = cmp.Or(c.Agent, "mbxcheck-probe")
	return p
}

// wait waits, but no longer than the context.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run sends all probes. A stop makes the rest of them do nothing.
func (p *prober) run() {
	p.meet()
	for _, part := range []struct {
		what string
		do   func()
	}{
		{"asking for market data", p.marketData},
		{"sending malformed requests", p.malformed},
		{"sending parameters in several orders and places", p.parameters},
		{"asking for orders, trades and wallets", p.account},
		{"weighing calls over the turn of a minute", p.weights},
		{"", p.limits},
	} {
		if p.stopped() {
			return
		}
		p.tell(part.what)
		part.do()
	}
}

// leaveOut notes what is not sent.
func (p *prober) leaveOut(format string, args ...any) {
	p.summary.LeftOut = append(p.summary.LeftOut, fmt.Sprintf(format, args...))
}

func (p *prober) tell(what string) {
	if p.c.Progress != nil && what != "" {
		p.c.Progress(what)
	}
}
