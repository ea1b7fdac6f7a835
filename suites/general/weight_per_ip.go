package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "weight-per-ip",
	Clauses: []string{"L07d"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The used weight belongs to the IP address, whatever API keys send from it.",
		Why:     "Clients that share an address plan by one counter. Where each key has its own, all see room to spare until the address is banned, and every one of them with it.",
		Mend:    "Count weight by the address that the request comes from, and send that count to every key.",
		Reading: "Several addresses of one key have a counter each. Orders are limited by account, which is another matter. Probing, the experiment `two-keys` sends the variants `first` and `second`, one key each, in turns. It fails where in four answers of one minute each key's counter grew by its own request alone.",
		Good:    "Two keys on one address see 5, then 6",
		Bad:     "Two keys on one address see 5, then 1",
	},
	NotHere: "It takes two keys sending from one address that nobody else uses; recordings seldom name the address and never who shares it. mbxcheck probe does so.",
	Scope:   rule.PerIP,
	Needs:   rule.NeedsWeightSteps,
	New: func() rule.Probe {
		var turns [4]keyTurn // the latest last
		return rule.Probe{Tried: func(c *rule.Trial, e *rule.Event) {
			x := e.Experiment()
			if x.Name != TryKeys || e.UsedWeight < 0 || !e.Success() {
				return
			}
			copy(turns[:], turns[1:])
			last := &turns[len(turns)-1]
			*last = keyTurn{group: x.Group, key: x.Variant, used: e.UsedWeight, own: e.OwnWeight}
			if st, ok := c.WeightStep(); ok {
				last.follows = st.SameMinute && st.Sequential && st.Prev == turns[len(turns)-2].used
			}
			judgeKeys(c, &turns)
		}}
	},
	Plant: func(c *conversation.Conversation) {
		for i, x := range c.Exchanges {
			x.Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, fmt.Sprint(1+i/2))
		}
	},
	AlsoBreaks: []string{"weight-counted"},
})

// keyTurn is what one request of one of the two keys saw.
type keyTurn struct {
	group     int64
	key       string
	used, own int64
	follows   bool // directly upon the turn before, in the same minute
}

// judgeKeys looks at two turns of each key, in alternation. Where each key's
// counter grew by no more than its own second request weighs, the other key's
// request in between was not in it.
func judgeKeys(c *rule.Trial, turns *[4]keyTurn) {
	a1, b1, a2, b2 := &turns[0], &turns[1], &turns[2], &turns[3]
	if a1.key == "" || a1.group != b2.group || a1.key != a2.key || b1.key != b2.key || a1.key == b1.key {
		return
	}
	switch {
	case !b1.follows || !a2.follows || !b2.follows || a2.own <= 0 || b1.own <= 0:
		c.Inconclusive("the requests overlap, stand at the turn of the minute, or weigh what is not known")
	case a2.used-a1.used >= b1.own+a2.own && b2.used-b1.used >= a2.own+b2.own:
		c.Pass()
	case a2.used-a1.used == a2.own && b2.used-b1.used == b2.own:
		c.Fail(rule.Report{
			Expected: fmt.Sprintf("a used weight of %d or more: the other key's request counts too", b1.used+a2.own+b2.own),
			Seen:     fmt.Sprintf("%d, %d, %d and %d in turns of two keys", a1.used, b1.used, a2.used, b2.used),
			Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
		})
	default:
		c.Inconclusive("the used weight grew neither by the weight of both keys' requests nor by that of one")
	}
}
