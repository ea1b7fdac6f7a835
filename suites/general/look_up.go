package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
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
func (u *unknown) lookOf(c *rule.Trial, e *rule.Event) look {
	if e.Method != "GET" && e.Method != "DELETE" {
		return lookNone
	}
	switch call, orders := c.Edition.Call(e.Path), u.isOrder(); {
	case call.Part != u.call.Part, u.lookElsewhere(e):
		return lookNone
	case e.Method == "DELETE":
		return u.cancelOf(e, call.Kind)
	case call.Kind == edition.CallOrder && orders:
		return u.readOf(e)
	case !u.isListOf(call, orders):
		if orders || e.Endpoint != nil || call.Kind == edition.CallBalances || !e.HasSignature {
			return lookNone
		}
		return lookNarrow // what the catalogue does not know, of the same part of the API
	case u.isPartOf(e, call.Kind):
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
func (u *unknown) cancelOf(e *rule.Event, kind edition.CallKind) look {
	one, all := kind == edition.CallOrder && u.isNamedBy(e), kind == edition.CallOpenOrders
	unnamed := kind == edition.CallOrder && e.OrderRef == 0
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
	switch u.call.Kind {
	case edition.CallOrder, edition.CallOpenOrders, edition.CallAllOrders, edition.CallOrderList, edition.CallOrders:
		return true
	}
	return false
}

// isList reports a call that places or cancels a list of orders.
func (u *unknown) isList() bool { return u.call.Kind == edition.CallOrderList }

// isListOf reports a call that lists such as this: of an order the lists of orders
// and trades, of another the route itself and records.
func (u *unknown) isListOf(call edition.Call, orders bool) bool {
	switch call.Kind {
	case edition.CallOpenOrders, edition.CallAllOrders, edition.CallTrades:
		return orders
	case edition.CallOrderList, edition.CallOrderLists:
		return u.isList()
	}
	return !orders && (call.Kind == edition.CallRecords || call.Name == u.call.Name)
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
func (u *unknown) isPartOf(e *rule.Event, kind edition.CallKind) bool {
	switch {
	case e.Ask.Narrow && (e.OrderRef == 0 || e.OrderRef != u.orderRef) && (e.ClientID == 0 || e.ClientID != u.clientID), e.Ask.Isolated != u.ask.Isolated, e.Ask.Type != 0 && e.Ask.Type != u.ask.Type:
		return true
	case kind == edition.CallOpenOrders && u.ask.Immediate, kind == edition.CallTrades && !u.ask.Immediate:
		return true
	}
	at := u.when()
	return (e.Ask.From != 0 || e.Ask.Until != 0) && (at == 0 || e.Ask.From > at || e.Ask.Until != 0 && e.Ask.Until < at)
}
