package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certify/probe"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// probing holds the flags of the command.
type probing struct {
	*app
	selection
	ruling
	reporting
	url        string
	apiKey     string
	secretKey  string
	ca         string
	record     string
	mayTest    string
	limitTests bool
}

// The variables that hold keys where no flag does: other users of a machine see
// its commands' arguments.
const (
	apiKeyVariable    = "MBXCHECK_API_KEY"
	secretKeyVariable = "MBXCHECK_SECRET_KEY"
)

func (a *app) probeCommand() *cobra.Command {
	p := &probing{app: a}
	cmd := &cobra.Command{
		Use:     "probe --url URL",
		GroupID: "live",
		Short:   "Ask a live server what no recording shows, and judge its answers",
		Long: `Probe sends requests to a server and judges the answers by the rules that bind
servers, as lint does. It asks what no recording shows: calls with parameters in
several orders and places, malformed ones, two API keys on one address, and,
with --allow-limit-tests, bursts past the limits until the address is banned.

It sends one request at a time, seven in a second at the most, and uses no more
than half of the weight that exchangeInfo tells. The first 429 or 418 ends it,
but in the tests of limits. It takes up to a minute and a half, most of which it
waits for the minute to turn. The tests of limits take two minutes more, and as
long as the first ban lasts, two minutes or more, to see whether the next one is
shorter; the address stays banned when they end. Nobody else should use the
server from this address meanwhile.

With a key and its secret it sends signed calls too. Orders are test orders; on
a server of this machine, where money is play money, it trades, withdraws and
borrows. Whoever has a port here that leads to another machine must know that.

The key and its secret are masked in all that is written, wherever the server
repeats them; so is what names or 40 letters and digits in a row tell. What else
a server keeps secret can't be known.

A server of another machine is probed if --i-may-test names its host. Real
exchanges are never sent bursts. No redirect is followed, and only a proxy of
this machine is used. Where the API lies under a path, as a mock among others
does, the path is sent, and left out of what is judged and recorded.

Exit codes:
  0    conformant
  1    violations of the level --fail-on, or of a stronger one
  2    wrong usage, or a path that can't be written
  3    the server does not answer
  4    nothing exercised, or not everything was sent: the server ended the probe
       by a 429, or refused the keys
  6    mbxcheck itself failed: a check broke, or a file could not be written
  130  interrupted; what was judged until then is reported`,
		Example: `  mbxcheck probe --url http://127.0.0.1:8080
  MBXCHECK_API_KEY=$KEY MBXCHECK_SECRET_KEY=$SECRET \
    mbxcheck probe --url http://127.0.0.1:8080 --allow-limit-tests
  mbxcheck probe --url https://localhost:8443 --ca certificate.pem
  mbxcheck probe --url http://127.0.0.1:8080/mocks/binance
  mbxcheck probe --url http://mock.internal:8080 --i-may-test mock.internal
  mbxcheck probe --url http://127.0.0.1:8080 --record probe.ndjson
  mbxcheck lint --host '127.0.0.1:*' --party server probe.ndjson`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && p.url == "" {
				return usage("For example: mbxcheck probe --url http://127.0.0.1:8080", "probe takes the server by --url, found %q without it", args[0])
			}
			return noArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) },
	}
	p.flags(cmd)
	return cmd
}

func (p *probing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&p.url, "url", "", "probe the server at `URL`, with what stands before /api in its paths, if anything does")
	f.StringVar(&p.apiKey, "api-key", "", "sign with the API key `KEY`; better in the variable "+apiKeyVariable)
	f.StringVar(&p.secretKey, "secret-key", "", "sign with the secret `SECRET`; better in the variable "+secretKeyVariable)
	addFile(f, &p.ca, "ca", "", "trust the certificates in `FILE`, in PEM, and no others")
	f.BoolVar(&p.limitTests, "allow-limit-tests", false, "go past the limits until this address is banned")
	f.StringVar(&p.mayTest, "i-may-test", "", "probe the server of another machine, whose `HOST` this is")
	addFile(f, &p.record, "record", "", "write every exchange to `FILE`.ndjson, secrets masked; lint comes to the same verdicts")
	p.selection.flags(cmd, &p.ruling)
	p.ruling.flags(cmd)
	p.reporting.flags(cmd)
	for _, name := range []string{"url", "api-key", "secret-key", "i-may-test"} {
		complete(cmd, name, cobra.NoFileCompletions)
	}
}

// run is the command.
func (p *probing) run(ctx context.Context) error {
	began := time.Now()
	config, err := p.config()
	if err != nil {
		return err
	}
	p.selection.party = string(clause.Server)
	held := chosen(p.edition)
	rules, muted, err := p.selection.of(held)
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
	options := engine.Options{Edition: held, Hide: p.hide, Live: true}
	p.few.bound(&options)
	judge := engine.New(rules, options)
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	summary, recorded, err := p.probe(ctx, config, judge)
	tally := judge.Take()
	interrupted := err != nil && asExit(err).code == exitInterrupted && tally.Traffic.Exchanges > 0
	if err != nil && !interrupted {
		return err
	}
	wanted := slices.Clone(all)
	if summary.Stopped != "" && !decided(tally) {
		// A table of what was not exercised tells a person nothing; what
		// follows on standard error does.
		wanted = slices.DeleteFunc(wanted, (*destination).isTextOnStdout)
	}
	r := &reports.Report{Tally: tally, FailOn: p.fails(), Version: version(), Began: began, Elapsed: time.Since(began)}
	r.Muted = slices.DeleteFunc(muted, func(m reports.Muted) bool { return m.By == "--party" }) // not the user's doing
	p.set(r)
	if interrupted {
		r.Partial = err.Error()
	}
	faults := p.write(wanted, r, p.color.value)
	if recorded != nil {
		faults = append(faults, fmt.Errorf("the recording is not whole: %w", recorded))
	}
	for _, left := range summary.LeftOut {
		p.tell(left)
	}
	if interrupted {
		return err
	}
	return p.incomplete(summary, p.conclude(tally, faults))
}

// incomplete turns what a probe could not send into an exit code, unless there
// is a stronger one.
func (p *probing) incomplete(s *probe.Summary, err error) error {
	why := s.Missing()
	switch {
	case why == "":
		return err
	case err == nil || asExit(err).code == exitNotExercised:
		return &exit{code: exitNotExercised, err: fmt.Errorf("not everything was sent: %s", why)}
	}
	p.tell("Not everything was sent: " + why + ".")
	return err
}

func decided(t *rule.Tally) bool {
	return slices.ContainsFunc(t.Rules, func(r rule.RuleTally) bool { return r.Decided() > 0 })
}

// config turns the flags into what the probe needs.
func (p *probing) config() (probe.Config, error) {
	var c probe.Config
	if p.url == "" {
		return c, usage("For example: mbxcheck probe --url http://127.0.0.1:8080", "probe needs the --url of a server")
	}
	target, err := probe.NewTarget(p.url, probe.Permission{Host: p.mayTest, LimitTests: p.limitTests})
	switch {
	case errors.Is(err, probe.ErrHost):
		return c, usage("If you may test it: --i-may-test "+hostOf(p.url), "--url: %v", err)
	case errors.Is(err, probe.ErrExchange):
		return c, usage("Leave --allow-limit-tests out.", "--url: %v", err)
	case err != nil:
		return c, usage("", "--url: %v", err)
	}
	c = probe.Config{
		Target: target, Edition: chosen(p.edition), APIKey: cmp.Or(p.apiKey, os.Getenv(apiKeyVariable)), SecretKey: cmp.Or(p.secretKey, os.Getenv(secretKeyVariable)),
		Agent: "mbxcheck/" + version() + " (" + issues + ")", Proxy: http.ProxyFromEnvironment,
	}
	if err := keys(c); err != nil {
		return c, err
	}
	p.hide = mask.New(c.APIKey, c.SecretKey)
	if p.ca != "" {
		text, err := os.ReadFile(p.ca)
		if err != nil {
			return c, usage("", "--ca: %v", err)
		}
		if c.Roots = probe.Roots(text); c.Roots == nil {
			return c, usage("", "--ca %s: expected certificates in PEM, found none", p.ca)
		}
	}
	if err := keepsTogether("record", p.record); err != nil {
		return c, err
	}
	if _, is := terminal(p.err); is {
		c.Progress = p.tell
	}
	return c, nil
}

// keepsTogether refuses a file, "" for none, of a format that does not keep which
// exchanges belong together.
func keepsTogether(flag, file string) error {
	if file == "" || cassettes.KeepsAnnotations(file) {
		return nil
	}
	return usage("No other format keeps which exchanges belong together.", "--%s %s: expected a name that ends in .ndjson", flag, file)
}

// hostOf is the host of a URL that has one.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "HOST"
	}
	return u.Hostname()
}

// keys checks a key and a secret, of which errors show neither.
func keys(c probe.Config) error {
	switch {
	case c.APIKey == "" && c.SecretKey == "":
		return nil
	case c.APIKey == "" || c.SecretKey == "":
		return usage("The variables "+apiKeyVariable+" and "+secretKeyVariable+" hold them as well.", "expected --api-key and --secret-key, found one of them")
	case !c.Target.Loopback() && !c.Target.Secure():
		return usage("", "keys are sent to another machine by https only")
	}
	_, err := accountOf(c.APIKey + ":" + c.SecretKey)
	if err != nil {
		return usage("", "--api-key and --secret-key: %v", err)
	}
	return nil
}

// probe probes, judges and records. recorded is what went wrong with the
// recording, which stops nothing.
func (p *probing) probe(ctx context.Context, c probe.Config, judge *engine.Engine) (summary *probe.Summary, recorded, err error) {
	c.Observe = judge.Observe
	if p.record != "" {
		to, err := cassettes.Create(p.record, p.hide)
		if err != nil {
			return nil, nil, unwritable("the recording", err)
		}
		defer func() { recorded = to.Close() }()
		c.Observe = func(x *traffic.Exchange) {
			judge.Observe(x)
			if err := to.Add(x); err != nil {
				p.tell(notRecorded(p.record, err))
			}
		}
	}
	judge.Begin()
	summary, err = probe.Run(ctx, c)
	judge.End()
	switch {
	case errors.Is(err, context.Canceled):
		text := fmt.Sprintf("interrupted after %d requests", summary.Requests)
		if summary.Requests == 0 {
			text += "; no report was written"
		}
		return summary, recorded, &exit{code: exitInterrupted, err: errors.New(text)}
	case errors.Is(err, probe.ErrNoAnswer):
		return nil, recorded, &exit{code: exitNoStart, err: fmt.Errorf("%s: %w", c.Target, err), hint: c.NoAnswerHint()}
	}
	return summary, recorded, err
}

// notRecorded says at once that exchanges are not recorded, and what to do.
func notRecorded(name string, err error) string {
	if errors.Is(err, cassettes.ErrUnread) {
		return fmt.Sprintf("the recording %s can't be written: %v. Nothing more is written to it: begin again with a reader that keeps up, or record to a file", name, err)
	}
	return fmt.Sprintf("the recording %s can't be written: %v. Exchanges are left out until it can be: make room on its disk, or begin again with a recording elsewhere. What was recorded before can be read", name, err)
}
