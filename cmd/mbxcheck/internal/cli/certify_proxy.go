package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
	"github.com/mbxcheck/mbxcheck/suites/wording"
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
	tally, recorded, unexercised := played.tally, played.recorded, played.unexercised()
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
	return &exit{code: exitNotExercised, err: errors.New(unexercised), hint: "A proxy that refuses what clients may send needs other settings, and one that answers in the venue's place may be broken."}
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
	listens, leads, trusts := relay.Names(command)
	switch {
	case c.url == "" && len(command) == 0:
		return usage("For example: mbxcheck certify-proxy -- ./proxy --listen {listen} --to {upstream}", "certify-proxy needs the COMMAND that runs the proxy, or --url")
	case c.url != "" && len(command) > 0:
		return usage("", "expected COMMAND or --url, found both")
	case (c.url != "") != (c.listen != ""):
		return usage("", "expected --url and --upstream-listen, found one of them")
	case c.ca != "" && !c.forward:
		return usage("A reverse proxy is given {ca} in COMMAND, and nothing else.", "--ca: expected --forward, found a reverse proxy")
	case c.forward && trusts && c.ca == "":
		return usage("The client is to trust the proxy in the venue's place.", "{ca}: expected --ca with the CA of the forward proxy, found none")
	case c.forward && c.url == "" && !listens:
		return usage("", "expected {listen}, or its parts, in COMMAND")
	case !c.forward && c.url == "" && (!listens || !leads):
		return usage("The proxy is to listen at the one and to lead to the other.", "expected {listen} and {upstream}, or their parts, in COMMAND")
	}
	if err := keepsTogether("evidence", c.evidence); err != nil {
		return err
	}
	if c.certificate == "" && c.name+c.version+c.configuration != "" {
		return usage("", "--name, --proxy-version, --configuration: expected --certificate, in which they stand")
	}
	if u, err := url.Parse(c.url); c.url != "" && (err != nil || u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || c.forward && strings.Trim(u.Path, "/") != "") {
		return usage("", "--url %s: expected a URL such as http://127.0.0.1:8080", c.url)
	}
	return nil
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
	tally    *rule.Tally // nil where none was; with an error, of a part
	plain    []relay.Plain
	each     []certificate.Scenario
	recorded error // what went wrong with the evidence, which stops nothing
}

// unexercised names the methods of which no call came to the venue, though nothing
// was wrong with them; "" for none.
func (r *relayed) unexercised() string {
	var all []string
	for _, p := range r.plain {
		if p.Arrived == 0 {
			all = append(all, fmt.Sprintf("no %s came to the venue of %s with which nothing was wrong%s", p.Method, wording.Plural(int64(p.Sent), "call", "calls"), byItself(p)))
		}
	}
	return strings.Join(all, "; ")
}

func byItself(p relay.Plain) string {
	if p.Own == 0 {
		return ""
	}
	return fmt.Sprintf(": the proxy answered %d itself", p.Own)
}

// warn tells of such calls that did not come to the venue where others did.
func (c *relaying) warn(plain []relay.Plain) {
	for _, p := range plain {
		if p.Arrived > 0 && p.Arrived < p.Sent {
			c.tell(fmt.Sprintf("%d of %d calls by %s with which nothing was wrong did not come to the venue%s", p.Sent-p.Arrived, p.Sent, p.Method, byItself(p)))
		}
	}
}

// certify opens the venue, starts the proxy, and has what goes through it judged and
// recorded.
func (c *relaying) certify(ctx context.Context, command []string, picked []*relay.Scenario, rules []*rule.Rule, o engine.Options) (played *relayed, err error) {
	played = new(relayed)
	authority, file, err := c.authority(command)
	if err != nil {
		return played, err
	}
	defer os.Remove(file)
	up, err := relay.Listen(cmp.Or(c.listen, "127.0.0.1:0"), chosen(c.edition), authority)
	if err != nil {
		return played, usage("", "--upstream-listen: %v", err)
	}
	defer up.Close()
	c.hide = mask.New(up.Secrets()...)
	o.Hide = c.hide
	judge := engine.New(rules, o)
	run := &relay.Run{Upstream: up, Observe: judge.Observe, Forward: c.forward}
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
	end, err := c.meet(ctx, command, file, run)
	if err != nil {
		return played, err
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
	played.tally, played.plain = judge.Take(), run.Plain()
	said := end()
	c.warn(played.plain)
	return played, c.ended(ctx, run, played.tally, err, said)
}

// authority vouches for a venue that speaks TLS, and is nil for one that does not;
// file has its certificate, "" for none, and is the caller's to remove.
func (c *relaying) authority(command []string) (a *wire.Authority, file string, err error) {
	if _, _, trusts := relay.Names(command); !trusts && c.ca == "" {
		return nil, "", nil
	}
	if a, err = wire.NewAuthority(time.Now()); err != nil {
		return nil, "", broken(err)
	}
	f, err := os.CreateTemp("", "mbxcheck-ca-*.pem")
	if err != nil {
		return nil, "", unwritable("the venue's CA", err)
	}
	_, err = f.Write(a.PEM())
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil { // whoever the proxy runs as is to read it
		os.Remove(f.Name())
		return nil, "", unwritable("the venue's CA", err)
	}
	return a, f.Name(), nil
}

// trust reads the CA of a forward proxy, nil where none is named. One that makes it
// when it starts has it when it listens.
func (c *relaying) trust() (*x509.CertPool, error) {
	if c.ca == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.ca)
	pool := x509.NewCertPool()
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = errors.New("expected a certificate in PEM, found none")
	}
	if err != nil {
		return nil, usage("", "--ca %s: %v", c.ca, err)
	}
	return pool, nil
}

// meet finds the proxy that runs, or starts it; end ends it, and returns what is to
// be known of it where it is in trouble.
func (c *relaying) meet(ctx context.Context, command []string, ca string, run *relay.Run) (end func() string, err error) {
	if c.url != "" {
		u, err := url.Parse(c.url)
		if err != nil {
			return nil, err
		}
		run.Proxy, run.Prefix = u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
		if u.Port() == "" {
			run.Proxy = net.JoinHostPort(u.Hostname(), "80")
		}
		run.Trust, err = c.trust()
		return func() string { return "" }, err
	}
	process.Sweep()
	p, err := relay.Start(ctx, command, run.Upstream, ca)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, &exit{code: exitInterrupted, err: errors.New("interrupted before the proxy listened; no report was written")}
	case err != nil:
		return nil, &exit{code: exitNoStart, err: err}
	}
	run.Proxy = p.Address
	if run.Trust, err = c.trust(); err != nil {
		p.Stop()
		return nil, err
	}
	return func() string {
		how := p.Exit()
		p.Stop()
		if how != "" {
			how = "The proxy ended by itself: " + how + ".\n"
		}
		return how + p.Output()
	}, nil
}

// ended says how a run ended, nil if it may be judged as a whole.
func (c *relaying) ended(ctx context.Context, run *relay.Run, t *rule.Tally, err error, said string) error {
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: fmt.Errorf("interrupted after %s", exchanges(t.Traffic.Exchanges))}
	case err != nil:
		return &exit{code: exitNoStart, err: err, hint: said}
	case run.Behind() == 0:
		return &exit{code: exitNotExercised, err: fmt.Errorf("no request came to the venue at %s: does the proxy lead there?", run.Upstream.Address()), hint: said}
	}
	return nil
}
