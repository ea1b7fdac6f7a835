package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
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
		Use:     "proxy --upstream URL [flags] [-- COMMAND [ARGS...]]",
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
for the report goes to standard output.

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
  mbxcheck proxy --upstream "$MOCK" --party client -- ./bot {url}`,
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
	complete(cmd, "upstream", cobra.NoFileCompletions)
	complete(cmd, "listen", cobra.NoFileCompletions)
	complete(cmd, "admin", cobra.NoFileCompletions)
}

// run is the command.
func (p *proxying) run(ctx context.Context, command []string) error {
	began := time.Now()
	c, err := p.config(len(command) == 0)
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
		failed = p.command(ctx, g.URL(), command)
	} else {
		p.say(fmt.Sprintf("%s passes on to %s. Ctrl-C ends it, and then comes the report", g.URL(), c.Upstream))
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

// config turns the flags into what the gateway needs.
func (p *proxying) config(watched bool) (c gateway.Config, err error) {
	if p.upstream == "" {
		return c, usage("For example: mbxcheck proxy --upstream https://api.binance.com", "proxy needs the --upstream that it passes requests on to")
	}
	if c.Upstream, err = gateway.ParseUpstream(p.upstream); err != nil {
		return c, usage("", "--upstream %v", err)
	}
	p.selection.party = p.party.value
	held := chosen(p.edition)
	if c.Rules, p.muted, err = p.selection.of(held); err != nil {
		return c, err
	}
	if c.Guard, err = p.openLedger(held, c.Upstream); err != nil {
		return c, err
	}
	c.Hold, c.NotKept = p.hold, func(err error) { p.say(err.Error()) }
	if c.Rotate, err = p.rotation(); err != nil {
		return c, err
	}
	c.Listen, c.Record, c.Engine = p.listen, p.record, engine.Options{Edition: held}
	p.few.bound(&c.Engine)
	c.NotRecorded = func(err error) { p.say(notRecorded(p.record, err)) }
	if watched {
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

// farewell is how long a command may take to end that was asked to.
const farewell = 5 * time.Second

// command runs what is to be judged to its end.
func (p *proxying) command(ctx context.Context, url string, words []string) error {
	words = slices.Clone(words)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], process.Placeholder, url)
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = farewell
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.in, p.err, p.err
	cmd.Env = append(os.Environ(), "MBXCHECK_URL="+url)
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted while the command ran")}
	case errors.As(err, &ended):
		return &exit{code: exitNoStart, err: fmt.Errorf("the command %s failed: %s", words[0], ended)}
	case err != nil:
		return &exit{code: exitNoStart, err: fmt.Errorf("the command did not start: %w", err)}
	}
	return nil
}

// verdict turns an outcome, and how a command ended, into an exit code.
func (p *proxying) verdict(o *gateway.Outcome, faults []error, failed error, gate bool) error {
	if o.Upgraded > 0 {
		p.tell(fmt.Sprintf("%d requests for another protocol, such as WebSocket, were passed on unjudged", o.Upgraded))
	}
	err := p.conclude(o.Tally, faults)
	if o.Exchanges == 0 && err != nil && asExit(err).code == exitNotExercised {
		e := &exit{code: exitNotExercised, err: errors.New("nothing exercised: no request came")}
		if gate {
			e.hint = "The command has the address in MBXCHECK_URL, and where {url} stands in its words: does it ask it?"
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
