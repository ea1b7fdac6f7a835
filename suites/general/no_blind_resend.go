package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "no-blind-resend",
	Clauses: []string{"G10a"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A call that can act twice, answered with 5XX (504 on /wapi/v3) or with code -1006 or -1007, is not sent again before its outcome has been looked up.",
		Why:     "The first call may have been carried out: sent again, the order is placed, or the money withdrawn, twice.",
		Mend:    "Treat the outcome as UNKNOWN: ask for the order by origClientOrderId (or the open orders, or the withdraw history) and send again only if the first call left no trace. A newClientOrderId of your own lets the venue refuse the duplicate.",
		Reading: "\"It\" refers to every 5XX on /api and /sapi, as their own pages say, and to 504 on /wapi; the other 5XX of /wapi are judged by no-blind-resend-wapi. Codes -1006 and -1007 say \"execution status unknown\" on any status. Judged is what a repetition does again: orders, withdrawals, transfers, loans, cancelReplace, and a cancel of all that is open, by route (schemas/endpoints.json). A cancel of one named order, or another call that can't act twice, is judged by no-blind-resend-idempotent. On a route that the catalogue does not know a call that moves an amount is taken to move it again, and what else it may do twice is left undecided. The same call is the same method, path and business parameters, whatever its timestamp, client order id, strategy, newOrderRespType and version of the API, and however an amount is written. Another POST to the same path with the same symbol and side, or asset, without a look is undecided: it may stand for the lost one, unless it comes more than an hour later, as another run's may, and so is the same made more than 200 ms after the first, while that waited for its answer. A look-up that was refused or not answered tells nothing, and one that was on the wire when the outcome became UNKNOWN, whose answer was not recorded, or whose order was not, or which was refused without a code, leaves the resend undecided; that there is no such order (-2013) is an answer. A look-up is a read of the order, of a list or history where it would stand, or of the very route that was called, or a cancel of the order or of all that is open: not of another order, symbol, asset or part of the API, nor of a time more than a minute before or after. One that asks for a part in which the call need not stand, by an id, a state or a time close to the call's, for the open orders of an order that never stands open, or the trades of one that may, leaves the resend undecided; on a route that the catalogue does not know another signed read leaves the resend undecided. The account's balances name no order: a resend after a look at them alone is undecided. Where the look-up found the order, or a list that holds some, and the same is sent again, nobody can say whether another was wanted, but for a cancel. Where the same was lost twice, a resend behind a look-up of the one is taken for that one's. What is in doubt about a look-up is so from its sending on, and counts where another was not waited for. A resend with the same newClientOrderId is left undecided in a recording, since a program may rely on the venue's refusing it while the first order is open; where it is known that a client's library sent again by itself, it is a resend, which the id mitigates. Test orders and listen keys are no business.",
		Good:    "POST order: 504. GET order by origClientOrderId: not found. POST order again.",
		Bad:     "POST order: 504. POST order again.",
	},
	Scope: rule.PerKey,
	Needs: rule.NeedsCompany,
	New: func() rule.Probe {
		return resendProbe(func(e *rule.Event) bool {
			return leavesUnknown(e) && e.Repetition != rule.RepetitionIdle
		})
	},
	Plant: func(c *conversation.Conversation) {
		c.Drop(c.Exchanges[1]) // the look-up between the two orders
	},
})

// madeCall is a call that a client made by itself, whose answer may not have come.
type madeCall struct {
	number   int
	business uint64
	sent     traffic.Span
}

// madeCalls are the last of them.
type madeCalls struct {
	kept []madeCall
	n    int
}

func (m *madeCalls) add(e *rule.Event) {
	call := madeCall{e.At.Number, e.Business, e.Sent}
	if len(m.kept) < recentKept {
		m.kept = append(m.kept, call)
	} else {
		m.kept[m.n%recentKept] = call
	}
	m.n++
}

// hedged takes the last call of unknown outcome for one in doubt if the same was
// made while it waited for its answer: a part of the client may have made it that
// knew nothing of the first, or the first was given up.
func (u *unknowns) hedged(c *rule.Trial, e *rule.Event, made []madeCall) {
	for _, m := range made {
		if m.business == e.Business && m.number != e.At.Number && e.Sent.Known() && m.sent.Earliest.After(e.Sent.Latest.Add(traffic.InFlight)) {
			u.kept[len(u.kept)-1].doubt(c, "the same call was made while this one waited for its answer")
			return
		}
	}
}

// answeredLate takes an answer to a look-up that was on the wire when the outcome
// became unknown: what it tells nobody can say.
func (u *unknowns) answeredLate(c *rule.Trial, e *rule.Event) {
	for i := range u.kept {
		p := &u.kept[i]
		if p.asked != "" || !e.Sent.Before(p.received) || p.lookOf(c, e) == lookNone {
			continue
		}
		if tells, known := outcomeTold(c, e); tells || !known {
			p.asked = askedPerhaps
		}
	}
}

// settles takes a call that is the same as one that was looked up: it is that one
// sent again, and not another of the same kind whose outcome is unknown too.
func (u *unknowns) settles(c *rule.Trial, e *rule.Event) bool {
	if !e.StateChanging || e.Commanded() {
		return false
	}
	for i := range u.kept {
		p := &u.kept[i]
		if p.lookUp != 0 && p.business == e.Business && !(e.Exact && e.Sent.Before(p.toldAt)) {
			p.settled(c, e)
			return true
		}
	}
	return false
}

// resendProbe judges resends after those answers that apply picks.
func resendProbe(apply func(*rule.Event) bool) rule.Probe {
	var u unknowns
	var made madeCalls
	return rule.Probe{
		Request: func(_ *rule.Trial, e *rule.Event) {
			if e.StateChanging && !e.Commanded() {
				made.add(e)
			}
		},
		Next: func(c *rule.Trial, e *rule.Event) {
			if u.settles(c, e) {
				return
			}
			for i := range u.kept {
				if p := &u.kept[i]; p.mayPrecede(e) {
					judgeResend(c, e, p)
				}
			}
		},
		Trouble: func(c *rule.Trial, e *rule.Event) {
			if apply(e) && changesState(c, e) {
				u.add(c, e)
				u.hedged(c, e, made.kept)
			}
		},
		Told: func(c *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				u.watched(c, e)
			}
		},
		Response: u.answeredLate,
		End:      u.ended,
	}
}

func judgeResend(c *rule.Trial, e *rule.Event, p *unknown) {
	switch look := p.lookOf(c, e); {
	case look == lookWhole:
		p.lookedUp(c, e)
	case look == lookNarrow:
		p.narrowed(c, e)
	case e.Business != p.business && p.isAnother(e):
		p.another(c, e)
	case e.Business != p.business || e.Commanded():
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
	case p.sameID(e):
		c.Inconclusive(resendSameID)
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

// isAnother reports a call that may stand for this one: the same asked for
// otherwise, of the same symbol and side, or asset.
func (u *unknown) isAnother(e *rule.Event) bool {
	return e.Method == "POST" && e.Path == u.path && !e.Commanded() && e.Symbol == u.symbol && e.Ask.Side == u.ask.Side && e.Ask.Asset == u.ask.Asset
}

// another takes a call that may stand for this one: who takes an UNKNOWN for a
// failure asks again for a little more, or in two halves.
func (u *unknown) another(c *rule.Trial, e *rule.Event) {
	waited := u.lookUp != 0 && !(e.Exact && e.Sent.Before(u.toldAt)) // for the answer to the look-up
	if !waited && !u.doubted && u.before(c, e) && !anotherRun(e, u.received) {
		u.doubt(c, "another call of the same symbol and side, or asset, was made without a look: whether it stands for the one of unknown outcome only its sender knows")
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
