package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// unknown is a state-changing call whose answer left its outcome UNKNOWN.
type unknown struct {
	at       traffic.Position // Number 0: settled
	received traffic.Span
	path     string
	call     edition.Call // what it is for
	known    bool         // to the catalogue, the route
	date     time.Time    // of the answer; zero when absent
	ask      traffic.Ask
	business uint64
	clientID uint64
	orderRef uint64
	symbol   uint64
	family   traffic.Family
	status   int
	code     int64
	means    traffic.Meaning
	doubted  bool   // whether it was sent again, or traded upon, was left undecided
	asked    string // why nobody can say whether a look-up came between; "" for no such doubt
	inVain   int    // the number of a look-up that brought nothing, 0 for none

	// Of the look-up that told first: its number, 0 for none, and when its answer
	// arrived; and whether any may have told of the very call that it is there.
	lookUp   int
	toldAt   traffic.Span
	standing bool
}

// unknowns remembers the last calls of unknown outcome.
type unknowns struct {
	kept recent[unknown]
}

// add remembers a call. Of one that has to make room nobody will know whether it
// was sent again.
func (u *unknowns) add(c *rule.Trial, e *rule.Event) {
	last, full := u.kept.follow(unknownOf(c, e), func(u *unknown) bool { return u.at.Number == 0 })
	if full && !last.doubted && last.lookUp == 0 {
		c.Inconclusive("more calls of unknown outcome at once than are followed")
	}
}

func unknownOf(c *rule.Trial, e *rule.Event) unknown {
	return unknown{
		at: e.At, received: e.Received, path: e.Path, call: c.Edition.Call(e.Path), known: e.Endpoint != nil, date: e.Date, ask: e.Ask, business: e.Business, clientID: e.ClientID, orderRef: e.OrderRef,
		symbol: e.Symbol, family: e.Family, status: e.Status, code: e.Code, means: e.Means,
	}
}

// leavesUnknown reports an answer that leaves the outcome of its call UNKNOWN: a
// 5XX, on /wapi 504 alone (ambiguity A12), or any status with a code by which
// the venue says so.
func leavesUnknown(e *rule.Event) bool {
	return e.SaysUnknown() || e.Status/100 == 5 && (!e.Family.OnlyTimeouts || e.Status == 504)
}

// how says what left the outcome unknown.
func (u *unknown) how() string {
	if u.status == 0 {
		return "without an answer"
	}
	s := fmt.Sprintf("with status %d", u.status)
	switch {
	case rule.TellsUnknown(u.means):
		s += fmt.Sprintf(" and code %d (execution status unknown)", u.code)
	case u.means == traffic.Busy:
		s += fmt.Sprintf(" and code %d (an overload: it may or may not have been carried out)", u.code)
	}
	return s
}

// hint says what to do about the resend where the rule's own words are not all;
// "" where they are.
func (u *unknown) hint(mend string) string {
	if u.means != traffic.Busy {
		return ""
	}
	return mend + fmt.Sprintf(" After a %d wait some minutes, as its message says, before you ask or send anything.", u.code)
}

// watched ends the watch over a driven client: what it has not sent by itself
// until then it does not send. Of a call in doubt that says nothing: what was
// left undecided while it was watched is not decided by the end.
func (u *unknowns) watched(c *rule.Trial, e *rule.Event) {
	for i := range u.kept {
		switch p := &u.kept[i]; {
		case p.at.Number == 0 || p.doubted:
		case p.lookUp != 0 || longWatched(e, p.received):
			c.Pass()
		default:
			c.Inconclusive(shortWatch)
		}
	}
	*u = unknowns{}
}

// ended ends the recording: what was looked up, and not sent again after that,
// keeps the rule.
func (u *unknowns) ended(c *rule.Trial) {
	for i := range u.kept {
		if p := &u.kept[i]; !p.doubted && p.lookUp != 0 {
			c.Pass()
		}
	}
}

// changesState reports a call that a resend could carry out twice: not a test
// order, which changes nothing, and not a listen key, which may be renewed at
// will.
func changesState(c *rule.Trial, e *rule.Event) bool {
	if !e.StateChanging || !e.Family.Known() {
		return false
	}
	kind := c.Edition.CallKind(e.Path)
	return kind != edition.CallTest && kind != edition.CallStream
}

// readsOrder reports a call that names an order, rather than listing some.
func readsOrder(c *rule.Trial, e *rule.Event) bool {
	return c.Edition.CallKind(e.Path) == edition.CallOrder
}

// doubt says that what a request makes of the call is undecided. The call is
// remembered: what comes later may still break the rule, but no more keep it.
func (u *unknown) doubt(c *rule.Trial, why string) {
	c.Inconclusive(why)
	u.doubted = true
}

// narrowed takes a request that asks for less than would show what became of the
// call.
func (u *unknown) narrowed(c *rule.Trial, e *rule.Event) {
	if tells, known := outcomeTold(c, e); known && !tells || u.asked != "" {
		return
	}
	u.asked = narrowLook
	if e.OrderRef == 0 && readsOrder(c, e) {
		u.asked = unnamedLook
	}
}

// lookedUp takes a request that asks what became of the call. What it brings is
// news if it came to the venue after the answer, whenever the client decided upon
// it. One that may have come before shows nothing by itself, and leaves undecided
// what follows it. One that was refused, or not answered, brought no news.
func (u *unknown) lookedUp(c *rule.Trial, e *rule.Event) {
	switch tells, known := outcomeTold(c, e); {
	case !known:
		u.asked = askedPerhaps
		return
	case !tells:
		u.inVain = e.At.Number
		return
	case !u.before(c, e) && !e.ArrivedAfter(u.received):
		u.asked = askedPerhaps
		return
	}
	if u.lookUp == 0 || e.Received.Known() && e.Received.Latest.Before(u.toldAt.Latest) {
		u.lookUp, u.toldAt = e.At.Number, e.Received
	}
	u.standing = u.standing || e.Succeeded && e.Method == "GET" && (e.List == rule.SomeList || readsOrder(c, e))
}

// balances takes a request for the account's balances, which name no order, but
// may tell of one that locked or moved them: what /wapi and /sapi move stands in
// those of /api. Of a route that the catalogue does not know any other read may
// be the one that tells.
func (u *unknown) balances(c *rule.Trial, e *rule.Event) {
	tells, known := outcomeTold(c, e)
	if e.Method != "GET" || known && !tells || u.asked != "" {
		return
	}
	switch near := e.Family == u.family || !u.family.Main; {
	case near && c.Edition.CallKind(e.Path) == edition.CallBalances:
		u.asked = "the account's balances, which it asked for in between, may have told what became of it"
	case !u.known && near && e.HasSignature:
		u.asked = "the catalogue does not know the route, nor whether what it asked for in between told what became of it"
	}
}

// settled takes a call that is the same as one whose outcome was looked up. It
// is no blind resend, unless it was sent before the look-up was answered; but
// whether whoever was told that the order stands wants another nobody can say.
func (u *unknown) settled(c *rule.Trial, e *rule.Event) {
	switch early := e.Exact && e.Sent.Before(u.toldAt); {
	case early && !u.before(c, e):
		c.Inconclusive(onTheWire)
	case early && u.asked != "":
		c.Inconclusive(u.asked)
	case early && u.sameID(e):
		c.Inconclusive(resendSameID)
	case early:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The call that exchange %d left UNKNOWN %s was sent again before exchange %d, which asked for its outcome, was answered.", u.at.Number, u.how(), u.lookUp),
			Expected: "the answer to the query first",
			Seen:     "the same " + e.Method + " " + e.Path + " again",
		})
	case u.doubted:
	case u.standing && e.Method != "DELETE" && !anotherRun(e, u.received): // a cancel of what stands is asked for again
		c.Inconclusive("the look-up found the first order, or others among which it may stand, and the same was sent again: whether another is wanted only its sender knows")
	default:
		c.Pass()
	}
	*u = unknown{}
}

// resendSameID is why a resend is not judged that the venue can refuse.
const resendSameID = "the resend carries the same client order id, so that the venue can refuse it"

// sameID reports a program's own resend with the client order id of the first: the
// venue refuses it while that is open.
func (u *unknown) sameID(e *rule.Event) bool {
	return u.clientID != 0 && u.clientID == e.ClientID && !isOwn(e)
}

// askedPerhaps is why what follows such a look-up is not judged.
const askedPerhaps = "the look-up before it may have been on the wire when the answer arrived, or its own answer was not recorded"

// outcomeTold reports whether the answer to a look-up tells what became of a
// call: data, or that there is no such order. Where the recorder did not keep
// enough of it nobody knows.
func outcomeTold(c *rule.Trial, e *rule.Event) (tells, known bool) {
	switch {
	case e.Means == traffic.NoSuchOrder, e.Means == traffic.CancelRejected && e.Method == "DELETE": // the latter as far as lookOf lets it
		return true, true
	case !e.Answered:
		return false, e.Lost() != ""
	case e.Status == 0: // not kept: an answer without a code is taken for the data
		return e.Code == 0, true
	case e.Status == 429, e.Status == 418, e.Maker == traffic.MakerIntermediary:
		return false, true
	case e.Status/100 == 4 && e.Code == 0:
		return false, false
	case e.Succeeded && e.Method == "GET" && e.List == rule.NoList && !readsOrder(c, e):
		return false, false // a list was asked for, and something else came, or was recorded
	}
	return e.Succeeded && !e.NoData, true
}

// before reports whether the answer surely arrived before a request was
// sent. Recordings without instants of their own keep exchanges in the order in which
// they completed, one after the other.
func (u *unknown) before(c *rule.Trial, e *rule.Event) bool {
	return !e.Exact || follows(e, u.received) || e.Business == u.business && sentAgain(c, e, u.at, u.received)
}

// mayPrecede reports whether the answer may have arrived before a request was
// sent.
func (u *unknown) mayPrecede(e *rule.Event) bool {
	return u.at.Number != 0 && (!e.Exact || !e.Sent.Before(u.received))
}
