package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// relaying holds the flags of the command.
type relaying struct {
	*app
	selection
	ruling
	reporting
	scenarios []string
	list      bool
	url       string
	listen    string
	forward   bool
	ca        string
	evidence  string
	certificate,
	name,
	version,
	configuration string
}

func (a *app) certifyProxyCommand() *cobra.Command {
	c := &relaying{app: a}
	cmd := &cobra.Command{
		Use:     "certify-proxy [flags] -- COMMAND [ARGS...]",
		GroupID: "live",
		Short:   "Put a proxy through scenarios and say which obligations it keeps",
		Long: `Certify-proxy stands on both sides of a proxy: it sends signed calls through it
to a venue that answers, refuses, fails, hangs and closes connections by
scripted scenarios, and judges what came to the venue and what came back by the
clauses that bind proxies. --list lists the scenarios. It sends no call twice,
and adds nothing to one, so that whatever is sent twice, changed or missing is
the proxy's doing. That takes up to two minutes.

COMMAND runs the proxy in the foreground. In its words are replaced

  {listen}                         HOST:PORT where the proxy is to listen
  {listen_host} {listen_port}      the parts of that
  {upstream}                       the venue's URL, where the proxy is to lead
  {upstream_host} {upstream_port}  the parts of that
  {ca}                             a file with the CA of the venue, which speaks
                                   TLS then: the proxy is to trust it

It has a clean environment with PATH, LANG, a HOME and a TMPDIR that are thrown
away, and ends with all that it started. A proxy that runs already is given by
--url, and the address where it expects the venue by --upstream-listen.

A forward proxy, with --forward, is told by each request where the venue is, as
whole URL; with --ca, which names the CA of the proxy itself, it is led to a
venue that speaks TLS by CONNECT, and opens what goes through. Both sides speak
HTTP/1.1, and those of a reverse proxy plain HTTP but for {ca}.

Calls with which nothing is wrong go between the others. Where none of a method
comes to the venue the proxy refuses or answers it itself, and nothing that is
said of it holds for that method: the report says so, and the exit code is 4.

Exit codes:
  0    conformant
  1    violations of the level --fail-on, or of a stronger one
  2    wrong usage, or a path that can't be written
  3    the proxy did not start, or took no connection
  4    nothing exercised: no request came to the venue, or none of a method, or
       no occasion for any rule
  6    mbxcheck itself failed: a check broke, or a file could not be written
  130  interrupted; what was judged until then is reported`,
		Example: `  mbxcheck certify-proxy -- ./proxy --listen {listen} --to {upstream}
  mbxcheck certify-proxy -- sh start.sh {listen_port} {upstream_port}
  mbxcheck certify-proxy --scenario 'answer-*' -- ./proxy {listen} {upstream}
  mbxcheck certify-proxy --url http://127.0.0.1:8080 \
    --upstream-listen 127.0.0.1:9000
  mbxcheck certify-proxy --forward -- ./proxy --listen {listen}
  mbxcheck certify-proxy --forward --ca /tmp/m/mitmproxy-ca-cert.pem -- \
    mitmdump --set confdir=/tmp/m --listen-port {listen_port} \
    --set ssl_verify_upstream_trusted_ca={ca}
  mbxcheck certify-proxy --evidence both.ndjson -- ./proxy {listen} {upstream}
  mbxcheck certify-proxy --certificate nginx.yaml --name nginx \
    --proxy-version 1.22.1 -- sh start.sh {listen_port} {upstream_port}
  mbxcheck lint --host '127.0.0.1:*' --run 'proxy-*' both.ndjson`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	c.flags(cmd)
	return cmd
}

func (c *relaying) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.SetInterspersed(false) // what follows COMMAND is its own
	f.BoolVar(&c.list, "list", false, "list the scenarios and do nothing else")
	f.StringArrayVar(&c.scenarios, "scenario", nil, "run only the scenarios called `GLOB`; repeatable")
	f.StringVar(&c.url, "url", "", "the proxy runs already, at `URL`, with what stands before /api in its paths, if anything does")
	f.StringVar(&c.listen, "upstream-listen", "", "with --url: the venue listens at `HOST:PORT`, where that proxy leads")
	f.BoolVar(&c.forward, "forward", false, "it is a forward proxy: each request tells it where the venue is")
	addFile(f, &c.ca, "ca", "", "with --forward: it opens what goes through a tunnel, and `FILE` has the CA, in PEM, by which it shows itself in the venue's place")
	addFile(f, &c.evidence, "evidence", "", "write every exchange of both sides to `FILE`.ndjson, secrets masked; lint comes to the same verdicts")
	addFile(f, &c.certificate, "certificate", "", "write the proxy's certificate to `FILE`, usually "+certificate.File)
	f.StringVar(&c.name, "name", "", "call the proxy `NAME` in its certificate (default as COMMAND or --url says)")
	f.StringVar(&c.version, "proxy-version", "", "the proxy's `VERSION`, for its certificate")
	f.StringVar(&c.configuration, "configuration", "", "`WHAT` differs from how it comes, for its certificate")
	c.selection.flags(cmd, &c.ruling)
	c.ruling.flags(cmd)
	c.reporting.flags(cmd)
	complete(cmd, "scenario", completeList(relayNames))
	for _, name := range []string{"url", "upstream-listen"} {
		complete(cmd, name, cobra.NoFileCompletions)
	}
}

func relayNames() []string {
	var names []string
	for _, s := range relay.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// run is the command.
func (c *relaying) run(ctx context.Context, command []string) error {
	began := time.Now()
	picked, err := relay.Picked(c.scenarios)
	if err != nil {
		return usage("--list lists them.", "--scenario: %v", err)
	}
	if c.list {
		c.tellScenarios(picked)
		return nil
	}
	if err := c.consistent(command); err != nil {
		return err
	}
	rules, muted, err := c.rules()
	if err != nil {
		return err
	}
	all, err := c.destinations()
	if err != nil {
		return err
	}
	defer discard(all)
	if err := open(all, nil); err != nil {
		return err
	}
	options := engine.Options{Edition: chosen(c.edition), Live: true}
	c.few.bound(&options)
	ctx, stop := untilSignal(ctx)
	defer stop()
	played, err := c.certify(ctx, command, picked, rules, options)
	tally, recorded, unexercised := played.tally, played.recorded, played.unexercised
	partial := err != nil && tally != nil
	if err != nil && !partial {
		return err
	}
	r := &reports.Report{Tally: tally, Muted: muted, FailOn: c.fails(), Version: version(), Began: began, Elapsed: time.Since(began), Picked: len(c.scenarios) > 0}
	c.set(r)
	if partial {
		r.Partial = err.Error()
	} else {
		r.Partial = unexercised
	}
	faults := append(c.certified(played, command, r.Partial), c.write(all, r, c.color.value)...)
	if recorded != nil {
		faults = append(faults, fmt.Errorf("the evidence is not whole: %w", recorded))
	}
	if partial {
		return err
	}
	if err := c.conclude(tally, faults); err != nil || unexercised == "" {
		return err
	}
	return &exit{code: exitNotExercised, err: errors.New(unexercised), hint: relay.UnexercisedHint}
}

func (c *relaying) tellScenarios(list []*relay.Scenario) {
	for i, s := range list {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintf(c.out, "%s\n", s.Name)
		entry(c.out, "what", s.Summary)
		entry(c.out, "clauses", strings.Join(s.Clauses, ", "))
	}
}

// consistent refuses flags that exclude each other, and a command that could not
// be led to the venue.
func (c *relaying) consistent(command []string) error {
	if c.url == "" && len(command) == 0 {
		return usage("For example: mbxcheck certify-proxy -- ./proxy --listen {listen} --to {upstream}", "certify-proxy needs the COMMAND that runs the proxy, or --url")
	}
	if err := c.subject(command).Sound(); err != nil {
		return unsound(err)
	}
	if c.certificate == "" && c.name+c.version+c.configuration != "" {
		return usage("", "--name, --proxy-version, --configuration: expected --certificate, in which they stand")
	}
	return keepsTogether("evidence", c.evidence)
}

// subject is the proxy that the flags describe.
func (c *relaying) subject(command []string) *relay.Subject {
	return &relay.Subject{Command: command, URL: c.url, Listen: c.listen, Forward: c.forward, CA: c.ca}
}

// unsound is an error of a subject that is described wrongly, and others as they are.
func unsound(err error) error {
	if e := (*relay.Unsound)(nil); errors.As(err, &e) {
		return usage(e.Hint, "%s", e.Text)
	}
	return err
}

// rules are those that judge both sides of a proxy.
func (c *relaying) rules() (list []*rule.Rule, muted []reports.Muted, err error) {
	c.selection.party = string(clause.Proxy)
	list, muted, err = c.selection.of(chosen(c.edition))
	list = slices.DeleteFunc(list, func(r *rule.Rule) bool { return r.Pair == nil })
	muted = slices.DeleteFunc(muted, func(m reports.Muted) bool { return m.By == "--party" || m.Rule.Pair == nil }) // not the user's doing
	return list, muted, err
}

// relayed is what came of putting a proxy through scenarios.
type relayed struct {
	tally       *rule.Tally // nil where none was; with an error, of a part
	unexercised string
	each        []certificate.Scenario
	recorded    error // what went wrong with the evidence, which stops nothing
}

// certify opens the venue, starts the proxy, and has what goes through it judged and
// recorded.
func (c *relaying) certify(ctx context.Context, command []string, picked []*relay.Scenario, rules []*rule.Rule, o engine.Options) (played *relayed, err error) {
	played = new(relayed)
	run, err := c.subject(command).Open(chosen(c.edition))
	switch {
	case errors.As(err, new(*net.OpError)):
		return played, usage("", "--upstream-listen: %v", err)
	case errors.As(err, new(*fs.PathError)):
		return played, unwritable("the venue's CA", err)
	case err != nil:
		return played, broken(err)
	}
	defer run.Close()
	c.hide = mask.New(run.Upstream.Secrets()...)
	o.Hide = c.hide
	judge := engine.New(rules, o)
	run.Observe = judge.Observe
	one := &oneByOne{rules: rules, options: o, to: &played.each}
	if c.evidence != "" {
		to, err := cassettes.Create(c.evidence, c.hide)
		if err != nil {
			return played, unwritable("the evidence", err)
		}
		defer func() { played.recorded = errors.Join(played.recorded, to.Close()) }()
		run.Observe = func(x *traffic.Exchange) {
			judge.Observe(x)
			played.recorded = errors.Join(played.recorded, to.Add(x))
		}
	}
	if err := run.Meet(ctx); err != nil {
		return played, notPut(ctx, err)
	}
	_, shows := terminal(c.err)
	run.Began = func(s *relay.Scenario) {
		if one.began(s); shows {
			c.tell(s.Name)
		}
	}
	observe := run.Observe
	run.Observe = func(x *traffic.Exchange) {
		observe(x)
		one.judge.Observe(x)
	}
	judge.Begin()
	err = run.Play(ctx, picked)
	judge.End()
	one.ended()
	played.tally, played.unexercised = judge.Take(), run.Unexercised()
	said := run.End()
	for _, text := range run.Missed() {
		c.tell(text)
	}
	return played, ended(ctx, run, played.tally, err, said)
}

// notPut says why a proxy was not put through scenarios.
func notPut(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted before the proxy listened; no report was written")}
	case errors.As(err, new(*relay.Unsound)):
		return unsound(err)
	}
	return &exit{code: exitNoStart, err: err}
}

// ended says how a run ended, nil if it may be judged as a whole.
func ended(ctx context.Context, run *relay.Session, t *rule.Tally, err error, said string) error {
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: fmt.Errorf("interrupted after %s", exchanges(t.Traffic.Exchanges))}
	case err != nil:
		return &exit{code: exitNoStart, err: err, hint: said}
	case run.Unreached() != nil:
		return &exit{code: exitNotExercised, err: run.Unreached(), hint: said}
	}
	return nil
}
