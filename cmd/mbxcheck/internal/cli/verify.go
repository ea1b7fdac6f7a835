package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay"
	"github.com/mbxcheck/mbxcheck/suites/clause"
)

// verify holds the flags of the command.
type verify struct {
	*app
	recordings
	junit, json string
	verbose     bool
	color       *choice

	// Of whom is met in place of recordings.
	observe     bool
	scenarios   []string
	url, listen string
	proxy       bool
}

func (a *app) verifyCommand() *cobra.Command {
	v := &verify{app: a}
	cmd := &cobra.Command{
		Use:     "verify {PATH... | -- COMMAND [ARGS...] | --url URL}",
		GroupID: "judge",
		Short:   "Judge traffic, or whoever makes it, as Ginkgo specs",
		Long: `Verify judges like lint and tells it as a Ginkgo suite does: a container for
each clause, a spec for each rule, and Ginkgo's own reports. It is for those
whose tools read these; lint says more about each finding.

In place of recordings it meets whom the specs are about, once, by the rules
that bind them; the other specs are skipped. The first spec says whether they
were reached.

  -- COMMAND          a client, run as by certify, in all scenarios
  --url URL           a server of this machine, asked as by probe; the variables
                      MBXCHECK_API_KEY and MBXCHECK_SECRET_KEY hold keys
  --proxy -- COMMAND  a reverse proxy, run as by certify-proxy, by {listen} and
                      {upstream} in COMMAND
  --proxy --url URL --upstream-listen ADDR
                      one that runs already

Those commands have flags for more, and say more of each finding.

` + exitTable + `

Whom it meets adds a code, behind 1: 3 where the client or the proxy did not
start or broke, or the server does not answer; 4 also where nothing came of
them, or not all that was to be judged.`,
		Example: `  mbxcheck verify testdata/cassettes
  mbxcheck verify --party server --junit-report verify.xml session.har
  mbxcheck verify -v --run L08 bans.har
  mbxcheck verify --scenario '429-*' -- node bot.mjs
  mbxcheck verify --junit-report verify.xml --url http://127.0.0.1:8080
  mbxcheck verify --proxy -- ./proxy --listen {listen} --to {upstream}`,
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd, args) },
	}
	v.recordings.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&v.observe, "observe", false, "COMMAND takes no commands: watch what it does")
	f.StringArrayVar(&v.scenarios, "scenario", nil, "put COMMAND, or the proxy, through the scenarios called `GLOB` only; repeatable")
	f.StringVar(&v.url, "url", "", "ask the server at `URL`, or send through the proxy there")
	f.BoolVar(&v.proxy, "proxy", false, "COMMAND runs a proxy, or one runs at --url")
	f.StringVar(&v.listen, "upstream-listen", "", "with --proxy and --url: the venue listens at `HOST:PORT`, where that proxy leads")
	addFile(f, &v.junit, "junit-report", "", "write Ginkgo's JUnit report to `FILE`")
	addFile(f, &v.json, "json-report", "", "write Ginkgo's JSON report to `FILE`")
	f.BoolVarP(&v.verbose, "verbose", "v", false, "name the specs that pass or are skipped, too")
	v.color = addColor(cmd)
	for _, name := range []string{"url", "upstream-listen"} {
		complete(cmd, name, cobra.NoFileCompletions)
	}
	complete(cmd, "scenario", completeList(func() []string { return append(scenarioNames(), relayNames()...) }))
	return cmd
}

// ofRecordings are the flags that say what of recordings is judged, and nothing of
// whom is met.
func ofRecordings() []string { return []string{"host", "exclude", "gateway-counts"} }

// whom says whom the flags and arguments name: paths, or a subject.
func (v *verify) whom(cmd *cobra.Command, args []string) (paths []string, who suites.Subject, err error) {
	command := []string(nil)
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		args, command = args[:n], args[n:]
	}
	live := v.url != "" || v.proxy || len(command) > 0
	switch {
	case !live && (v.observe || len(v.scenarios) > 0 || v.listen != ""):
		return nil, nil, usage("For example: mbxcheck verify --scenario '429-*' -- node bot.mjs", "--observe, --scenario and --upstream-listen: expected -- COMMAND, --url or --proxy, found neither")
	case !live:
		return args, nil, pathArgs(cmd, args)
	case len(args) > 0:
		return nil, nil, usage("What is behind -- is the command.", "expected PATH, or whom to meet, found %q beside -- COMMAND, --url or --proxy", args[0])
	}
	for _, name := range ofRecordings() {
		if cmd.Flags().Changed(name) {
			return nil, nil, usage("", "--%s: expected recordings, found -- COMMAND, --url or --proxy", name)
		}
	}
	switch {
	case v.proxy:
		who, err = v.someProxy(command)
	case v.url != "":
		who, err = v.server(command)
	default:
		who = suites.Client{Command: command, Observe: v.observe, Scenarios: v.scenarios}
		_, err = pickScenarios("--scenario: ", clause.ProfileAll, v.scenarios)
	}
	return nil, who, err
}

// someProxy is the proxy that COMMAND runs, or that runs at --url.
func (v *verify) someProxy(command []string) (suites.Subject, error) {
	if _, err := relay.Picked(v.scenarios); err != nil {
		return nil, usage("'mbxcheck certify-proxy --list' lists them.", "--scenario: %v", err)
	}
	if v.observe {
		return nil, usage("", "expected --observe or --proxy, found both")
	}
	c := relaying{url: v.url, listen: v.listen}
	return suites.Proxy{Command: command, URL: v.url, UpstreamListen: v.listen, Scenarios: v.scenarios}, unsound(c.subject(command).Sound())
}

// server is the server at --url.
func (v *verify) server(command []string) (suites.Subject, error) {
	if len(command) > 0 || v.observe || len(v.scenarios) > 0 || v.listen != "" {
		return nil, usage("", "--url: a server has no COMMAND, --observe, --scenario or --upstream-listen; a proxy, by --proxy, may")
	}
	p := probing{app: v.app, ruling: v.ruling, url: v.url}
	config, err := p.config()
	if e := (*exit)(nil); errors.As(err, &e) && strings.Contains(e.hint, "--i-may-test") {
		e.hint = "If you may test it: mbxcheck probe --url " + v.url + " --i-may-test " + hostOf(v.url)
	}
	return suites.Server{URL: v.url, Config: config}, err
}

// specs runs the specs to their end or, with recordings, the context's: who is met has
// ended when the specs have.
func (v *verify) specs(ctx context.Context, cfg suites.Config) (outcome suites.Outcome, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		outcome, err = suites.Run(cfg)
	}()
	if cfg.Subject != nil {
		<-done
		return outcome, err
	}
	select {
	case <-done:
		return outcome, err
	case <-ctx.Done(): // Ginkgo, which hears of the signal too, has goroutines to show
		return suites.Outcome{}, ctx.Err()
	}
}

// whileRunning writes until the context ends.
type whileRunning struct {
	ctx context.Context
	w   io.Writer
}

func (w whileRunning) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return len(p), nil
	}
	return w.w.Write(p)
}

func (v *verify) run(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	paths, who, err := v.whom(cmd, args)
	if err != nil {
		return err
	}
	o, muted, err := v.options()
	if err != nil {
		return err
	}
	cfg := suites.Config{
		Paths: paths, Subject: who, Config: v.Config, FailOn: v.fails(),
		Output: whileRunning{ctx, v.out}, Color: v.colored(v.color.value), Verbose: v.verbose, JUnit: v.junit, JSON: v.json,
	}
	if cfg.FailOn == reports.FailOnNone {
		cfg.FailOn = "" // the specs know no such level; the exit code is ours
	}
	if len(muted) > 0 {
		for _, r := range o.Rules {
			cfg.Rules = append(cfg.Rules, r.ID)
		}
	}
	if who != nil { // Ginkgo ends what was started at SIGTERM, too
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGTERM)
		defer stop()
	}
	outcome, err := v.specs(ctx, cfg)
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted; the specs had not ended")}
	case errors.As(err, new(*fs.PathError)):
		return unwritable("a report", err)
	case err != nil && who != nil:
		return usage("", "%v", err)
	case err != nil:
		return broken(err)
	case outcome.Tally == nil:
		return broken(errors.New("the specs did not run"))
	}
	err = v.conclude(outcome.Tally, readerFaults(outcome.Broken))
	if u := outcome.Unmet; u != nil && (err == nil || asExit(err).code == exitNotExercised) {
		return unmet(u)
	}
	if err == nil && !outcome.Passed && v.fails() != reports.FailOnNone {
		return broken(errors.New("the suite failed though no rule did: a report could not be written"))
	}
	return err
}

// unmet is why a subject says nothing, or not all.
func unmet(u *suites.Unmet) error {
	if u.Began {
		return &exit{code: exitNotExercised, err: u, hint: u.Hint}
	}
	return &exit{code: exitNoStart, err: u, hint: u.Hint}
}
