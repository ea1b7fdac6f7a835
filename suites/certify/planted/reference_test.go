package planted_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/certifytest"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// idle are the rules that no scenario gives the reference client an occasion
// for, and why.
var idle = map[string]string{
	"support-calls-wait": "the reference client asks for nothing by itself that a refusal could stop",
}

// TestReferenceIsCertifiedInFull: nothing about the reference client is left
// open.
func TestReferenceIsCertifiedInFull(t *testing.T) {
	t.Parallel()
	total := put(t, planted.Reference)
	for i := range total.Rules {
		r := &total.Rules[i]
		switch why := idle[r.ID]; {
		case r.Verdict() != rule.Pass && why == "":
			t.Errorf("%s: expected it to pass, found %s %v%s", r.ID, r.Verdict(), r.Doubts, first(r))
		case r.Verdict() == rule.Pass && why != "":
			t.Errorf("%s: it is exercised, strike it off the idle ones", r.ID)
		}
	}
}

// put puts a client through all scenarios, and returns what all of them showed.
func put(t *testing.T, p planted.Planted) *rule.Tally {
	t.Helper()
	c := &certify.Certifier{Rules: certify.Rules(edition.Default())}
	var results []*certify.Result
	for _, s := range certify.Scenarios() {
		key, secret := certify.Account()
		r := certifytest.InProcess(t, s, func(rt http.RoundTripper) certifytest.Driver {
			return caught{planted.New(planted.Config{Transport: rt, URL: "https://api.binance.com", Key: key, Secret: secret}, p)}
		})
		if r.Err != nil {
			t.Errorf("%s: %v", s.Name, r.Err)
		}
		for i := range r.Tally.Rules {
			if x := &r.Tally.Rules[i]; x.Verdict() == rule.Fail && testing.Verbose() {
				t.Logf("%s: %s%s\n%v", s.Name, x.ID, first(x), r.Timeline(nil))
			}
		}
		results = append(results, r)
	}
	return c.Total(results)
}

// caught says of a client that breaks what is said of a program that does.
type caught struct{ *planted.Client }

func (c caught) Do(ctx context.Context, command driver.Command) (a driver.Answer) {
	defer func() {
		if p := recover(); p != nil {
			a = driver.Answer{ID: command.ID, Outcome: traffic.OutcomeError, Error: &driver.Error{Type: general.TypeCrash, Message: fmt.Sprint(p)}}
		}
	}()
	return c.Client.Do(ctx, command)
}

func first(r *rule.RuleTally) string {
	if len(r.Findings) == 0 {
		return ""
	}
	f := r.Findings[0]
	return fmt.Sprintf(" (%s, exchange %d: %s; seen: %s)", f.At.File, f.At.Exchange, f.Message, f.Seen)
}

// unplanted are the client rules that no planted client breaks, and why.
var unplanted = map[string]string{
	"base-endpoint": "a client that asks for another host does not arrive",
}

// TestEveryClientRuleIsBroken: whoever adds a rule for clients plants one that
// breaks it, or says why not; and nobody names a rule that there is not.
func TestEveryClientRuleIsBroken(t *testing.T) {
	broken := map[string]bool{}
	for _, p := range planted.All() {
		if len(p.Breaks) == 0 && p.ID != planted.Reference.ID {
			t.Errorf("%s: expected it to break a rule, found none", p.ID)
		}
		for _, id := range p.Breaks {
			broken[id] = true
		}
	}
	for _, r := range rule.All(edition.Default()) {
		if why := unplanted[r.ID]; r.Party == clause.Client && broken[r.ID] == (why != "") {
			t.Errorf("%s: broken by a planted client: %t; why by none: %q", r.ID, broken[r.ID], why)
		}
		delete(broken, r.ID)
	}
	for id := range broken {
		t.Errorf("%s: expected the ID of a rule, found none of that name", id)
	}
}
