package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/progress"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// lint holds the flags of the command.
type lint struct {
	*app
	recordings
	reporting
	as     string
	joined bool
}

func (a *app) lintCommand() *cobra.Command {
	l := &lint{app: a}
	cmd := &cobra.Command{
		Use:     "lint PATH...",
		GroupID: "judge",
		Short:   "Judge recorded traffic",
		Long: `Lint reads recorded HTTP traffic and judges it by every clause of the document
that a recording can show.

A PATH is a recording, a directory to search for recordings, or - for standard
input. The format is found by content, whatever the file is called; mbxcheck
formats lists those known. Recordings may be compressed by gzip or zstd, and
packed in tar or zip archives: a member is called ARCHIVE!MEMBER. Files that
--exclude fits are left out, wherever they lie. With --as, a file is the
response to that request: the bare body, as curl saves it, or with its status
and header fields before it, as curl -i does. With --joined, files are one
recording, such as those that proxy --rotate-size writes: what began in one is
judged with what came of it in the next.

The text report goes to standard output unless another --format is asked there;
every other report goes to its own file, which appears whole or not at all.

` + exitTable,
		Example: `  mbxcheck lint trades.har
  mbxcheck lint --party client testdata/cassettes
  mbxcheck lint --exclude '*.config.yaml' --exclude vendor .
  mbxcheck lint --host '*.binance.us' --fail-on should us.yaml
  mbxcheck lint --as 'GET /api/v1/exchangeInfo' exchangeInfo.json
  mbxcheck lint --joined session-*.ndjson
  mbxcheck lint --run L08,'retry-*' --skip retry-after-present bans.har
  mbxcheck lint --format github --format sarif=mbxcheck.sarif testdata
  zcat log.ndjson.gz | mbxcheck lint --format json -o report.json -`,
		Args: pathArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args) },
	}
	l.recordings.flags(cmd)
	cmd.Flags().StringVar(&l.as, "as", "", "take each file for the response to `REQUEST`, the bare body or what curl -i saved, such as 'GET /api/v1/exchangeInfo'")
	cmd.Flags().BoolVar(&l.joined, "joined", false, "take all files for one recording that goes on from file to file, in the order of their names")
	l.reporting.flags(cmd)
	complete(cmd, "as", cobra.NoFileCompletions)
	return cmd
}

// run is the command.
func (l *lint) run(ctx context.Context, paths []string) error {
	began := time.Now()
	o, muted, err := l.options()
	if err != nil {
		return err
	}
	all, err := l.destinations()
	if err != nil {
		return err
	}
	sources := judge.Find(paths, o)
	defer discard(all)
	if err := open(all, sources); err != nil {
		return err
	}
	found, interrupted := l.judge(ctx, sources, o)
	if found == nil {
		return interrupted
	}
	r := &reports.Report{Tally: found.Tally, FailOn: l.fails(), Version: version(), Began: began, Elapsed: time.Since(began)}
	r.Muted = muted
	l.set(r)
	if interrupted != nil {
		r.Partial = interrupted.Error()
	}
	wanted := slices.Clone(all)
	if found.Tally.Traffic.Exchanges == 0 {
		// A table of what was not exercised tells a person nothing; what
		// follows on standard error does.
		wanted = slices.DeleteFunc(wanted, (*destination).isTextOnStdout)
	}
	broke := append(l.write(wanted, r, l.color.value), readerFaults(found.Broken)...)
	if interrupted != nil {
		return interrupted
	}
	if !slices.ContainsFunc(wanted, (*destination).isTextOnStdout) {
		l.tellErrors(found.Tally)
	}
	return withEndpoint(l.conclude(found.Tally, broke), &o)
}

// withEndpoint adds to an error about nothing exercised that a bare body was
// said to be of no endpoint known.
func withEndpoint(err error, o *judge.Options) error {
	e, as, known := (*exit)(nil), o.Input.As, o.Engine.Edition.Catalogue
	if as == nil || !errors.As(err, &e) || e.code != exitNotExercised {
		return err
	}
	u, bad := url.Parse(as.URL)
	if bad != nil || known.Lookup(as.Method, u.Path) != nil {
		return err
	}
	routes := wording.Each(known.Endpoints, func(e edition.Endpoint) string { return e.Method + " " + e.Path })
	e.hint = fmt.Sprintf("--as: no endpoint is known as '%s %s'", as.Method, u.Path)
	if meant := nearest.To(as.Method+" "+u.Path, routes); meant != "" {
		e.hint += fmt.Sprintf("; did you mean '%s'?", meant)
	}
	return err
}

// options turns the flags into what the pass needs, and says which rules they
// left out.
func (l *lint) options() (judge.Options, []reports.Muted, error) {
	o, muted, err := l.recordings.options()
	if err != nil {
		return o, nil, err
	}
	o.Input.Stdin, o.Meter, o.Joined = l.in, &judge.Meter{}, l.joined
	if l.as != "" {
		target, err := cassettes.ParseTarget(l.as)
		if err != nil {
			return o, nil, usage("", "--as %v", err)
		}
		o.Input.As = &target
	}
	l.few.bound(&o.Engine)
	return o, muted, nil
}

// judge makes the pass, with a bar on a terminal. If it was interrupted, found
// is what was judged until then, nil for nothing.
func (l *lint) judge(ctx context.Context, sources []judge.Source, o judge.Options) (found *judge.Result, interrupted error) {
	var bar *progress.Bar
	if fd, is := terminal(l.err); is && !dumb() {
		bar = progress.Start(l.err, func() int { return columns(fd) }, func() progress.State { return progress.State(o.Meter.Progress()) })
	}
	found, err := judge.Sources(ctx, sources, o)
	bar.Stop()
	if errors.Is(err, context.Canceled) {
		s := o.Meter.Progress()
		text := fmt.Sprintf("interrupted after %d of %d files and %s", s.Files, s.TotalFiles, exchanges(s.Exchanges))
		if found == nil || found.Tally.Traffic.Exchanges == 0 {
			return nil, &exit{code: exitInterrupted, err: errors.New(text + "; no report was written")}
		}
		return found, &exit{code: exitInterrupted, err: errors.New(text)}
	}
	return found, err
}

// tellErrors says on standard error which input could not be read.
func (l *lint) tellErrors(t *rule.Tally) {
	for _, e := range t.Errors {
		fmt.Fprintf(l.err, "mbxcheck: %s\n", plain(e.Text))
	}
}
