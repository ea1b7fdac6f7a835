package main

import (
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// look is what a request that may have shown the outcome did show.
type look struct {
	*reading
	shows  shown
	unread bool // the client was told, but nobody kept what
	why    string
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
			one := newJudgement()
			judgeResends(l, xs, one)
			j.worst(one)
		}
	}
}

func judgeResends(l *reading, xs []*reading, j *judgement) {
	for _, r := range bySending(xs) {
		if r == l || r.Client != l.Client || r.key != l.key || r.sent.Before(l.sent) {
			continue
		}
		if k := lookAt(r, l); (k.shows >= absent || k.unread) && r.sent.After(l.received) {
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
			if same && (r.sent.Sub(l.sent) > twins || r.sent.Equal(l.received)) {
				j.doubt(r, "the same call, made while exchange %d waited for its answer", l.number)
			}
			continue
		}
		k := known(r, l, xs)
		if k.shows == nothing {
			k = onTheWire(r, l, xs)
		}
		switch {
		case k.shows == absent, (k.shows == found || k.unread) && r.Request.Method == "DELETE":
			j.keep(r, "exchange %d had been looked up: %s", l.number, k.why)
			return
		case !same && r.sent.Sub(l.received) > anotherRun:
		case !same && (k.unread || k.shows == found): // the client was told
		case same && another(r, l, xs): // it is that one's
		case !same:
			j.doubt(r, "may stand for exchange %d", l.number)
		case k.shows == found && r.Request.Method != "DELETE": // a cancel of what stands is asked for again
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

// another reports whether the same call had been lost another time, and was looked
// up before r, which is the first to send it again.
func another(r, l *reading, xs []*reading) bool {
	return slices.ContainsFunc(xs, func(q *reading) bool {
		return q != l && q != r && q.Client == l.Client && q.key == l.key && q.answered() && unknownOutcome(q) &&
			business(q) == business(l) && q.received.Before(r.sent) && known(r, q, xs).shows >= absent &&
			!slices.ContainsFunc(xs, func(p *reading) bool {
				return p != r && p.Client == q.Client && p.key == q.key && business(p) == business(q) && p.sent.After(q.received) && p.sent.Before(r.sent)
			})
	})
}

// anotherRun is how much later a call may be another run's.
const anotherRun = time.Hour

// twins are the same calls made at once: not the one because the other did not come
// back.
const twins = 200 * time.Millisecond

// akin reports whether a call may stand for a lost one: the same symbol and side,
// or the same asset.
func akin(r, l *reading) bool {
	if r.path != l.path || r.Request.Method != "POST" || l.Request.Method != "POST" {
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
	best, finds := look{}, look{}
	for _, q := range xs {
		if q == r || q.Client != l.Client || q.key != l.key || q.sent.Before(l.received) || q.sent.After(r.sent) {
			continue
		}
		k := lookAt(q, l)
		if k.shows != nothing && q.sent.Equal(l.received) {
			k.shows, k.why = perhaps, k.why+", perhaps before the answer came"
		}
		if (k.shows >= absent || k.unread) && q.received.After(r.sent) { // it was not waited for
			if k.shows == found {
				finds = k
			}
			continue
		}
		if k.shows > best.shows {
			best = k
		}
	}
	if best.shows == absent && finds.shows == found {
		return finds
	}
	return best
}

// onTheWire is a look-up that was sent before the outcome became UNKNOWN, and answered
// after. Of one without an answer the page does not say.
func onTheWire(r, l *reading, xs []*reading) look {
	for _, q := range xs {
		if q == r || !q.answered() || q.Client != l.Client || q.key != l.key || !q.sent.Before(l.received) || q.received.Before(l.received) || q.received.After(r.sent) {
			continue
		}
		if k := lookAt(q, l); k.shows != nothing && lastOf(q.path) != "account" {
			k.shows, k.why = perhaps, k.why+", which was on the wire when the answer came"
			return k
		}
	}
	return look{}
}

// lookAt says what a request shows of a lost call.
func lookAt(q, l *reading) look {
	k := look{reading: q}
	name := lastOf(q.path)
	switch list := isListOf(name, q, l); {
	case q.key == "":
		return k
	case name == "account" && q.Request.Method == "GET" && (q.family == l.family || l.family != "api"):
		k.shows, k.why = perhaps, "the balances were read"
	case q.family != l.family || elsewhere(q, l):
		return k
	case topic(q.path) != topic(l.path):
		return k
	case name == "order" && isOrderCall(l) && q.Request.Method != "POST" && business(q) != business(l):
		id, orderID := q.params["origClientOrderId"], q.params["orderId"]
		if id != "" && (id == l.params["newClientOrderId"] || id == l.params["origClientOrderId"]) || orderID != "" && orderID == l.params["orderId"] {
			k.shows, k.why = absent, "asked for by its id"
		} else if id == "" && orderID == "" {
			k.shows, k.why = perhaps, "asked for an order of which the id was not recorded"
		}
	case name == "openOrders" && isOrderCall(l) && q.Request.Method == "DELETE" && business(q) != business(l):
		if k.shows, k.why = absent, "all was cancelled"; isImmediate(l) {
			k.shows, k.why = perhaps, k.why+", among which it need not stand"
		}
	case list && q.Request.Method == "GET":
		k = listRead(k, l, name)
	}
	return answeredLook(k)
}

// lastOf is what a path's last segment names.
func lastOf(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".html")
}

// topic is the part of the API that a path belongs to: of /sapi and /wapi each
// subject is one, withdrawals and loans, say.
func topic(path string) string {
	parts := strings.Split(path, "/")
	switch {
	case strings.Contains(path, "withdraw"):
		return "withdraw"
	case len(parts) < 4 || parts[1] == "api":
		return parts[1]
	}
	return strings.TrimSuffix(parts[3], ".html")
}

func isOrderCall(l *reading) bool {
	name := lastOf(l.path)
	return name == "order" || name == "oco" || name == "openOrders"
}

// isListOf reports the name of a list in which a call would stand.
func isListOf(name string, q, l *reading) bool {
	if isOrderCall(l) {
		return name == "openOrders" || name == "allOrders" || name == "myTrades"
	}
	return q.path == l.path || strings.HasSuffix(strings.ToLower(name), "history")
}

// elsewhere reports a request for another symbol or asset, or for a time that is
// away from the call's.
func elsewhere(q, l *reading) bool {
	for _, what := range []string{"symbol", "asset"} {
		if a, b := q.params[what], l.params[what]; a != "" && b != "" && a != b {
			return true
		}
	}
	when := moments(l)
	return len(when) > 0 && !slices.ContainsFunc(when, func(at time.Time) bool { return covers(q, at, longAway) })
}

// moments are when a call was made, by the client's clock and by the venue's, as far
// as somebody wrote it down. A recorder's clock may be another.
func moments(l *reading) (list []time.Time) {
	if at, ok := instant(l.params["timestamp"]); ok {
		list = append(list, at)
	}
	if at, ok := l.date(); ok {
		list = append(list, at)
	}
	return list
}

// covers reports whether a list is asked for the time at which a call was made, or
// no further away than that.
func covers(q *reading, at time.Time, within time.Duration) bool {
	from, begins := instant(q.params["startTime"])
	until, ends := instant(q.params["endTime"])
	return (!begins || from.Sub(at) <= within) && (!ends || at.Sub(until) <= within)
}

// longAway is how far a time must be from a call's for not to hold it.
const longAway = time.Minute

// isImmediate reports an order that never stands open.
func isImmediate(l *reading) bool {
	kind, force := l.params["type"], l.params["timeInForce"]
	return kind == "MARKET" || force == "IOC" || force == "FOK"
}

// listRead is a read of a list where the call would stand.
func listRead(k look, l *reading, name string) look {
	k.shows, k.why = absent, name+" was read"
	part := k.params["orderId"] != "" && k.params["orderId"] != l.params["orderId"] || k.params["fromId"] != "" || k.params["status"] != "" || k.params["txId"] != ""
	when := moments(l)
	listTimes := len(when) == 0 && (k.params["startTime"] != "" || k.params["endTime"] != "") || len(when) > 0 && !covers(k.reading, when[0], 0)
	if part || listTimes || name == "openOrders" && isImmediate(l) || name == "myTrades" && !isImmediate(l) {
		k.shows, k.why = perhaps, name+" was read, where it need not stand"
	}
	return k
}

// instant is a parameter as the venue reads it: milliseconds, however many.
func instant(v string) (time.Time, bool) {
	n, ok := new(big.Int).SetString(v, 10)
	if !ok || n.Sign() <= 0 {
		return time.Time{}, false
	}
	const most = 1 << 53 // far from any call
	if n.CmpAbs(big.NewInt(most)) > 0 {
		return time.UnixMilli(most), true
	}
	return time.UnixMilli(n.Int64()), true
}

// answeredLook takes into account what the answer was.
func answeredLook(k look) look {
	n, _ := k.code()
	switch {
	case k.shows == nothing:
	case !k.answered() || k.Gaps.Has(traffic.GapResponseBody): // nothing says that it was lost
		k.unread = k.shows >= absent && k.success() && lastOf(k.path) == "order" // the client read it
		k.shows, k.why = perhaps, k.why+", the answer not recorded"
	case k.Request.Method == "GET" && k.params["signature"] == "" && (k.success() || !refusedByName(k, n)): // nobody else's business
		k.shows, k.why = perhaps, k.why+", unsigned"
	case n == -2013, n == -2011 && k.Request.Method == "DELETE":
	case !k.success() && !refusedByName(k, n):
		k.shows, k.why = perhaps, k.why+", refused without a code"
	case !k.success():
		return look{reading: k.reading}
	case k.shows == absent && k.Request.Method == "GET" && holdsSome(k.value):
		k.shows = found
	}
	return k
}

// refusedByName reports a refusal that shows what it is.
func refusedByName(k look, code int64) bool {
	status := k.Response.Status
	return code != 0 || status == 429 || status == 418 || status/100 != 4 || k.maker() == gateway
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
		if r == l || r.Client != l.Client || r.key != l.key || r.sent.Before(l.received) {
			continue
		}
		if k := lookAt(r, l); (k.shows >= absent || k.unread) && r.sent.After(l.received) {
			j.keep(r, "looks up exchange %d: %s", l.number, k.why)
			return
		}
		if !isOrder(r) || r.params["symbol"] != l.params["symbol"] || business(r) == business(l) {
			continue // a resend is another rule's
		}
		switch k := known(r, l, xs); {
		case k.shows == found || k.shows == absent:
			j.keep(r, "exchange %d had been looked up: %s", l.number, k.why)
		case k.shows == perhaps:
			j.doubt(r, "of exchange %d only %s", l.number, k.why)
		case r.sent.Equal(l.received):
			j.doubt(r, "sent in the very instant in which the answer to exchange %d came", l.number)
			continue
		case streams(r, xs):
			j.doubt(r, "the client keeps a user data stream, which may have told it")
		default:
			j.fail(r, "trades %s on, and nobody looked exchange %d up", r.params["symbol"], l.number)
		}
		return
	}
}

// streams reports whether the client had asked for a user data stream.
func streams(l *reading, xs []*reading) bool {
	return slices.ContainsFunc(xs, func(r *reading) bool {
		return r.Client == l.Client && r.key == l.key && r.sent.Before(l.sent) && strings.HasSuffix(r.path, "/userDataStream")
	})
}
