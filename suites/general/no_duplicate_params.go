package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "no-duplicate-params",
	Clauses: []string{"G19c"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "No parameter stands in both the query string and the body.",
		Why:     "The query string's value is used and the body's is dropped without a word: an order goes out with another price or quantity than the code that filled the body believes.",
		Mend:    "Send each parameter in one place; build query string and body from one list.",
		Reading: "The document says which value is used, so that sending both is allowed; relying on it is unwise. The same value in both places is still a finding in a recording, where nobody knows whether the two come from one list; of a client that was driven or watched, whose every call was seen, it relies on nothing and is let pass. Names repeated within one place, as in asset=BTC&asset=USDT, are lists and another matter. A GET with a body is judged by get-params-in-query.",
		Good:    "POST /api/v3/order?symbol=LTCBTC&side=BUY with the body quantity=1&price=0.1",
		Bad:     "POST /api/v3/order?symbol=LTCBTC&quantity=1 with the body quantity=2&price=0.1",
	},
	On: rule.OnDocumented,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !f.BodyIsForm || !mayHoldParameters(f) || heldBy(f) != holdsForm || len(f.Params) == 0 || f.Params[0].Place != traffic.InQuery {
			return
		}
		if query, body := inBothPlaces(f.Params, f.Annotation.Driven()); query != nil {
			failDuplicate(c, query, body)
			return
		}
		c.Pass()
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Request.Body = append(x.Request.Body, "&"+c.Edition.Dialect.Param(traffic.RoleSymbol)+"=LTCUSD"...)
	},
})

// inBothPlaces returns the first parameter of the query string whose name is in
// the body too, where equal values are let pass with another value, and that
// one. The query string's come first in ps.
func inBothPlaces(ps []traffic.Param, equalPass bool) (query, body *traffic.Param) {
	for i := range ps {
		if ps[i].Place != traffic.InQuery {
			break
		}
		for j := i + 1; j < len(ps); j++ {
			if ps[j].Place == traffic.InBody && ps[j].Name == ps[i].Name && !(equalPass && ps[j].Value == ps[i].Value) {
				return &ps[i], &ps[j]
			}
		}
	}
	return nil, nil
}

func failDuplicate(c *rule.Trial, query, body *traffic.Param) {
	c.Fail(rule.Report{
		Message:  shown(c, query.Name) + " stands in both the query string and the body: the query string's value is used.",
		Expected: shown(c, query.Name) + " in one place",
		Seen:     shownPair(c, query) + " in the query string, " + shownPair(c, body) + " in the body",
		Pointer:  "/body/" + shown(c, query.Name),
	})
}

// shownPair shows a name with its value, by which a secret is known for one.
func shownPair(c *rule.Trial, p *traffic.Param) string {
	value := p.Value
	if p.Role == traffic.RoleSignature {
		value = c.Secret(value)
	}
	return shown(c, p.Name+"="+value)
}
