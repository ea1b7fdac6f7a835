package suites

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/certify/subject"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// init becomes a client, or its first process, where this program was started anew to
// be one: without it a test program that has no main of its own would run its tests
// there, and start clients without end.
func init() { process.Inside() }

// Client is a client that is put through scenarios, each with a fresh venue, as the
// command certify has it: a Command, or a Program in this process.
type Client struct {
	// Command runs the client. It comes to the venue by {url} where that stands in
	// it or in Env, else isolated where the kernel allows it, else by HTTPS_PROXY.
	Command []string

	// Env are variables of the command, NAME=VALUE, in which {url}, {key} and
	// {secret} are replaced, or NAME, whose value is this process's.
	Env []string

	// Observe says that the command takes no commands: whatever it sends counts.
	// Otherwise it is found out whether it is a driver.
	Observe bool

	// Program is a client in this process, which is observed. The transport leads to
	// the venue, whatever host it calls; it trades for certify.Account. It runs once
	// for each scenario, at the same time, and must end when its context does.
	Program func(context.Context, http.RoundTripper)

	// Scenarios are globs of the names of those to be played; none takes all, which
	// takes minutes.
	Scenarios []string
}

func (c Client) visit(how judge.Options) (*visit, error) {
	if (len(c.Command) > 0) == (c.Program != nil) {
		return nil, errors.New("Client: expected a Command or a Program")
	}
	picked, err := certify.Picked(certify.Scenarios(), clause.ProfileAll, c.Scenarios)
	if err != nil {
		return nil, err
	}
	v := &visit{claim: "reaches the client", binds: func(r *rule.Rule) bool { return r.Party == clause.Client }}
	v.meet = func(ctx context.Context) *met {
		how.Rules = v.judged(how.Rules)
		return c.meet(ctx, how, picked)
	}
	return v, nil
}

// meet runs the client in every scenario picked.
func (c Client) meet(ctx context.Context, how judge.Options, picked []*certify.Scenario) *met {
	held := how.Engine.Edition
	m := &met{}
	t, err := c.program(ctx, held, m)
	start := certify.Program(func(ctx context.Context, transport *http.Transport) { c.Program(ctx, transport) }).Start
	if c.Program == nil {
		start = t.Start
	}
	certifier := certify.New(held, t.Mode, start)
	certifier.Rules, certifier.MaxFindings = how.Rules, how.Engine.MaxFindings
	certifier.Hide = mask.New(subject.Secrets(c.Command, c.Env)...)
	if err != nil {
		m.Tally, m.Unmet = certifier.Total(nil), c.unmet(err)
		return m
	}
	results := certifier.Run(ctx, picked)
	m.Tally = certifier.Total(results)
	switch {
	case ctx.Err() != nil: // which says it
	case subject.Trouble(t.Options, results) != nil:
		m.Unmet = c.unmet(subject.Trouble(t.Options, results))
	case !slices.ContainsFunc(results, (*certify.Result).Exercised):
		m.Unmet = &Unmet{Err: subject.ErrElsewhere, Hint: subject.ElsewhereHint, Began: true}
	}
	m.note(certifier.KeysRefused(results))
	m.note(subject.Unseen(results))
	return m
}

// program is the command as it is run, once it is met; of a program in this process
// nothing but that it is observed.
func (c Client) program(ctx context.Context, held *edition.Edition, m *met) (*subject.Program, error) {
	if c.Program != nil {
		return &subject.Program{Mode: certificate.Observe}, nil
	}
	process.Sweep()
	t := subject.New(c.Command, c.Env, held.Names())
	if c.Observe {
		t.Mode = certificate.Observe
	}
	if t.Way != wire.ByURL {
		if why := t.Lead(ctx); why != nil {
			m.note("the client is not isolated, but led by HTTPS_PROXY: " + why.Error())
		}
	}
	err := t.Meet(ctx)
	m.note(t.Note)
	return t, err
}

// unmet is the trouble with a client, nil for none.
func (c Client) unmet(err error) *Unmet {
	if err == nil {
		return nil
	}
	u := &Unmet{Err: err}
	if e := (*subject.NotReached)(nil); errors.As(err, &e) {
		u.Hint, u.Began = e.Hint, true
		if c.Program != nil {
			u.Hint = "It reaches the venue by the transport that it is given, and by nothing else."
		}
	}
	return u
}

// note keeps what a person should know, "" for nothing.
func (m *met) note(text string) {
	if text != "" {
		m.notes = append(m.notes, mask.Text(text))
	}
}
