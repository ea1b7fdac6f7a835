package general

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// look is what a request can show of a call whose outcome is unknown.
type look uint8

const (
	lookNone   look = iota
	lookNarrow      // it asks for a part of what there is, in which the call need not stand
	lookWhole       // its answer tells
)

// narrowLook is why what follows such a look-up is not judged.
const narrowLook = "the look-up before it asked for a part of a list in which the call need not stand"

// farOff is how far a list may begin behind a call, or end before it, for the
// clocks of client and venue to be the reason: requests with a clock that is
// further off are refused.
const farOff = time.Minute

// lookOf says what a request can show: a read of the order itself, a list or a
// history in which the call would stand, or a cancel of the order, which fails
// when there is none.
func (u *unknown) lookOf(e *rule.Event) look {
	name, orders := lastSegment(e.Path), u.isOrder()
	switch {
	case topic(e.Path) != topic(u.path), u.lookElsewhere(e):
		return lookNone
	case name == "order":
		if orders && e.OrderRef != 0 && (e.OrderRef == u.clientID || e.OrderRef == u.orderRef) &&
			(e.Method == "GET" || e.Method == "DELETE" && e.Business != u.business) {
			return lookWhole
		}
		return lookNone
	case e.Method == "DELETE":
		if orders && name == "openOrders" && e.Business != u.business {
			return lookWhole
		}
		return lookNone
	case e.Method != "GET", !u.isListOf(name, e.Path, orders):
		return lookNone
	case u.isPartOf(e, name):
		return lookNarrow
	}
	return lookWhole
}

// isOrder reports a call that places or cancels orders.
func (u *unknown) isOrder() bool {
	name := lastSegment(u.path)
	return name == "order" || name == "oco" || name == "openOrders" || strings.HasPrefix(name, "order") || strings.HasPrefix(name, "cancel") || strings.HasSuffix(name, "Orders")
}

// isListOf reports the last segment of a path that lists calls such as this: of an
// order the lists of orders and trades, of another the route itself and records.
func (u *unknown) isListOf(name, path string, orders bool) bool {
	switch name {
	case "openOrders", "allOrders", "myTrades":
		return orders
	case "orderList", "allOrderList", "openOrderList":
		return orders && lastSegment(u.path) != "order" // which is in no list of orders
	}
	if orders {
		return false
	}
	for _, kind := range [...]string{"history", "record", "records"} {
		if len(name) >= len(kind) && strings.EqualFold(name[len(name)-len(kind):], kind) {
			return true
		}
	}
	return path == u.path
}

// lookElsewhere reports a request for another symbol or asset, or for another time.
func (u *unknown) lookElsewhere(e *rule.Event) bool {
	if e.Symbol != 0 && u.symbol != 0 && e.Symbol != u.symbol || e.Ask.Asset != 0 && u.ask.Asset != 0 && e.Ask.Asset != u.ask.Asset {
		return true
	}
	if !u.sent.Known() || !u.received.Known() {
		return false
	}
	return e.Ask.From > u.received.Latest.Add(farOff).UnixMilli() || e.Ask.Until != 0 && e.Ask.Until < u.sent.Earliest.Add(-farOff).UnixMilli()
}

// isPartOf reports a list that need not hold the call: one that begins at an id, or
// at about the time, or of the open orders of one that never stands open, or of the
// trades of one that may.
func (u *unknown) isPartOf(e *rule.Event, name string) bool {
	switch {
	case e.Ask.Narrow && (e.OrderRef == 0 || e.OrderRef != u.orderRef):
		return true
	case name == "openOrders":
		return u.ask.Immediate
	case name == "myTrades":
		return !u.ask.Immediate
	}
	return u.received.Known() && (e.Ask.From > u.sent.Earliest.UnixMilli() || e.Ask.Until != 0 && e.Ask.Until < u.received.Latest.UnixMilli())
}

// topic is the part of the API that a path belongs to: a margin order stands in no
// list of spot orders, nor a withdrawal among transfers. Withdrawals are those of
// /wapi and /sapi alike.
func topic(path string) string {
	if at := strings.Index(path, "withdraw"); at >= 0 {
		return "withdraw"
	}
	family, call, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if family == "api" {
		return family
	}
	_, call, _ = strings.Cut(call, "/") // the version
	first, _, _ := strings.Cut(call, "/")
	return strings.TrimSuffix(first, ".html")
}

// lastSegment is what a path's last segment names.
func lastSegment(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".html")
}

// isBalance reports the path of a call that lists what an account holds.
func isBalance(path string) bool {
	switch lastSegment(path) {
	case "account", "accountSnapshot", "getall", "getUserAsset", "get-funding-asset":
		return true
	}
	return false
}
