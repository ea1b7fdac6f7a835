package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/gateway"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// proxying holds the flags of the command.
type proxying struct {
	*app
	selection
	ruling
	reporting
	party            *choice
	listen, upstream string
	upstreamCA       string
	intercept        bool
	hosts            []string
	admin            string
	record           string
	rotateSize       string
	rotateAge        time.Duration
	guard            bool
	hold             time.Duration
	ledger           *guard.Ledger // nil without --guard
	muted            []reports.Muted
	telling          sync.Mutex // several goroutines tell
}

func (a *app) proxyCommand() *cobra.Command {
	p := &proxying{app: a}
	cmd := &cobra.Command{
		Use:     "proxy {--upstream URL | --intercept} [flags] [-- COMMAND [ARGS...]]",
		GroupID: "live",
		Short:   "Pass traffic on to a venue, and judge both sides of it",
		Long: `Proxy stands between a client and a venue. It passes on what comes as it came,
judges the client in front and the venue behind by every clause that traffic can
show, and reports at the end.

Without COMMAND it serves until a signal ends it, says what it finds as it finds
it, the first few of each rule, and then writes the report. With COMMAND it runs
that, and ends when COMMAND does: {url} in its words is the address to be asked
in the venue's place, and so is the variable MBXCHECK_URL. COMMAND has the
terminal and the variables of its caller; what it prints goes to standard error,
for the report goes to standard output. What it leaves running is ended.

With --intercept it is a forward proxy. CONNECT to a host that is judged leads
to mbxcheck, which speaks TLS in its place by the CA that 'mbxcheck ca init'
makes, HTTP/2 too, and asks the host itself, or --upstream. What is for other
hosts is passed on unjudged, behind CONNECT unread, and counted. COMMAND is
told of proxy and CA by HTTPS_PROXY, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS and
their kin, also with --upstream alone, unless it has a proxy already; without
'ca init' there is a CA for its run alone.

What it changes: Host names the venue, fields are sorted by name, and those of
one connection alone (Connection, Keep-Alive and their like) are not passed on.
No field is added, no query cleaned, no coding undone. It sends no request
twice. Where the venue does not answer, the client has a 502 of mbxcheck's own,
or 504 after a minute, with the field Mbxcheck-Gateway. An order whose client
has gone is not broken off. WebSockets pass unjudged.

The recording is masked as lint's findings are: what names tell, and 40 letters
and digits in a row. NDJSON keeps both sides of each exchange, of which lint
comes to the same verdicts with --host '*'; other formats keep the client's.
With --rotate-size or --rotate-age it goes on from file to file, which lint
--joined takes for one. FILE.index.json beside it counts what was to be recorded
and what was.

With --guard it keeps one ledger of weight, orders and bans for all clients.
What would go past a limit, or break the silence that a 429 or 418 asks for,
waits for up to --hold. Then mbxcheck answers 429 itself, with Retry-After and
the field Mbxcheck-Gateway, and the venue hears nothing of it. Clients that
use no more than an equal share of the minute are not held up by one that
does. The ledger of a venue outlives the run (in $XDG_STATE_HOME/mbxcheck, or
~/.local/state), and at the end it is said who used what.

With --admin it answers at a second address of this machine: a page of what
passes, /report?format=NAME, /metrics for Prometheus, /healthz, and POST /stop
and POST /shutdown, which end it.

Exit codes:
  0    conformant
  1    violations of the level --fail-on, or of a stronger one
  2    wrong usage, or a path that can't be written
  3    it could not start, or COMMAND did not start, or failed
  4    nothing exercised: no request came, or no occasion for any rule
  6    mbxcheck itself failed: a check or a report broke, or the recording
       is not whole
  130  interrupted while COMMAND ran; what was judged until then is reported
Where several apply, the first of 6, 2, 1, 3, 4 counts.`,
		Example: `  mbxcheck proxy --upstream https://api.binance.com --listen 127.0.0.1:8080
  mbxcheck proxy --upstream http://127.0.0.1:9000 --record session.ndjson
  mbxcheck proxy --upstream https://api.binance.com --guard --hold 2s
  mbxcheck proxy --upstream https://testnet.binance.vision -- npm test
  mbxcheck proxy --upstream "$MOCK" --party client -- ./bot {url}
  mbxcheck proxy --intercept -- ./bot`,
		RunE: func(cmd *cobra.Command, command []string) error { return p.run(cmd.Context(), command) },
	}
	p.flags(cmd)
	return cmd
}

func (p *proxying) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.SetInterspersed(false) // what follows COMMAND is its own
	f.StringVar(&p.upstream, "upstream", "", "pass requests on to the venue at `URL`, a scheme and a host")
	addFile(f, &p.upstreamCA, "upstream-ca", "", "trust the certificates in `FILE` at the venue, and not the system's")
	f.BoolVar(&p.intercept, "intercept", false, "be a forward proxy, and judge what is asked of the venue's hosts; with --upstream they are asked for there")
	f.StringArrayVar(&p.hosts, "host", nil, "with --intercept, judge what is asked of the host `NAME`; repeatable (default api.binance.com and its numbered siblings)")
	f.StringVar(&p.listen, "listen", "127.0.0.1:0", "listen on the loopback `ADDRESS`; port 0 takes a free one")
	f.StringVar(&p.admin, "admin", "", "answer for people and Prometheus at the loopback `ADDRESS`; port 0 takes a free one")
	addFile(f, &p.record, "record", "", "write every exchange to `FILE`, .ndjson, .yaml (go-vcr v3) or .har, secrets masked")
	f.StringVar(&p.rotateSize, "rotate-size", "", "go on recording in another file when one has `BYTES`, such as 100M; files are called NAME-000001 and so on")
	f.DurationVar(&p.rotateAge, "rotate-age", 0, "go on recording in another file when one is as old, such as 1h")
	f.BoolVar(&p.guard, "guard", false, "keep all clients within the limits of the address, and silent when the venue asks for it")
	f.DurationVar(&p.hold, "hold", defaultHold, "with --guard, how long a request may wait before it is refused")
	p.party = addChoice(cmd, "party", "all", parties, "PARTY", "judge only the rules that bind client, server, proxy or all")
	p.selection.flags(cmd, &p.ruling)
	p.ruling.flags(cmd)
	p.reporting.flags(cmd)
	complete(cmd, "host", cobra.NoFileCompletions)
	complete(cmd, "upstream", cobra.NoFileCompletions)
	complete(cmd, "listen", cobra.NoFileCompletions)
	complete(cmd, "admin", cobra.NoFileCompletions)
}

// run is the command.
func (p *proxying) run(ctx context.Context, command []string) error {
	began := time.Now()
	c, err := p.config(len(command) > 0)
	if err != nil {
		return err
	}
	all, err := p.destinations()
	if err != nil {
		return err
	}
	defer discard(all)
	if err := open(all, nil); err != nil {
		return err
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	g, err := gateway.Start(c)
	if err != nil {
		return notListening(err)
	}
	ctx, ended, err := p.openAdmin(ctx, g, began)
	if err != nil {
		g.Close()
		return err
	}
	defer ended()
	var failed error
	if len(command) > 0 {
		failed = p.command(ctx, &c, g.URL(), command)
	} else {
		p.say(fmt.Sprintf("%s passes on to %s. Ctrl-C ends it, and then comes the report", g.URL(), p.goal()))
		<-ctx.Done()
	}
	outcome, recorded := g.Close()
	p.tellUses()
	r := p.report(outcome.Tally, began)
	if failed != nil && asExit(failed).code == exitInterrupted {
		r.Partial = failed.Error()
	}
	if outcome.Exchanges == 0 {
		// A table of what was not exercised tells a person nothing; what
		// follows on standard error does.
		all = slices.DeleteFunc(slices.Clone(all), (*destination).isTextOnStdout)
	}
	faults := p.write(all, r, p.color.value)
	if recorded != nil {
		faults = append(faults, fmt.Errorf("the recording %s is not whole: %w", p.record, recorded))
	}
	return p.verdict(outcome, faults, failed, len(command) > 0)
}

// config turns the flags into what the gateway needs, before a command or without.
func (p *proxying) config(command bool) (c gateway.Config, err error) {
	held := chosen(p.edition)
	venue := held.Host() // whose siblings share its limits
	switch {
	case p.upstream != "":
		if c.Upstream, err = gateway.ParseUpstream(p.upstream); err != nil {
			return c, usage("", "--upstream %v", err)
		}
		_, venue = wire.Origin(c.Upstream.Scheme == "https", strings.ToLower(c.Upstream.Host)) // one, however it is written
	case !p.intercept:
		return c, usage("For example: mbxcheck proxy --upstream https://api.binance.com", "proxy needs the --upstream that it passes requests on to, or --intercept")
	}
	if err := p.interception(&c, command); err != nil {
		return c, err
	}
	p.selection.party = p.party.value
	if c.Rules, p.muted, err = p.selection.of(held); err != nil {
		return c, err
	}
	if c.Guard, err = p.openLedger(held, venue); err != nil {
		return c, err
	}
	c.Hold, c.NotKept = p.hold, func(err error) { p.say(err.Error()) }
	if c.Rotate, err = p.rotation(); err != nil {
		return c, err
	}
	c.Listen, c.Record, c.Engine = p.listen, p.record, engine.Options{Edition: held}
	p.few.bound(&c.Engine)
	c.NotRecorded = func(err error) { p.say(notRecorded(p.record, err)) }
	if !command {
		c.Found = func(f rule.Finding) {
			if level := rule.Of(f.Rule).LevelIn(held); p.fails() == reports.FailOnNone || rule.Severity(level) >= rule.Severity(p.fails()) {
				p.say(fmt.Sprintf("%s: %s (exchange %d, %s %s)", f.Rule, f.Message, f.At.Exchange, f.At.Method, f.At.Path))
			}
		}
	}
	return c, nil
}

// rotation is when the recording goes on in another file.
func (p *proxying) rotation() (by cassettes.Rotation, err error) {
	switch {
	case p.record == "" && (p.rotateSize != "" || p.rotateAge != 0):
		return by, usage("Add --record FILE.", "--rotate-size and --rotate-age say when a recording goes on in another file, and there is no --record")
	case p.rotateAge < 0 || p.rotateAge > 0 && p.rotateAge < time.Second:
		return by, usage("", "--rotate-age %s: expected 1s or more", p.rotateAge)
	}
	by.Age = p.rotateAge
	if p.rotateSize != "" {
		n, ok := format.Quantity(p.rotateSize)
		if !ok {
			return by, usage("", "--rotate-size %s: expected a positive number of bytes, such as 100M", p.rotateSize)
		}
		by.Bytes = n
	}
	return by, nil
}

// report is that of a tally.
func (p *proxying) report(t *rule.Tally, began time.Time) *reports.Report {
	r := &reports.Report{Tally: t, FailOn: p.fails(), Muted: p.muted, Version: version(), Began: began, Elapsed: time.Since(began)}
	p.set(r)
	return r
}

// say tells something while the gateway runs.
func (p *proxying) say(text string) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.tell(text)
}

// notListening says why a gateway could not start.
func notListening(err error) error {
	var address *wire.AddressError
	var record *gateway.RecordError
	switch {
	case errors.As(err, &address):
		return usage("", "--listen: %v", err)
	case errors.Is(err, cassettes.ErrUnread):
		return broken(fmt.Errorf("recording %w", err))
	case errors.As(err, &record):
		return unwritable("the recording", err)
	}
	return &exit{code: exitNoStart, err: fmt.Errorf("the proxy could not start: %w", err)}
}

// verdict turns an outcome, and how a command ended, into an exit code.
func (p *proxying) verdict(o *gateway.Outcome, faults []error, failed error, gate bool) error {
	p.tellUnjudged(o)
	err := p.conclude(o.Tally, faults)
	if o.Exchanges == 0 && err != nil && asExit(err).code == exitNotExercised {
		e := &exit{code: exitNotExercised, err: errors.New("nothing exercised: no request came")}
		if gate {
			e.hint = "The command has the address in MBXCHECK_URL, where {url} stands in its words, and as HTTPS_PROXY: does it ask it?"
		}
		err = e
	}
	switch {
	case failed == nil:
		return err
	case err == nil, asExit(err).code == exitNotExercised, asExit(failed).code == exitInterrupted:
		return failed
	}
	p.tell(failed.Error())
	return err
}
