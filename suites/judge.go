package suites

import (
	"context"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// maxFindings bounds the findings kept for one rule: more of a kind teach a
// reader nothing, and their number is told anyhow.
const maxFindings = 10

// pass is one streaming pass of rules over recordings.
type pass struct {
	rules         []*rule.Rule
	edition       *edition.Edition
	hosts         rule.Hosts
	gatewayCounts bool
	limits        format.Limits
	exclude       cassettes.Exclude
}

// over judges the recordings that paths stand for, in constant memory. What
// cannot be read is counted in the tally and named in its Errors. It stops
// between two exchanges when ctx ends, with ctx's error.
func (p pass) over(ctx context.Context, paths []string) (*rule.Tally, error) {
	e := engine.New(p.rules, engine.Options{Edition: p.edition, Hosts: p.hosts, GatewayCounts: p.gatewayCounts, MaxFindings: maxFindings})
	t := e.Take()
	o := cassettes.Options{Limits: p.limits, Exclude: p.exclude}
	for file, err := range o.Files(paths) {
		broken := []error{err}
		if err == nil {
			broken = readFile(ctx, e, t, file, o)
		}
		t.Merge(e.Take())
		for nth, err := range broken {
			t.NotRead(1, rule.NewInputError(file.Path, nth, err))
		}
		if ctx.Err() != nil {
			return t, context.Cause(ctx)
		}
	}
	return t, nil
}

// readFile judges the recordings of one file, up to the end of ctx, and returns what
// of it could not be read. What is no recording t counts.
func readFile(ctx context.Context, e *engine.Engine, t *rule.Tally, file cassettes.File, o cassettes.Options) (broken []error) {
	for rec, err := range file.Recordings(o) {
		switch {
		case ctx.Err() != nil:
			return broken
		case err == nil:
			broken = append(broken, read(ctx, e, rec)...)
		case file.PassesBy(err):
			t.Traffic.Unrecognised++
		default:
			broken = append(broken, err)
		}
	}
	return broken
}

// read judges one recording, up to the end of ctx, and returns what of it could not
// be read.
func read(ctx context.Context, e *engine.Engine, rec *cassettes.Recording) (broken []error) {
	e.Begin()
	defer e.End()
	for x, err := range rec.Exchanges() {
		switch {
		case ctx.Err() != nil:
			return broken
		case err != nil:
			broken = append(broken, err)
		default:
			e.Observe(x)
		}
	}
	return broken
}
