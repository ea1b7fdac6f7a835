package general

import (
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "heavier-calls-weigh-more",
	Clauses: []string{"L06"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A call on all symbols weighs at least what the same call on one symbol weighs.",
		Why:     "Clients that plan their weight by the document's rule plan wrong where it does not hold.",
		Mend:    "Give the call without a symbol the heavier weight.",
		Reading: "Seen from the counter's steps: the lightest rule.WeightStep of the call with a symbol, met at least twice so that it is no other client's, against the step of the call without one.",
		Good:    "ticker/24hr?symbol=BTCUSDT adds 1, ticker/24hr adds 40",
		Bad:     "ticker/24hr?symbol=BTCUSDT adds 5 each time, ticker/24hr adds 1",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsWeightSteps,
	New: func() rule.Probe {
		var lights [lightsKept]light
		return rule.Probe{Response: func(c *rule.Trial, e *rule.Event) {
			st, ok := c.WeightStep()
			if !ok || !st.SameMinute || !st.Sequential || st.Next < st.Prev || !e.Success() || !bySymbol(c.Edition.Dialect, e.Endpoint) {
				return
			}
			l := lightOf(&lights, e.Endpoint)
			if l == nil {
				return
			}
			if e.Symbol != 0 {
				l.see(st.Next - st.Prev)
				return
			}
			l.compare(c, st.Next-st.Prev)
		}}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "21")
	},
})

// lightsKept bounds the endpoints followed: those whose weight depends on a
// symbol are five in the edition.
const lightsKept = 8

// light is the lightest rule.WeightStep seen of an endpoint's one-symbol call.
type light struct {
	endpoint *edition.Endpoint
	weight   int64
	times    int
}

func (l *light) see(weight int64) {
	switch {
	case l.times == 0 || weight < l.weight:
		l.weight, l.times = weight, 1
	case weight == l.weight:
		l.times++
	}
}

func (l *light) compare(c *rule.Trial, heavy int64) {
	switch {
	case l.times < 2:
	case heavy < l.weight:
		c.Fail(rule.Report{
			Expected: fmt.Sprintf("a step of %d or more, as with a symbol", l.weight),
			Seen:     fmt.Sprintf("a step of %d", heavy),
			Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
		})
	default:
		c.Pass()
	}
}

func lightOf(lights *[lightsKept]light, ep *edition.Endpoint) *light {
	for i := range lights {
		if lights[i].endpoint == nil {
			lights[i].endpoint = ep
		}
		if lights[i].endpoint == ep {
			return &lights[i]
		}
	}
	return nil
}

// bySymbol reports the endpoints whose weight depends on a symbol being given.
func bySymbol(d *traffic.Dialect, ep *edition.Endpoint) bool {
	return ep != nil && slices.ContainsFunc(ep.Weights, func(w edition.WeightRow) bool {
		return w.Kind == edition.WeightByPresence && d.RoleOf(w.Param) == traffic.RoleSymbol
	})
}
