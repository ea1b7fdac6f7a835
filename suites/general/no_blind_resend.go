package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "no-blind-resend",
	Clauses:  []string{"G10a"},
	Party:    clause.Client,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "A call that can act twice, answered with 5XX (504 on /wapi/v3) or with code -1006 or -1007, is not sent again before its outcome has been looked up.",
		Why:     "The first call may have been carried out: sent again, the order is placed, or the money withdrawn, twice.",
		Mend:    "Treat the outcome as UNKNOWN: ask for the order by origClientOrderId (or the open orders, or the withdraw history) and send again only if the first call left no trace. A newClientOrderId of your own lets the venue refuse the duplicate.",
		Reading: "\"It\" refers to every 5XX on /api and /sapi, as their own pages say, and to 504 on /wapi; the other 5XX of /wapi are judged by no-blind-resend-wapi. Codes -1006 and -1007 say \"execution status unknown\" on any status. Judged is what a repetition does again: orders, withdrawals, transfers, loans, cancelReplace, and a cancel of all that is open, by route (schemas/endpoints.json). A cancel of one named order, or another call that can't act twice, is judged by no-blind-resend-idempotent. On a route that the catalogue does not know a call that moves an amount is taken to move it again, and what else it may do twice is left undecided. The same call is the same method, path and business parameters, whatever its timestamp, client order id, newOrderRespType, or the zeros at the end of a number. A look-up that was refused or not answered tells nothing, and one whose answer was not recorded leaves the resend undecided; that there is no such order (-2013) is an answer. A look-up is a read of the order, of a list or history where it would stand, or of the very route that was called; on a route that the catalogue does not know another signed read leaves the resend undecided. The account's balances name no order: a resend after a look at them alone is undecided. Where the look-up found the order, and the same is sent again, nobody can say whether another was wanted. A resend with the same newClientOrderId is left undecided in a recording, since a program may rely on the venue's refusing it while the first order is open; where it is known that a client's library sent again by itself, it is a resend, which the id mitigates. Test orders and listen keys are no business.",
		Good:    "POST order: 504. GET order by origClientOrderId: not found. POST order again.",
		Bad:     "POST order: 504. POST order again.",
	},
	Scope: rule.PerKey,
	New: func() rule.Probe {
		return resendProbe(func(e *rule.Event) bool {
			return leavesUnknown(e) && e.Repetition != rule.RepetitionIdle
		})
	},
	Plant: func(c *rule.Conversation) {
		c.Drop(c.Exchanges[1]) // the look-up between the two orders
	},
})

// resendProbe judges resends after those answers that apply picks.
func resendProbe(apply func(*rule.Event) bool) rule.Probe {
	var u unknowns
	return rule.Probe{
		Next: func(c *rule.Case, e *rule.Event) {
			for i := range u.kept {
				if p := &u.kept[i]; p.mayPrecede(e) {
					judgeResend(c, e, p)
				}
			}
		},
		Trouble: func(c *rule.Case, e *rule.Event) {
			if apply(e) && changesState(e) {
				u.add(c, e)
			}
		},
		Told: func(c *rule.Case, e *rule.Event) {
			if isWatched(e) {
				u.watched(c, e)
			}
		},
	}
}

func judgeResend(c *rule.Case, e *rule.Event, p *unknown) {
	switch {
	case p.asksStatus(e):
		p.lookedUp(c, e)
	case e.Business != p.business || !e.StateChanging || e.Commanded():
		p.balances(c, e)
		return // what its caller asks for again is the caller's doing
	case p.lookUp != 0:
		p.settled(c, e)
	case e.Blurred:
		p.doubt(c, bodyUnread)
	case e.Repetition == rule.RepetitionUnknown:
		p.doubt(c, "the catalogue does not know whether a repetition of the route acts twice")
	case !p.before(c, e):
		p.doubt(c, onTheWire)
	case p.asked != "":
		p.doubt(c, p.asked)
	case anotherRun(e, p.received):
		c.Inconclusive(otherRun)
		*p = unknown{}
	case p.clientID != 0 && p.clientID == e.ClientID && !isOwn(e):
		c.Inconclusive("the resend carries the same client order id, so that the venue can refuse it")
		*p = unknown{}
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The call that exchange %d left UNKNOWN %s was sent again without a look at its outcome.", p.at.Number, p.how()),
			Expected: "a query of the order or the history first",
			Seen:     "the same " + e.Method + " " + e.Path + " again" + p.mitigated(e) + p.vainly(),
			Hint:     p.hint(c.Mend()),
		})
		*p = unknown{}
	}
}

// vainly says that the client asked what became of the call, and was not told;
// "" where it did not ask.
func (u *unknown) vainly() string {
	if u.inVain == 0 {
		return ""
	}
	return fmt.Sprintf(", although exchange %d, which asked for it, was not answered with what became of it", u.inVain)
}

// mitigated says of a resend what makes it less dangerous, "" for nothing.
func (u *unknown) mitigated(e *rule.Event) string {
	if u.clientID == 0 || u.clientID != e.ClientID {
		return ""
	}
	return ", with the same client order id: the venue can refuse it, as long as the first order is open"
}
