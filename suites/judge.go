package suites

import (
	"context"
	"errors"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// maxFindings bounds the findings kept for one rule: more of a kind teach a
// reader nothing, and their number is told anyhow.
const maxFindings = 10

// pass is one streaming pass of rules over recordings.
type pass struct {
	rules   []*rule.Rule
	edition clause.Edition
	hosts   rule.Hosts
}

// over judges the recordings that paths stand for, in constant memory. What
// cannot be read is counted in the tally and named in its Errors. It stops
// between two exchanges when ctx ends, with ctx's error.
func (p pass) over(ctx context.Context, paths []string) (*rule.Tally, error) {
	e := rule.NewEngine(p.rules, rule.Options{Edition: p.edition, Hosts: p.hosts, MaxFindings: maxFindings})
	t := e.Tally()
	for file, err := range cassettes.Files(paths) {
		if ctx.Err() != nil {
			return t, context.Cause(ctx)
		}
		if err == nil {
			err = read(ctx, e, file)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return t, context.Cause(ctx)
		case errors.Is(err, cassettes.ErrUnrecognised) && !file.Named:
			t.Traffic.Unrecognised++
		default:
			t.Traffic.Unreadable++
			t.Errors = append(t.Errors, err)
		}
	}
	return t, nil
}

// read judges one recording.
func read(ctx context.Context, e *rule.Engine, file cassettes.File) error {
	rec, err := file.Open()
	if err != nil {
		return err
	}
	defer rec.Close()
	e.Begin()
	defer e.End()
	for x, err := range rec.Exchanges() {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			t := e.Tally()
			t.Traffic.Unreadable++
			t.Errors = append(t.Errors, err)
		default:
			e.Observe(x)
		}
	}
	return nil
}
