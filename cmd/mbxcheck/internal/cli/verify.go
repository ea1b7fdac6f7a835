package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites"
)

// verify holds the flags of the command.
type verify struct {
	*app
	recordings
	junit, json string
	verbose     bool
	color       *choice
}

func (a *app) verifyCommand() *cobra.Command {
	v := &verify{app: a}
	cmd := &cobra.Command{
		Use:     "verify PATH...",
		GroupID: "judge",
		Short:   "Judge recorded traffic as Ginkgo specs",
		Long: `Verify judges like lint and tells it as a Ginkgo suite does: a container for
each clause, a spec for each rule, and Ginkgo's own reports. It is for those
whose tools read these; lint says more about each finding.

` + exitTable,
		Example: `  mbxcheck verify testdata/cassettes
  mbxcheck verify --party server --junit-report verify.xml session.har
  mbxcheck verify -v --run L08 bans.har`,
		Args: pathArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args) },
	}
	v.recordings.flags(cmd)
	f := cmd.Flags()
	addFile(f, &v.junit, "junit-report", "", "write Ginkgo's JUnit report to `FILE`")
	addFile(f, &v.json, "json-report", "", "write Ginkgo's JSON report to `FILE`")
	f.BoolVarP(&v.verbose, "verbose", "v", false, "name the specs that pass or are skipped, too")
	v.color = addColor(cmd)
	return cmd
}

// specs runs the specs to their end or the context's.
func (v *verify) specs(ctx context.Context, cfg suites.Config) (outcome suites.Outcome, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		outcome, err = suites.Run(cfg)
	}()
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

func (v *verify) run(ctx context.Context, paths []string) error {
	o, muted, err := v.options()
	if err != nil {
		return err
	}
	cfg := suites.Config{
		Paths: paths, Config: v.Config, FailOn: v.fails(),
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
	outcome, err := v.specs(ctx, cfg)
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted; the specs had not ended")}
	case errors.As(err, new(*fs.PathError)):
		return unwritable("a report", err)
	case err != nil:
		return broken(err)
	case outcome.Tally == nil:
		return broken(errors.New("the specs did not run"))
	}
	err = v.conclude(outcome.Tally, readerFaults(outcome.Broken))
	if err == nil && !outcome.Passed && v.fails() != reports.FailOnNone {
		return broken(errors.New("the suite failed though no rule did: a report could not be written"))
	}
	return err
}
