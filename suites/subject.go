package suites

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Subject is whom the specs are about: a Client, a Server or a Proxy. Without one
// they are about recordings.
type Subject interface {
	// visit says how the subject is met, and what is wrong with its description.
	// The options hold the rules asked for, and what is kept of each.
	visit(judge.Options) (*visit, error)
}

// visit is how a subject is met.
type visit struct {
	claim string                     // of the first spec
	binds func(*rule.Rule) bool      // whether what it shows is judged by a rule
	meet  func(context.Context) *met // called once; it ends early with the context, and whatever it started with it
}

// met is what came of meeting a subject.
type met struct {
	judge.Result
	Unmet *Unmet
	notes []string // what a person should know who reads the verdicts
}

// Unmet says why verdicts are not those of the subject, or not all of them.
type Unmet struct {
	Err  error
	Hint string // what to do; "" for nothing beside

	// Began says that the subject ran or answered, but not all came to pass that
	// was to be judged. Otherwise it did not start, took no connection, or broke.
	Began bool
}

// Error implements error.
func (u *Unmet) Error() string { return u.Err.Error() }

// Unwrap returns the cause.
func (u *Unmet) Unwrap() error { return u.Err }

// judged are the rules that a visit is judged by.
func (v *visit) judged(rules []*rule.Rule) []*rule.Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *rule.Rule) bool { return !v.binds(r) })
}

// subject is the Config's, with its recordings if that is what it has.
func (cfg *Config) subject() (Subject, error) {
	switch {
	case len(cfg.Paths) > 0 && cfg.Subject != nil:
		return nil, errors.New("expected Paths or a Subject, found both")
	case cfg.Subject != nil:
		return cfg.Subject, nil
	case len(cfg.Paths) > 0:
		return recordings(cfg.Paths), nil
	}
	return nil, errors.New("expected at least one path of a recording, or a Subject, found none")
}

// meeting makes the visit of the Config's subject.
func (cfg *Config) meeting(how judge.Options) (*visit, error) {
	subject, err := cfg.subject()
	if err != nil {
		return nil, err
	}
	v, err := subject.visit(how)
	if err == nil && len(v.judged(how.Rules)) == 0 {
		err = fmt.Errorf("rules: expected one that binds whom %T names, found none", subject)
	}
	return v, err
}

// recordings are traffic that somebody recorded, by whomever it is.
type recordings []string

func (paths recordings) visit(how judge.Options) (*visit, error) {
	return &visit{
		claim: "reads the recordings",
		binds: func(*rule.Rule) bool { return true },
		meet: func(ctx context.Context) *met {
			found, err := judge.Paths(ctx, paths, how)
			if found == nil {
				return &met{Unmet: &Unmet{Err: err}}
			}
			return &met{Result: *found}
		},
	}, nil
}
