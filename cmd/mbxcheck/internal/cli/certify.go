package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/certify/subject"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// certifying holds the flags of the command.
type certifying struct {
	*app
	ruling
	reporting
	scenarios   []string
	profile     *choice
	isolate     bool
	proxy       bool
	drive       bool
	observe     bool
	env         []string
	writable    []string
	hosts       []string
	watchTime   time.Duration
	banWindow   time.Duration
	fullBan     bool
	certificate string
	evidence    string
	clientLog   string
	name        string
	version     string
	contact     string
}

const (
	// shortestBanWindow leaves time for the call inside the silence, and for
	// the silence after it to mean something.
	shortestBanWindow = 4 * time.Second

	// longestWatch bounds --watch: past it a run takes an hour, and a client
	// that sends again after so long is met by --full-ban or a recording.
	longestWatch = 10 * time.Minute
)

func (a *app) certifyCommand() *cobra.Command {
	c := &certifying{app: a}
	cmd := &cobra.Command{
		Use:     "certify [flags] -- COMMAND [ARGS...]",
		GroupID: "live",
		Short:   "Put a client through scenarios and say which obligations it keeps",
		Long: `Certify runs a client against a venue that refuses, bans, fails and hangs by
scripted scenarios, watches what it sends, and judges that by the clauses that
bind clients. 'mbxcheck scenarios' lists the scenarios; each has a fresh client
process and a fresh venue.

How the client comes to the venue: if {url} stands in COMMAND, or in a variable
given by --env, it is given the venue's address there and as MBXCHECK_URL. Else
it is isolated, where the kernel allows it (Linux, root or not): it believes
that it speaks to https://api.binance.com, and nothing can leave the machine.
Else, or with --proxy, HTTPS_PROXY leads it there.

What an isolated client may do to this machine: it sees its files, but for what
others have in /run and in directories for temporary files, and what it writes
beside itself or elsewhere is thrown away, but for what it writes to a directory
that --writable names. README.md has a table of what is kept from it.

What the client is given: a clean environment with PATH, LANG, a HOME and a
TMPDIR that are thrown away, and the keys of an account that may trade and
withdraw, in

  BINANCE_API_KEY     the key, in MBXCHECK_API_KEY too
  BINANCE_API_SECRET  the secret, in BINANCE_SECRET_KEY and MBXCHECK_SECRET_KEY
                      too
  MBXCHECK_URL        the venue's address, where it is given one
  HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NODE_USE_ENV_PROXY
                      by proxy
  SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE,
  CURL_CA_BUNDLE      the certificate to trust, isolated and by proxy

What else it needs is named by --env, and so are other names for these: {url},
{key} and {secret} are replaced in COMMAND and in the values of variables.

Whether it is told what to do: a COMMAND whose first line on standard output is
a driver's hello is driven; suites/certify/clients/README.md has the protocol.
Any other program is observed: it does what it does, and all that it sends
counts. It is asked for what its requests show, and not for what only somebody
who drives it sees: the report and the certificate name that. --drive and
--observe say beforehand which it is.

How long it is watched: a driven client for 25 s after a call whose outcome it
cannot know and some seconds after other answers, an observed program for 25 s,
and for 65 s after such a call; a ban for --ban-window. --watch makes all of
these longer. A program is waited for until its first request, for a minute,
and then for 65 s until the call that the scenario answers in its own way.

What it is used for, its profile, says what a certificate asks of it. Without
--profile that is all that it has calls for: a driver says which it has, and of
a program that is watched those count that it makes. What is left out so is
told; --profile all asks for it all the same.

What is published of the command line: reports and the certificate name the
variables of --env without their values, and show … for what COMMAND gives to
flags whose names say that it is secret and for what --env gave. These values
are masked in all that is kept, in each usual encoding; what can't be known,
such as a secret of less than 6 characters, is not. README.md has the rule
under Secrets.

Exit codes:
  0    certified, or, where --scenario picks, nothing failed
  1    violations of the level --fail-on, or of a stronger one
  2    wrong usage, or a path that can't be written
  3    the client did not start, or broke in a scenario
  4    the client was not reached, or gave no occasion for what is to be judged:
       for any rule, or, unless --scenario picks, for a clause that the profile
       needs and this way of judging shows
  6    mbxcheck itself failed: a check broke, or a report broke off
  130  interrupted`,
		Example: `  mbxcheck certify -- node bot.mjs
  mbxcheck certify --profile market-data -- ./mybot --base {url}
  mbxcheck certify --scenario '429-*' --format json -o out.json -- ruby d.rb
  mbxcheck certify --env 'API_BASE={url}/api' --full-ban -- ./mybot
  mbxcheck certify --env 'KEY={key}' --env 'SECRET={secret}' -- ./mybot`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("For example: mbxcheck certify -- node bot.mjs", "certify needs the COMMAND that runs the client")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	c.flags(cmd)
	return cmd
}

func (c *certifying) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.SetInterspersed(false) // what follows COMMAND is its own
	c.profile = addProfile(cmd, "", " (default all that it has calls for)")
	f.StringArrayVar(&c.scenarios, "scenario", nil, "run only the scenarios called `GLOB`; repeatable")
	f.BoolVar(&c.isolate, "isolate", false, "isolate the client, and fail where the kernel does not allow it")
	f.BoolVar(&c.proxy, "proxy", false, "lead the client to the venue by HTTPS_PROXY and its like")
	f.BoolVar(&c.drive, "drive", false, "the client is a driver: wait for its hello, and fail without")
	f.BoolVar(&c.observe, "observe", false, "the client takes no commands: watch what it does")
	f.StringArrayVar(&c.env, "env", nil, "give the client a variable: `NAME[=VALUE]`, without VALUE its value here, {url}, {key} and {secret} replaced in VALUE; repeatable")
	f.StringArrayVar(&c.writable, "writable", nil, "let the isolated client write to the directory `DIR` of this machine, where it stays; repeatable")
	f.StringArrayVar(&c.hosts, "host", nil, "the venue is called `NAME` as well, such as api.binance.us; repeatable")
	f.DurationVar(&c.watchTime, "watch", 0, "watch the client for `TIME` at the least after what a scenario stages (default as the scenario says)")
	f.DurationVar(&c.banWindow, "ban-window", certify.DefaultBanWindow, "watch a ban for `TIME`")
	f.BoolVar(&c.fullBan, "full-ban", false, "wait bans out, two minutes each")
	c.whereFlags(cmd)
	addFile(f, &c.certificate, "certificate", "", "write the certificate to `FILE`, usually "+certificate.File)
	addFile(f, &c.evidence, "evidence", "", "write a recording for each rule that failed into `DIR`, for lint to judge (default, with --certificate: evidence beside it)")
	addFile(f, &c.clientLog, "client-log", "", "keep what the client prints in `DIR`, a file for each scenario, keys masked")
	f.StringVar(&c.name, "name", "", "call the client `NAME` (default as its driver says, or COMMAND)")
	f.StringVar(&c.version, "client-version", "", "the client's `VERSION` (default as its driver says)")
	f.StringVar(&c.contact, "contact", "", "who has the client certified, `WHO`, for the certificate")
	c.few.add(cmd)
	c.ruling.flags(cmd)
	c.color = addColor(cmd)
	complete(cmd, "scenario", completeList(scenarioNames))
}

// run is the command.
func (c *certifying) run(ctx context.Context, command []string) error {
	began := time.Now()
	picked, err := pickScenarios("--scenario: ", cmp.Or(c.profile.value, clause.ProfileAll), c.scenarios)
	if err != nil {
		return err
	}
	if err := c.consistent(); err != nil {
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
	if err := c.ready(); err != nil {
		return err
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	process.Sweep()
	c.hide = mask.New(subject.Secrets(command, c.env)...)
	t, err := c.target(ctx, command)
	if err != nil {
		return err
	}
	switch err := t.Meet(ctx); {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted; no report was written")}
	case err != nil:
		return notMet(err)
	}
	if t.Note != "" {
		c.tell(rule.Mask(t.Note))
	}
	certifier := c.certifier(t)
	results := c.watch(ctx, certifier, picked)
	if ctx.Err() != nil {
		return c.interrupted(t, certifier, results, all, began)
	}
	if err := subject.NoneStarted(results); err != nil {
		return notMet(err)
	}
	r, faults, err := c.report(t, certifier, results, "", began)
	if err != nil {
		return broken(err)
	}
	faults = append(faults, c.write(all, r, c.color.value)...)
	c.afterword(r, results)
	return c.conclude(t, results, r, faults)
}

// interrupted reports the scenarios that had ended when the run was.
func (c *certifying) interrupted(t *subject.Program, certifier *certify.Certifier, results []*certify.Result, all []*destination, began time.Time) error {
	ended := slices.DeleteFunc(slices.Clone(results), func(r *certify.Result) bool { return r.Err != nil || r.Tally == nil })
	text := fmt.Sprintf("interrupted after %d of %d scenarios", len(ended), len(results))
	if len(ended) == 0 {
		return &exit{code: exitInterrupted, err: errors.New(text + "; no report was written")}
	}
	r, _, err := c.report(t, certifier, ended, text, began)
	if err != nil {
		return broken(err)
	}
	for _, err := range c.write(all, r, c.color.value) {
		text += "; " + err.Error()
	}
	return &exit{code: exitInterrupted, err: errors.New(text + "; no certificate was written")}
}

// untilSignal ends with a signal that ends a run; stop lets go of them.
func untilSignal(ctx context.Context) (until context.Context, stop context.CancelFunc) {
	until, stop = signal.NotifyContext(ctx, endings()...)
	context.AfterFunc(until, stop) // a second signal ends the process at once
	return until, stop
}

// endings are the signals that end a run as an interrupt does. One that was to be
// ignored, as nohup has it, stays so.
func endings() []os.Signal {
	list := []os.Signal{syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

// afterword repeats, where nobody looks into a report, that no signed call was
// let in, and what a client said that some scenarios did not see.
func (c *certifying) afterword(r *reports.Report, results []*certify.Result) {
	if r.Warning != "" {
		c.tell(r.Warning)
	}
	if text := subject.Unseen(results); text != "" {
		c.tell(text)
	}
}

// consistent refuses flags that exclude each other, times out of bounds, and names
// that are none.
func (c *certifying) consistent() error {
	switch {
	case c.isolate && c.proxy:
		return usage("", "expected --isolate or --proxy, found both")
	case c.proxy && len(c.writable) > 0:
		return usage("", "--writable: expected an isolated client, found --proxy, by which it may write wherever this user may")
	case c.drive && c.observe:
		return usage("", "expected --drive or --observe, found both")
	case c.banWindow < shortestBanWindow:
		return usage("", "--ban-window %s: expected %s or more, so that silence means something", c.banWindow, shortestBanWindow)
	case c.watchTime < 0 || c.watchTime > longestWatch:
		return usage("", "--watch %s: expected a time of 0 to %s", c.watchTime, longestWatch)
	}
	for _, e := range c.env {
		if name, _, _ := strings.Cut(e, "="); name == "" {
			return usage("", "--env %s: expected NAME or NAME=VALUE, found no name", e)
		}
	}
	for _, h := range c.hosts {
		if err := hostAlone(h); err != nil {
			return err
		}
	}
	for _, dir := range c.writable {
		if i, err := os.Stat(dir); err != nil || !i.IsDir() {
			return usage("", "--writable %s: expected a directory that there is", dir)
		}
	}
	return nil
}

// hostAlone refuses what is no name of a host.
func hostAlone(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(":/*?", r) }) {
		return usage("", "--host %s: expected the name of a host alone, such as api.binance.us", name)
	}
	return nil
}

// target is the command and the way in which it comes to the venue.
func (c *certifying) target(ctx context.Context, command []string) (*subject.Program, error) {
	t := subject.New(command, c.env, append(chosen(c.edition).Names(), c.hosts...))
	t.LogDir, t.Writable = c.clientLog, c.writable
	t.Limits.Time += c.watchTime
	switch {
	case c.drive:
		t.Mode = certificate.Drive
	case c.observe:
		t.Mode = certificate.Observe
	}
	switch {
	case c.proxy && t.Way == wire.ByURL:
		return nil, usage("", "--proxy: {url} stands in the command or a variable, which is another way")
	case c.proxy:
		t.Way = wire.ByProxy
		return t, nil
	case t.Way == wire.ByURL && !c.isolate && len(c.writable) > 0:
		return nil, usage("With --isolate the client is isolated and finds the venue by {url} all the same.", "--writable: expected an isolated client, found {url}, by which it may write wherever this user may")
	case t.Way == wire.ByURL && !c.isolate:
		return t, nil
	}
	if why := t.Lead(ctx); why != nil {
		if c.isolate {
			return nil, usage("Without --isolate the client is reached by {url} in its command, or else by proxy.", "--isolate: %v", why)
		}
		c.tell(fmt.Sprintf("the client is not isolated, but led by HTTPS_PROXY: %v", why))
	}
	return t, nil
}

func (c *certifying) certifier(t *subject.Program) *certify.Certifier {
	var kept engine.Options
	c.few.bound(&kept)
	certifier := certify.New(chosen(c.edition), t.Mode, t.Start)
	certifier.Watch, certifier.BanWindow, certifier.FullBan = c.watchTime, c.banWindow, c.fullBan
	certifier.Names, certifier.Hide = c.hosts, c.hide
	certifier.MaxFindings, certifier.MaxOfAKind = kept.MaxFindings, kept.MaxOfAKind
	return certifier
}

// watch runs the scenarios and says on a terminal how far they are.
func (c *certifying) watch(ctx context.Context, certifier *certify.Certifier, picked []*certify.Scenario) []*certify.Result {
	fd, is := terminal(c.err)
	if !is || dumb() {
		return certifier.Run(ctx, picked)
	}
	var done atomic.Int64
	show := func(last string) {
		text := fmt.Sprintf("%d of %d scenarios %s", done.Load(), len(picked), last)
		fmt.Fprintf(c.err, "\r%s\x1b[K", text[:min(len(text), max(columns(fd)-1, 0))])
	}
	show("")
	certifier.Ended = func(r *certify.Result) {
		done.Add(1)
		show("(" + r.Scenario.Name + ")")
	}
	defer fmt.Fprint(c.err, "\r\x1b[K")
	return certifier.Run(ctx, picked)
}

// notMet says why a client cannot be certified at all, or not by all scenarios.
func notMet(err error) error {
	notReached := (*subject.NotReached)(nil)
	switch {
	case errors.As(err, new(*subject.NotStarted)):
		return &exit{code: exitNoStart, err: err}
	case errors.As(err, &notReached):
		return &exit{code: exitNotExercised, err: err, hint: notReached.Hint}
	}
	return broken(err)
}

// conclude turns results into an exit code.
func (c *certifying) conclude(t *subject.Program, results []*certify.Result, r *reports.Report, faults []error) error {
	err := c.ruling.conclude(r.Tally, faults)
	if e := (*exit)(nil); errors.As(err, &e) && e.code != exitNotExercised {
		return err
	}
	if err := subject.Trouble(t.Options, results); err != nil {
		return notMet(err)
	}
	switch {
	case err != nil:
		return err
	case len(c.scenarios) == 0:
		return uncertified(r.Certificate)
	case !slices.ContainsFunc(results, (*certify.Result).Exercised):
		return &exit{code: exitNotExercised, err: subject.ErrElsewhere, hint: subject.ElsewhereHint}
	}
	return nil
}

// uncertified says, as the report does, that something which the profile needs
// was not seen, though nothing failed.
func uncertified(cert *certificate.Certificate) error {
	if cert.Verdict == certificate.Certified {
		return nil
	}
	kinds := map[certificate.ReasonKind]bool{}
	for _, reason := range cert.Reasons {
		kinds[reason.Kind] = true
	}
	e := &exit{code: exitNotExercised, err: errors.New(cert.Sentence())}
	switch {
	case kinds[certificate.BecauseFailed]:
		return nil // --fail-on lets it pass
	case kinds[certificate.BecauseNotExercised] && cert.Mode == certificate.Observe:
		e.hint = "A program that is watched shows only what it does: have it make such calls while it is watched, or ask for less by --profile."
	case kinds[certificate.BecauseNotExercised]:
		e.hint = "Another --profile, or none, leaves out what the client has no calls for."
	case kinds[certificate.BecauseInconclusive]:
		e.hint = "The report says what left it in doubt; a run on a machine with less to do decides more."
	}
	return e
}

// pickScenarios picks by profile and globs, with a usage error for those that
// match none. flag stands before a glob in the error.
func pickScenarios(flag, profile string, globs []string) ([]*certify.Scenario, error) {
	list, err := certify.Picked(certify.Scenarios(), profile, globs)
	if err == nil {
		return list, nil
	}
	hint := "'mbxcheck scenarios' lists them."
	for _, g := range globs {
		if meant := nearest.To(g, scenarioNames()); meant != "" && !slices.Contains(scenarioNames(), g) {
			hint = "Did you mean " + meant + "? " + hint
			break
		}
	}
	return nil, usage(hint, "%s%v", flag, err)
}
