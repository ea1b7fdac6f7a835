package general

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-passes-counter",
	Clauses: []string{"L07p"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes the used weight on unchanged and does not answer with stored responses.",
		Why:     "Clients pace themselves by the counter: one that is missing, rewritten or stale leads them past the limit into a ban of the proxy's address, for everybody behind it.",
		Mend:    "Forward X-MBX-USED-WEIGHT, and the fields whose names begin like it, as they come, and switch caching off.",
		Reading: "The sentence asks for the field on every request; a proxy that takes it away makes it untrue. A proxy that declares a budget of its own is not bound by this. That an answer was stored shows by its counter, which is another than that of the request's own answer; where nothing went to the venue nobody knows.",
		Good:    "X-MBX-USED-WEIGHT: 17 on both sides of the proxy",
		Bad:     "X-MBX-USED-WEIGHT: 17 from the venue, and no such field, or yesterday's response, for the client",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		if c.GatewayCounts || r.Front == nil || !r.Front.Answered() {
			return
		}
		if len(r.Behind) == 0 && r.Front.Weight() >= 0 {
			c.Inconclusive("the answer in front has a counter, and nothing behind it was recorded")
			return
		}
		judgeCounter(c, r.Front, forwarded(r))
	},
	Plant: func(c *conversation.Conversation) {
		c.Exchanges[0].Response.Header.Del(c.Edition.Dialect.Fields.UsedWeight)
	},
})

// judgeCounter holds the counter in front against those of the answers behind that it may
// be of.
func judgeCounter(c *rule.Trial, front *traffic.Facts, calls []*traffic.Facts) {
	if !slices.ContainsFunc(calls, func(f *traffic.Facts) bool { return f.Weight() >= 0 }) {
		return
	}
	own := slices.DeleteFunc(calls, func(f *traffic.Facts) bool { return !isLike(front, f) })
	any := func(is func(*traffic.Facts) bool) bool { return is(front) || slices.ContainsFunc(own, is) }
	tells, hidden := counters(front)
	isSame := func(f *traffic.Facts) bool { came, masked := counters(f); return came == tells && !masked }
	switch {
	case len(own) == 0:
		c.Inconclusive("the answer in front is none of those behind")
	case tells != "" && !hidden && slices.ContainsFunc(own, isSame):
		c.Pass()
	case any(func(f *traffic.Facts) bool { _, masked := counters(f); return masked }):
		c.Inconclusive("a counter was masked")
	case any(func(f *traffic.Facts) bool { return !f.HeadersSeen() }):
		c.Inconclusive("the header fields of some answer were not recorded")
	case slices.ContainsFunc(own, func(f *traffic.Facts) bool { return f.Weight() < 0 }):
		c.Inconclusive("of several answers behind, not all have a counter")
	default:
		came, _ := counters(own[0])
		c.Fail(rule.Report{
			Message:  "The proxy did not pass the used weight on as it came.",
			Expected: shown(c, came) + ", as behind the proxy",
			Seen:     shownOrNone(c, tells),
			Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
		})
	}
}

// counters are an answer's fields of the used weight, in an order of their own, as
// they may come in any, and whether some of them is masked.
func counters(f *traffic.Facts) (text string, masked bool) {
	var all []string
	used, minute := strings.ToLower(f.Dialect.Fields.UsedWeight), strings.ToLower(f.Dialect.Fields.UsedWeightMinute)
	for _, h := range f.Response.Header {
		name := strings.ToLower(h.Name)
		if used != "" && strings.HasPrefix(name, used) || minute != "" && name == minute {
			all = append(all, name+": "+strings.TrimSpace(h.Value))
			masked = masked || traffic.IsPlaceholder(h.Value)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", "), masked
}

func shownOrNone(c *rule.Trial, s string) string {
	if s == "" {
		return "none"
	}
	return shown(c, s)
}
