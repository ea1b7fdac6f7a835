package suites

import (
	"context"
	"errors"
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/certify/relay"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Proxy is a reverse proxy that is put between a scripted client and a venue, as the
// command certify-proxy has it: one that a Command starts, or one at a URL.
type Proxy struct {
	// Command runs the proxy in the foreground; {listen} and {upstream}, or their
	// parts, are replaced in it: see relay.Start.
	Command []string

	// URL is that of a proxy that runs already, and UpstreamListen, HOST:PORT, where
	// it leads to, and where the venue is to listen.
	URL, UpstreamListen string

	// Scenarios are globs of the names of those to be played; none takes all, which
	// takes up to two minutes.
	Scenarios []string
}

func (p Proxy) visit(how judge.Options) (*visit, error) {
	subject := relay.Subject{Command: p.Command, URL: p.URL, Listen: p.UpstreamListen}
	if err := subject.Sound(); err != nil {
		return nil, fmt.Errorf("Proxy: %w", err)
	}
	picked, err := relay.Picked(p.Scenarios)
	if err != nil {
		return nil, err
	}
	v := &visit{claim: "reaches the proxy", binds: func(r *rule.Rule) bool { return r.Party == clause.Proxy && r.Pair != nil }}
	v.meet = func(ctx context.Context) *met {
		how.Rules = v.judged(how.Rules)
		return relayed(ctx, how, subject, picked)
	}
	return v, nil
}

// relayed is what came of a proxy in the scenarios picked.
func relayed(ctx context.Context, how judge.Options, subject relay.Subject, picked []*relay.Scenario) *met {
	how.Engine.Live, how.Engine.Hosts = true, rule.Hosts{}
	run, err := subject.Open(how.Engine.Edition)
	if err != nil {
		return &met{Result: judge.Result{Tally: engine.New(how.Rules, how.Engine).Take()}, Unmet: &Unmet{Err: err}}
	}
	defer run.Close()
	how.Engine.Hide = mask.New(run.Upstream.Secrets()...)
	e := engine.New(how.Rules, how.Engine)
	run.Observe = e.Observe
	e.Begin()
	if err = run.Meet(ctx); err == nil {
		err = run.Play(ctx, picked)
	}
	e.End()
	m := &met{Result: judge.Result{Tally: e.Take()}}
	said := run.End()
	switch {
	case ctx.Err() != nil: // which says it
	case err != nil:
		m.Unmet = &Unmet{Err: err, Hint: said}
	case run.Unreached() != nil:
		m.Unmet = &Unmet{Err: run.Unreached(), Hint: said, Began: true}
	case run.Unexercised() != "":
		m.Unmet = &Unmet{Err: errors.New(run.Unexercised()), Hint: relay.UnexercisedHint, Began: true}
	}
	for _, text := range run.Missed() {
		m.note(text)
	}
	return m
}
