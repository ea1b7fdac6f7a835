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

// unnamedLook is why what follows a read of some order is not judged: the venue
// answers none that names no order.
const unnamedLook = "the recording does not say which order the look-up before it asked for"

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
	case e.Method == "DELETE":
		return u.cancelOf(e, name)
	case e.Method != "GET":
		return lookNone
	case name == "order" && orders:
		return u.readOf(e)
	case !u.isListOf(name, e.Path, orders):
		if orders || e.Endpoint != nil || isBalance(e.Path) || !e.HasSignature {
			return lookNone
		}
		return lookNarrow // what the catalogue does not know, of the same part of the API
	case u.isPartOf(e, name):
		return lookNarrow
	}
	return lookWhole
}

// readOf is what a read of one order shows.
func (u *unknown) readOf(e *rule.Event) look {
	switch {
	case u.isNamedBy(e):
		return lookWhole
	case e.OrderRef == 0, u.isList():
		return lookNarrow // it may be the order, whose id was not recorded, or one of the list's
	}
	return lookNone
}

// isNamedBy reports a request for the very order.
func (u *unknown) isNamedBy(e *rule.Event) bool {
	return e.OrderRef != 0 && (e.OrderRef == u.clientID || e.OrderRef == u.orderRef)
}

// cancelOf is what a cancel shows. One that is carried out leaves nothing that
// could act twice; one that is refused finds no open order, which a filled one is
// not either. Of one whose id was not recorded nobody can say what it cancelled.
func (u *unknown) cancelOf(e *rule.Event, name string) look {
	one, all := name == "order" && u.isNamedBy(e), name == "openOrders"
	unnamed := name == "order" && e.OrderRef == 0
	switch {
	case !u.isOrder() || !one && !all && !unnamed || e.Business == u.business:
		return lookNone
	case e.Succeeded && (one || all && !u.ask.Immediate):
		return lookWhole
	}
	return lookNarrow
}

// isOrder reports a call that places or cancels orders.
func (u *unknown) isOrder() bool {
	name := lastSegment(u.path)
	return u.isList() || strings.HasPrefix(name, "order") || strings.HasPrefix(name, "cancel") || strings.HasSuffix(name, "Orders")
}

// isList reports a call that places or cancels a list of orders.
func (u *unknown) isList() bool {
	switch lastSegment(u.path) {
	case "oco", "oto", "otoco", "opo", "opoco", "orderList":
		return true
	}
	return false
}

// isListOf reports the last segment of a path that lists calls such as this: of an
// order the lists of orders and trades, of another the route itself and records.
func (u *unknown) isListOf(name, path string, orders bool) bool {
	switch name {
	case "openOrders", "allOrders", "myTrades":
		return orders
	case "orderList", "allOrderList", "openOrderList":
		return u.isList()
	}
	if orders {
		return false
	}
	for _, kind := range [...]string{"history", "record", "records"} {
		if len(name) >= len(kind) && strings.EqualFold(name[len(name)-len(kind):], kind) {
			return true
		}
	}
	return lastSegment(path) == lastSegment(u.path) || strings.Contains(name, "ribblet")
}

// lookElsewhere reports a request for another symbol or asset, or for another time.
func (u *unknown) lookElsewhere(e *rule.Event) bool {
	if e.Symbol != 0 && u.symbol != 0 && e.Symbol != u.symbol || e.Ask.Asset != 0 && u.ask.Asset != 0 && e.Ask.Asset != u.ask.Asset {
		return true
	}
	far := farOff.Milliseconds()
	apart := func(at int64) bool { return e.Ask.From > at+far || e.Ask.Until != 0 && e.Ask.Until < at-far }
	return u.when() != 0 && apart(u.when()) && (u.date.IsZero() || apart(u.date.UnixMilli()))
}

// when is when the call was made by the clock that the client asks by, in
// milliseconds since 1970, or by the venue's; 0 where neither is known. The
// recorder's may be another.
func (u *unknown) when() int64 {
	if u.ask.At == 0 && !u.date.IsZero() {
		return u.date.UnixMilli()
	}
	return u.ask.At
}

// isPartOf reports a list that need not hold the call: one that begins at an id, or
// at about the time, or of the open orders of one that never stands open, or of the
// trades of one that may.
func (u *unknown) isPartOf(e *rule.Event, name string) bool {
	switch {
	case e.Ask.Narrow && (e.OrderRef == 0 || e.OrderRef != u.orderRef) && (e.ClientID == 0 || e.ClientID != u.clientID), e.Ask.Isolated != u.ask.Isolated, e.Ask.Type != 0 && e.Ask.Type != u.ask.Type:
		return true
	case name == "openOrders" && u.ask.Immediate, name == "myTrades" && !u.ask.Immediate:
		return true
	}
	at := u.when()
	return (e.Ask.From != 0 || e.Ask.Until != 0) && (at == 0 || e.Ask.From > at || e.Ask.Until != 0 && e.Ask.Until < at)
}

// topic is the part of the API that a path belongs to: a margin order stands in no
// list of spot orders, nor a withdrawal among transfers. Withdrawals are those of
// /wapi and /sapi alike.
func topic(path string) string {
	if strings.Contains(path, "withdraw") {
		return "withdraw"
	}
	if strings.Contains(path, "ribblet") || strings.HasSuffix(path, "/dust") {
		return "dust"
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
