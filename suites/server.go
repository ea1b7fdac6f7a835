package suites

import (
	"context"
	"errors"
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/certify/probe"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Server is a live server that is asked what no recording shows, as the command probe
// has it. It takes a minute and a half at the most without tests of limits.
type Server struct {
	// URL is the server's, with what stands before /api in its paths, if anything
	// does. Without a Permission it is one of this machine.
	URL        string
	Permission probe.Permission

	// How it is probed; its Target, Edition and Observe are set from what is said
	// elsewhere.
	probe.Config
}

func (s Server) visit(how judge.Options) (*visit, error) {
	var err error
	if s.Target, err = probe.NewTarget(s.URL, s.Permission); err != nil {
		return nil, fmt.Errorf("Server: URL: %w", err)
	}
	v := &visit{claim: "reaches the server", binds: func(r *rule.Rule) bool { return r.Party == clause.Server }}
	v.meet = func(ctx context.Context) *met {
		how.Rules = v.judged(how.Rules)
		return s.meet(ctx, how)
	}
	return v, nil
}

// meet probes the server.
func (s Server) meet(ctx context.Context, how judge.Options) *met {
	how.Engine.Live, how.Engine.Hosts, how.Engine.Hide = true, rule.Hosts{}, mask.New(s.APIKey, s.SecretKey)
	e := engine.New(how.Rules, how.Engine)
	s.Edition, s.Observe = how.Engine.Edition, e.Observe
	e.Begin()
	summary, err := probe.Run(ctx, s.Config)
	e.End()
	m := &met{Result: judge.Result{Tally: e.Take()}}
	switch {
	case ctx.Err() != nil: // which says it
	case err != nil:
		m.Unmet = &Unmet{Err: fmt.Errorf("%s: %w", s.Target, err), Hint: s.NoAnswerHint()}
	case summary.Missing() != "":
		m.Unmet = &Unmet{Err: errors.New("not everything was sent: " + summary.Missing()), Began: true}
	}
	for _, left := range summary.LeftOut {
		m.note(left)
	}
	return m
}
