package main

import (
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// lost is a call whose outcome is UNKNOWN.
type lost struct {
	*reading
	ends []look // look-ups of it, in the order of their answers
}

// look is what a request that may have shown the outcome did show.
type look struct {
	*reading
	shows shown
	why   string
}

type shown uint8

const (
	nothing shown = iota // it was refused, or asked for something else
	perhaps              // it need not show the call
	absent               // the call left no trace
	found                // there is one, or there are some
)

// notBusiness are parameters that do not say what a call does.
var notBusiness = []string{"timestamp", "recvWindow", "signature", "newClientOrderId", "listClientOrderId", "strategyId", "strategyType", "newOrderRespType"}

// unknownOutcome reports whether the answer leaves the execution status UNKNOWN.
func unknownOutcome(r *reading) bool {
	n, _ := r.code()
	switch {
	case n == -1006 || n == -1007:
		return true
	case r.family == "wapi":
		return r.Response.Status == 504
	}
	return (r.family == "api" || r.family == "sapi") && r.Response.Status/100 == 5
}

// actsTwice reports whether sending a call again may act again.
func actsTwice(r *reading) bool {
	if r.route == nil || r.route.Safe {
		return false
	}
	named := slices.ContainsFunc(r.route.Repetition.NamedBy, func(name string) bool { return r.params[name] != "" })
	return r.route.Repetition.ActsTwice || len(r.route.Repetition.NamedBy) > 0 && !named
}

// business is what a call does, however it is written.
func business(r *reading) string {
	var parts []string
	for name, v := range r.params {
		if slices.Contains(notBusiness, name) {
			continue
		}
		if n, ok := new(big.Rat).SetString(v); ok && strings.Trim(v, "0123456789.") == "" {
			v = n.RatString()
		}
		parts = append(parts, name+"="+v)
	}
	slices.Sort(parts)
	return r.Request.Method + " " + unversioned(r.path) + "?" + strings.Join(parts, "&")
}

// unversioned is a path without the version of the API.
func unversioned(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) > 2 {
		parts[2] = "v"
	}
	return strings.Join(parts, "/")
}

// blindResend reads G10a.
func blindResend(xs []*reading, j *judgement) {
	for _, l := range xs {
		if l.answered() && unknownOutcome(l) && actsTwice(l) {
			judgeResends(l, xs, j)
		}
	}
}

func judgeResends(l *reading, xs []*reading, j *judgement) {
	seen := nothing
	for _, r := range bySending(xs) {
		if r == l || r.Client != l.Client || r.key != l.key || r.sent.Before(l.sent) {
			continue
		}
		if k := lookAt(r, l); k.shows >= absent && r.sent.After(l.received) {
			j.keep(r, "looks up exchange %d: %s", l.number, k.why)
		}
		if !actsTwice(r) {
			continue
		}
		same := business(r) == business(l)
		if !same && !akin(r, l) {
			continue
		}
		if !r.sent.After(l.received) {
			if same && r.sent.Sub(l.sent) > twins {
				j.doubt(r, "the same call, made while exchange %d waited for its answer", l.number)
			}
			continue
		}
		k := known(r, l, xs)
		seen = max(seen, k.shows)
		switch {
		case k.shows == absent:
			j.keep(r, "exchange %d had been looked up: %s", l.number, k.why)
			return
		case !same:
			j.doubt(r, "may stand for exchange %d", l.number)
		case k.shows == found:
			j.doubt(r, "exchange %d shows orders; nobody can say whether another was wanted", k.number)
			return
		case k.shows == perhaps:
			j.doubt(r, "of exchange %d only %s", l.number, k.why)
			return
		case r.params["newClientOrderId"] != "" && r.params["newClientOrderId"] == l.params["newClientOrderId"]:
			j.doubt(r, "has the client order id of exchange %d, and may rely on its being refused", l.number)
			return
		default:
			j.fail(r, "exchange %d is sent again, and nobody looked", l.number)
			return
		}
	}
}

// twins are the same calls made at once: not the one because the other did not come
// back.
const twins = 200 * time.Millisecond

// akin reports whether a call may stand for a lost one: the same symbol and side,
// or the same asset.
func akin(r, l *reading) bool {
	if l.family != r.family || r.Request.Method != l.Request.Method {
		return false
	}
	if l.params["symbol"] != "" {
		return r.params["symbol"] == l.params["symbol"] && r.params["side"] == l.params["side"]
	}
	return l.params["asset"] != "" && r.params["asset"] == l.params["asset"]
}

func bySending(xs []*reading) []*reading {
	sorted := slices.Clone(xs)
	slices.SortStableFunc(sorted, func(a, b *reading) int { return a.sent.Compare(b.sent) })
	return sorted
}

// known is the most that the client had been shown of a lost call when it sent r.
func known(r, l *reading, xs []*reading) look {
	best := look{}
	for _, q := range xs {
		if q == r || q.Client != l.Client || q.key != l.key || q.sent.Before(l.received) || q.answered() && q.received.After(r.sent) || q.sent.After(r.sent) {
			continue
		}
		k := lookAt(q, l)
		if k.shows != nothing && q.sent.Equal(l.received) {
			k.shows, k.why = perhaps, k.why+", perhaps before the answer came"
		}
		if k.shows > best.shows {
			best = k
		}
	}
	return best
}

// lists are the reads that list what a call has made, by its route without the
// version.
var lists = map[string][]string{
	"/api/v/order":                      {"openOrders", "allOrders", "myTrades"},
	"/api/v/order/oco":                  {"openOrders", "allOrders"},
	"/api/v/openOrders":                 {"openOrders", "allOrders"},
	"/sapi/v/margin/order":              {"margin/openOrders", "margin/allOrders", "margin/myTrades"},
	"/sapi/v/margin/loan":               {"margin/loan"},
	"/sapi/v/margin/repay":              {"margin/repay"},
	"/sapi/v/margin/transfer":           {"margin/transfer"},
	"/wapi/v/withdraw.html":             {"withdrawHistory.html"},
	"/wapi/v/sub-account/transfer.html": {"sub-account/transfer/history.html"},
}

// lookAt says what a request shows of a lost call.
func lookAt(q, l *reading) look {
	k := look{reading: q}
	if q.Request.Method != "GET" || q.family != l.family || q.key == "" {
		return k
	}
	name := strings.SplitN(unversioned(q.path), "/", 4)[3]
	switch order := strings.TrimSuffix(name, "/order") != name || name == "order"; {
	case name == "account" || name == "margin/account":
		k.shows, k.why = perhaps, "the balances were read"
	case order && unversioned(q.path) == unversioned(l.path):
		k = orderRead(k, l)
	case slices.Contains(lists[unversioned(l.path)], name):
		k = listRead(k, l, name)
	}
	for _, what := range []string{"symbol", "asset"} {
		if a, b := q.params[what], l.params[what]; a != "" && b != "" && a != b {
			return look{reading: q}
		}
	}
	return answeredLook(k)
}

// orderRead is a read of an order by one of its names.
func orderRead(k look, l *reading) look {
	k.shows, k.why = absent, "asked for by its id"
	if id := k.params["origClientOrderId"]; id == "" || id != l.params["newClientOrderId"] {
		k.shows, k.why = perhaps, "another id was asked for"
	}
	return k
}

// longAway is how far a time must be from a call's for not to hold it.
const longAway = time.Hour

// listRead is a read of a list where the call would stand.
func listRead(k look, l *reading, name string) look {
	k.shows, k.why = absent, name+" was read"
	_, list, _ := strings.Cut("/"+name, "/margin/")
	if list == "" {
		list = name
	}
	kind, force := l.params["type"], l.params["timeInForce"]
	resting := kind != "MARKET" && force != "IOC" && force != "FOK"
	byID := k.params["orderId"] != "" || k.params["fromId"] != "" || k.params["status"] != "" || k.params["txId"] != ""
	if byID || list == "openOrders" && !resting && l.Request.Method == "POST" || list == "myTrades" && resting {
		k.shows, k.why = perhaps, name+" was read, where it need not stand"
	}
	if at, ok := instant(k.params["startTime"]); ok && at.After(l.received.Add(longAway)) {
		return look{reading: k.reading}
	}
	if at, ok := instant(k.params["endTime"]); ok && at.Before(l.sent.Add(-longAway)) {
		return look{reading: k.reading}
	}
	return k
}

func instant(v string) (time.Time, bool) {
	n, ok := new(big.Int).SetString(v, 10)
	if !ok {
		return time.Time{}, false
	}
	u, at := unitOf(n)
	return at, u == milliseconds
}

// answeredLook takes into account what the answer was.
func answeredLook(k look) look {
	n, _ := k.code()
	switch {
	case k.shows == nothing:
	case !k.answered() || k.Gaps.Has(traffic.GapResponseBody): // nothing says that it was lost
		k.shows, k.why = perhaps, k.why+", the answer not recorded"
	case n == -2013:
	case !k.success():
		return look{reading: k.reading}
	case k.shows == absent && holdsSome(k.value):
		k.shows = found
	}
	return k
}

// holdsSome reports whether an answer is an order, or a list with something in it.
func holdsSome(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case map[string]any:
		for _, name := range []string{"rows", "withdrawList", "transfers"} {
			if list, ok := v[name].([]any); ok {
				return len(list) > 0
			}
		}
		return len(v) > 0
	}
	return false
}

// confirmUnknown reads G10b.
func confirmUnknown(xs []*reading, j *judgement) {
	for _, l := range xs {
		if l.answered() && unknownOutcome(l) && changesState(l) && l.params["symbol"] != "" {
			judgeTrading(l, xs, j)
		}
	}
}

// changesState reports whether a call may have changed an account.
func changesState(r *reading) bool {
	return r.route != nil && r.route.Repetition.Because != "" && !strings.HasSuffix(r.path, "/test") && !strings.HasSuffix(r.path, "/userDataStream")
}

func judgeTrading(l *reading, xs []*reading, j *judgement) {
	for _, r := range bySending(xs) {
		if r == l || r.Client != l.Client || r.key != l.key || !r.sent.After(l.received) {
			continue
		}
		if k := lookAt(r, l); k.shows >= absent {
			j.keep(r, "looks up exchange %d: %s", l.number, k.why)
			return
		}
		if !isOrder(r) || r.family != l.family || r.params["symbol"] != l.params["symbol"] || business(r) == business(l) {
			continue // a resend is another rule's
		}
		switch k := known(r, l, xs); {
		case k.shows == found || k.shows == absent:
			j.keep(r, "exchange %d had been looked up: %s", l.number, k.why)
		case k.shows == perhaps:
			j.doubt(r, "of exchange %d only %s", l.number, k.why)
		case streams(l, xs):
			j.doubt(r, "the client keeps a user data stream, which may have told it")
		default:
			j.fail(r, "trades %s on, and nobody looked exchange %d up", r.params["symbol"], l.number)
		}
		return
	}
}

// streams reports whether the client keeps a user data stream.
func streams(l *reading, xs []*reading) bool {
	return slices.ContainsFunc(xs, func(r *reading) bool {
		return r.Client == l.Client && r.key == l.key && strings.HasSuffix(r.path, "/userDataStream")
	})
}
