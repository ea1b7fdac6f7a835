package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var lost = time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC)

// asked is what rules are handed of the edition.
var asked = &rule.Trial{Edition: edition.Default()}

// of is a call of unknown outcome as it would be of another route.
func (u unknown) of(path string) unknown {
	u.path, u.call = path, asked.Edition.Call(path)
	return u
}

// What a request can show of a call of unknown outcome, by its route, its symbol
// and the time that it asks for.
func TestWhatLookUpsCanShow(t *testing.T) {
	order := unknown{business: 1, clientID: 7, orderRef: 8, symbol: 5, ask: traffic.Ask{At: lost.UnixMilli()}}.of("/api/v3/order")
	market, list, margin, dust := order, order.of("/api/v3/orderList/oco"), order.of("/sapi/v1/margin/order"), unknown{}.of("/sapi/v1/asset/dust")
	dated, isolated := order, margin
	dated.ask.At, dated.date = 0, lost
	isolated.ask.Isolated = 6
	market.ask.Immediate = true
	withdrawal := unknown{ask: traffic.Ask{Asset: 3, At: lost.UnixMilli()}}.of("/wapi/v3/withdraw.html")
	loan := withdrawal.of("/sapi/v1/margin/loan")
	replaced, cancelled, batch := order.of("/api/v3/order/cancelReplace"), order.of("/api/v3/openOrders"), order.of("/api/v3/batchOrders")
	named, drawn := loan, withdrawal
	named.clientID, drawn.clientID = 7, 7
	typed, ahead := loan, order
	typed.ask.Type, ahead.date = 1, lost.Add(2*time.Hour)
	ms := func(d time.Duration) int64 { return lost.Add(d).UnixMilli() }
	get := func(path string, change ...func(e *rule.Event)) *rule.Event {
		e := &rule.Event{Method: "GET", Path: path, Business: 2}
		for _, c := range change {
			c(e)
		}
		return e
	}
	from := func(n int64) func(*rule.Event) { return func(e *rule.Event) { e.Ask.From = n } }
	until := func(n int64) func(*rule.Event) { return func(e *rule.Event) { e.Ask.Until = n } }
	symbol := func(n uint64) func(*rule.Event) { return func(e *rule.Event) { e.Symbol = n } }
	asset := func(n uint64) func(*rule.Event) { return func(e *rule.Event) { e.Ask.Asset = n } }
	ref := func(n uint64) func(*rule.Event) { return func(e *rule.Event) { e.OrderRef = n } }
	id := func(n uint64) func(*rule.Event) { return func(e *rule.Event) { e.ClientID = n } }
	method := func(m string) func(*rule.Event) { return func(e *rule.Event) { e.Method = m } }
	kind := func(n uint64) func(*rule.Event) { return func(e *rule.Event) { e.Ask.Type = n } }
	narrow := func(e *rule.Event) { e.Ask.Narrow = true }
	signed := func(e *rule.Event) { e.HasSignature = true }
	done := func(e *rule.Event) { e.Succeeded = true }
	itself := func(e *rule.Event) { e.Business = 1 }
	for _, c := range []struct {
		name string
		u    unknown
		e    *rule.Event
		want look
	}{
		{"the order by the client's id", order, get("/api/v3/order", ref(7)), lookWhole},
		{"the order by its own id", order, get("/api/v3/order", ref(8)), lookWhole},
		{"another order", order, get("/api/v3/order", ref(9)), lookNone},
		{"a cancel of it that is carried out", order, get("/api/v3/order", ref(7), method("DELETE"), done), lookWhole},
		{"a cancel of it that is refused", order, get("/api/v3/order", ref(7), method("DELETE")), lookNarrow},
		{"an order of a list", list, get("/api/v3/order", ref(9)), lookNarrow},
		{"an order of a list, cancelled by its name", order, get("/api/v3/orderList", ref(7), method("DELETE"), done), lookNone},
		{"a cancel of one that is filled at once, carried out", market, get("/api/v3/order", ref(7), method("DELETE"), done), lookWhole},
		{"what the catalogue does not know, of an order", order, get("/api/v3/none", signed), lookNone},
		{"balances, of a loan", loan, get("/sapi/v1/margin/account", signed), lookNone},
		{"records of another part of the API", loan, get("/sapi/v1/asset/tranHistory", signed), lookNone},
		{"records of its type", typed, get("/sapi/v1/margin/loanRecord", kind(1)), lookWhole},
		{"records of another type", typed, get("/sapi/v1/margin/loanRecord", kind(2)), lookNarrow},
		{"from later on by the client's clock, and not by the Date", ahead, get("/api/v3/allOrders", from(ms(2*time.Minute))), lookNarrow},
		{"from later on by both", ahead, get("/api/v3/allOrders", from(ms(2*time.Hour+2*time.Minute))), lookNone},
		{"some order", order, get("/api/v3/order"), lookNarrow},
		{"the cancel itself", order, get("/api/v3/order", ref(7), method("DELETE"), itself), lookNone},
		{"an order placed", order, get("/api/v3/order", ref(7), method("POST")), lookNone},
		{"another version", order, get("/api/v1/order", ref(7)), lookWhole},
		{"a margin order", order, get("/sapi/v1/margin/order", ref(7)), lookNone},
		{"a margin order of a margin order", margin, get("/sapi/v1/margin/order", ref(7)), lookWhole},
		{"all that are open are cancelled", order, get("/api/v3/openOrders", method("DELETE"), done), lookWhole},
		{"all that are open are cancelled, of one that never is", market, get("/api/v3/openOrders", method("DELETE"), done), lookNarrow},
		{"all that are open, the call itself", order, get("/api/v3/openOrders", method("DELETE"), itself, done), lookNone},
		{"another DELETE", order, get("/api/v3/allOrders", method("DELETE")), lookNone},
		{"open orders", order, get("/api/v3/openOrders"), lookWhole},
		{"open orders of its symbol", order, get("/api/v3/openOrders", symbol(5)), lookWhole},
		{"open orders of another symbol", order, get("/api/v3/openOrders", symbol(6)), lookNone},
		{"open orders, of one that is filled at once", market, get("/api/v3/openOrders"), lookNarrow},
		{"trades, of one that may stand open", order, get("/api/v3/myTrades", symbol(5)), lookNarrow},
		{"trades, of one that is filled at once", market, get("/api/v3/myTrades", symbol(5)), lookWhole},
		{"all orders", order, get("/api/v3/allOrders", symbol(5)), lookWhole},
		{"all orders, posted", order, get("/api/v3/allOrders", method("POST")), lookNone},
		{"lists of orders, of an order in none", order, get("/api/v3/allOrderList"), lookNone},
		{"lists of orders, of one in a list", list, get("/api/v3/allOrderList"), lookWhole},
		{"open lists", list, get("/api/v3/openOrderList"), lookWhole},
		{"a list", list, get("/api/v3/orderList"), lookWhole},
		{"records, of an order", order, get("/api/v3/history"), lookNone},
		{"from an id on", order, get("/api/v3/allOrders", narrow), lookNarrow},
		{"from its own id on", order, get("/api/v3/allOrders", narrow, ref(8)), lookWhole},
		{"from another's id on", order, get("/api/v3/allOrders", narrow, ref(9)), lookNarrow},
		{"from its sending on", order, get("/api/v3/allOrders", from(ms(0))), lookWhole},
		{"from a little later on", order, get("/api/v3/allOrders", from(ms(1*time.Millisecond))), lookNarrow},
		{"from a minute after it on", order, get("/api/v3/allOrders", from(ms(time.Minute))), lookNarrow},
		{"from later on", order, get("/api/v3/allOrders", from(ms(time.Minute+time.Millisecond))), lookNone},
		{"until it", order, get("/api/v3/allOrders", until(ms(0))), lookWhole},
		{"from later on, by the Date", dated, get("/api/v3/allOrders", from(ms(time.Minute+time.Millisecond))), lookNone},
		{"orders of an isolated account, of one", isolated, get("/sapi/v1/margin/allOrders", func(e *rule.Event) { e.Ask.Isolated = 6 }), lookWhole},
		{"orders of the cross account, of an isolated one", isolated, get("/sapi/v1/margin/allOrders"), lookNarrow},
		{"dust", dust, get("/wapi/v3/userAssetDribbletLog.html"), lookWhole},
		{"withdrawals, of dust", dust, get("/wapi/v3/withdrawHistory.html"), lookNone},
		{"until a little before", order, get("/api/v3/allOrders", until(ms(-time.Millisecond))), lookNarrow},
		{"until a minute before its sending", order, get("/api/v3/allOrders", until(ms(-time.Minute))), lookNarrow},
		{"until earlier", order, get("/api/v3/allOrders", until(ms(-time.Minute-time.Millisecond))), lookNone},
		{"withdrawals", withdrawal, get("/wapi/v3/withdrawHistory.html", asset(3)), lookWhole},
		{"withdrawals of another asset", withdrawal, get("/wapi/v3/withdrawHistory.html", asset(4)), lookNone},
		{"withdrawals of any", withdrawal, get("/wapi/v3/withdrawHistory.html"), lookWhole},
		{"withdrawals elsewhere", withdrawal, get("/sapi/v1/capital/withdraw/history"), lookWhole},
		{"deposits", withdrawal, get("/wapi/v3/depositHistory.html"), lookNone},
		{"its own route", loan, get("/sapi/v1/margin/loan"), lookWhole},
		{"records beside it", loan, get("/sapi/v1/margin/interestHistory"), lookWhole},
		{"records", loan, get("/sapi/v1/margin/loanRecord"), lookWhole},
		{"other records", loan, get("/sapi/v1/margin/loanRecords"), lookWhole},
		{"another route", loan, get("/sapi/v1/margin/repay", signed), lookNarrow},
		{"withdrawals, by its own id", drawn, get("/wapi/v3/withdrawHistory.html", narrow, id(7)), lookWhole},
		{"withdrawals, by another id", drawn, get("/wapi/v3/withdrawHistory.html", narrow, id(8)), lookNarrow},
		{"withdrawals, by some id", withdrawal, get("/wapi/v3/withdrawHistory.html", narrow, id(8)), lookNarrow},
		{"orders from its own id on", order, get("/api/v3/allOrders", narrow, ref(8)), lookWhole},
		{"orders from another id on", order, get("/api/v3/allOrders", narrow, ref(9)), lookNarrow},
		{"its records elsewhere", loan, get("/sapi/v1/margin/query/loan", signed), lookWhole},
		{"prices", loan, get("/sapi/v1/margin/repay"), lookNone},
		{"orders", loan, get("/sapi/v1/margin/allOrders"), lookNone},
		{"an order", loan, get("/sapi/v1/margin/order", ref(7)), lookNone},
		{"an order, of a loan with an id", named, get("/sapi/v1/margin/order", ref(7)), lookNone},
		{"lists of orders, of a loan", loan, get("/sapi/v1/margin/openOrderList"), lookNone},
		{"its own route, for a symbol that it has not", loan, get("/sapi/v1/margin/loan", symbol(5)), lookWhole},
		{"orders of an asset, of an order that names none", order, get("/api/v3/allOrders", asset(3)), lookWhole},
		{"open orders, of an order replaced", replaced, get("/api/v3/openOrders"), lookWhole},
		{"open orders, of all that were cancelled", cancelled, get("/api/v3/openOrders"), lookWhole},
		{"records, of orders in a batch", batch, get("/api/v3/allOrders"), lookWhole},
		{"cancels", loan, get("/sapi/v1/margin/openOrders", method("DELETE")), lookNone},
	} {
		if got := c.u.lookOf(asked, c.e); got != c.want {
			t.Errorf("%s: expected %d, found %d", c.name, c.want, got)
		}
	}
	for kind, want := range map[string]look{"oco": lookWhole, "oto": lookWhole, "otoco": lookWhole, "opo": lookWhole, "opoco": lookWhole, "ooo": lookNone} {
		u := unknown{}.of("/api/v3/orderList/" + kind)
		if got := u.lookOf(asked, get("/api/v3/allOrderList")); got != want {
			t.Errorf("lists of orders, of one placed by %s: expected %d, found %d", kind, want, got)
		}
	}
	together := unknown{}.of("/api/v3/orderList")
	if got := together.lookOf(asked, get("/api/v3/allOrderList")); got != lookWhole {
		t.Errorf("lists of orders, of one cancelled: expected %d, found %d", lookWhole, got)
	}
	unseen := order
	unseen.ask.At = 0
	for _, apart := range []func(*rule.Event){from(ms(time.Hour)), until(ms(time.Hour))} {
		if got := unseen.lookOf(asked, get("/api/v3/allOrders", apart)); got != lookNarrow {
			t.Errorf("expected times to leave it open where nobody knows when the call was made, found %d", got)
		}
	}
}

// Another call may stand for one of unknown outcome where it asks for the same,
// otherwise.
func TestAnotherCall(t *testing.T) {
	u := unknown{path: "/api/v3/order", symbol: 5, ask: traffic.Ask{Side: 2, Asset: 3}}
	for name, c := range map[string]struct {
		change func(*rule.Event)
		want   bool
	}{
		"for more":            {func(e *rule.Event) { e.Ask.At = 9 }, true},
		"another method":      {func(e *rule.Event) { e.Method = "DELETE" }, false},
		"another route":       {func(e *rule.Event) { e.Path = "/api/v3/order/oco" }, false},
		"its caller's":        {func(e *rule.Event) { e.Annotation = &traffic.Annotation{Command: traffic.Command{ID: 1}} }, false},
		"of another symbol":   {func(e *rule.Event) { e.Symbol = 6 }, false},
		"of the other side":   {func(e *rule.Event) { e.Ask.Side = 3 }, false},
		"of another asset":    {func(e *rule.Event) { e.Ask.Asset = 4 }, false},
		"of no asset":         {func(e *rule.Event) { e.Ask.Asset = 0 }, false},
		"by the client's own": {func(e *rule.Event) { e.Annotation = &traffic.Annotation{Command: traffic.Command{ID: 1, Own: true}} }, true},
	} {
		e := &rule.Event{Method: "POST", Path: "/api/v3/order", Symbol: 5, Ask: traffic.Ask{Side: 2, Asset: 3}}
		if c.change(e); u.isAnother(e) != c.want {
			t.Errorf("%s: expected to be another: %t, found %t", name, c.want, !c.want)
		}
	}
}

// The last calls are kept, and those of them that were made while another waited for
// its answer leave that in doubt.
func TestCallsMadeByTheClient(t *testing.T) {
	var made madeCalls
	for n := range recentKept + 2 {
		made.add(&rule.Event{At: traffic.Position{Number: n + 1}, Business: 9, Sent: at(time.Duration(n) * time.Second)})
	}
	kept := map[int]bool{}
	for _, m := range made.kept {
		kept[m.number] = true
	}
	if len(made.kept) != recentKept || kept[1] || kept[2] || !kept[3] || !kept[recentKept+2] {
		t.Errorf("expected calls 3 to %d to be kept, found %v", recentKept+2, kept)
	}
	timeless := &rule.Event{At: traffic.Position{Number: 99}, Business: 9}
	u := unknowns{kept: recent[unknown]{{at: timeless.At}}}
	if u.hedged(nil, timeless, made.kept); u.kept[0].doubted {
		t.Error("expected no doubt about a call that was sent nobody knows when, found one")
	}
}

// What a recording shows of a look-up's answer.
func TestWhatLookUpsAreTold(t *testing.T) {
	lostAnswer := &traffic.Annotation{Lost: traffic.LostReset}
	for _, c := range []struct {
		name         string
		e            rule.Event
		tells, known bool
	}{
		{"data", rule.Event{Method: "GET", Path: "/api/v3/order", Answered: true, Status: 200, Maker: traffic.MakerVenue, Succeeded: true}, true, true},
		{"a list", rule.Event{Method: "GET", Path: "/api/v3/openOrders", Answered: true, Status: 200, Succeeded: true, List: rule.EmptyList}, true, true},
		{"no list, asked for one", rule.Event{Method: "GET", Path: "/api/v3/openOrders", Answered: true, Status: 200, Succeeded: true}, false, false},
		{"no such order", rule.Event{Answered: true, Status: 400, Code: -1, Means: traffic.NoSuchOrder}, true, true},
		{"nothing to cancel", rule.Event{Answered: true, Status: 400, Code: -1, Means: traffic.CancelRejected, Method: "DELETE"}, true, true},
		{"the same code of a read", rule.Event{Answered: true, Status: 400, Code: -1, Means: traffic.CancelRejected, Method: "GET"}, false, true},
		{"an answer that was seen to be lost", rule.Event{Annotation: lostAnswer}, false, true},
		{"no answer", rule.Event{}, false, false},
		{"what was recorded without a status", rule.Event{Answered: true}, true, true},
		{"a code that was", rule.Event{Answered: true, Code: -1021}, false, true},
		{"a limit", rule.Event{Answered: true, Status: 429, Succeeded: true}, false, true},
		{"a ban", rule.Event{Answered: true, Status: 418, Succeeded: true}, false, true},
		{"a box in between", rule.Event{Answered: true, Status: 403, Maker: traffic.MakerIntermediary}, false, true},
		{"a 4XX without a code", rule.Event{Answered: true, Status: 404}, false, false},
		{"a 4XX with one", rule.Event{Answered: true, Status: 400, Code: -1021}, false, true},
		{"a 5XX", rule.Event{Answered: true, Status: 500}, false, true},
		{"a 2XX without what was asked for", rule.Event{Answered: true, Status: 200, Succeeded: true, NoData: true}, false, true},
	} {
		if tells, known := outcomeTold(asked, &c.e); tells != c.tells || known != c.known {
			t.Errorf("%s: expected %t, known %t, found %t, known %t", c.name, c.tells, c.known, tells, known)
		}
	}
}

// The look-up that told first is the one that a resend must have waited for, and a
// narrow one leaves undecided what follows.
func TestLookUpThatToldFirst(t *testing.T) {
	read := func(number int, received time.Duration, means traffic.Meaning) *rule.Event {
		e := &rule.Event{At: traffic.Position{Number: number}, Method: "GET", Path: "/api/v3/order", Answered: true, Status: 400, Code: -1, Means: means}
		e.Sent, e.Received, e.Exact = at(time.Second), at(received), true
		return e
	}
	const notThere, clock = traffic.NoSuchOrder, traffic.BadTimestamp
	u := unknown{at: traffic.Position{Number: 1}, received: at(0)}
	for _, c := range []struct {
		name           string
		e              *rule.Event
		lookUp, inVain int
	}{
		{"refused", read(2, 2*time.Second, clock), 0, 2},
		{"not there", read(3, 4*time.Second, notThere), 3, 2},
		{"told later", read(4, 5*time.Second, notThere), 3, 2},
		{"told before", read(5, 3*time.Second, notThere), 5, 2},
		{"told nobody knows when", &rule.Event{At: traffic.Position{Number: 6}, Method: "GET", Path: "/api/v3/order", Means: notThere}, 5, 2},
	} {
		if u.lookedUp(asked, c.e); u.lookUp != c.lookUp || u.inVain != c.inVain || u.asked != "" {
			t.Errorf("%s: expected look-ups %d and, in vain, %d, found %d and %d, %q", c.name, c.lookUp, c.inVain, u.lookUp, u.inVain, u.asked)
		}
	}
	unanswered := &rule.Event{Method: "GET", Path: "/api/v3/order"}
	for _, c := range []struct {
		name, asked, want string
		e                 *rule.Event
	}{
		{"it tells", "", unnamedLook, read(2, 2*time.Second, notThere)},
		{"nobody knows what it told", "", unnamedLook, unanswered},
		{"it tells of another order", "", narrowLook, &rule.Event{Method: "GET", Path: "/api/v3/order", OrderRef: 9}},
		{"it tells of some", "", narrowLook, &rule.Event{Method: "GET", Path: "/api/v3/openOrders"}},
		{"it tells nothing", "", "", read(2, 2*time.Second, clock)},
		{"another doubt was there first", askedPerhaps, askedPerhaps, read(2, 2*time.Second, notThere)},
	} {
		n := unknown{asked: c.asked}
		if n.narrowed(asked, c.e); n.asked != c.want {
			t.Errorf("%s: expected %q, found %q", c.name, c.want, n.asked)
		}
	}
}
