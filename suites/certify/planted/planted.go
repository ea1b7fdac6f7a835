package planted

import (
	"slices"
	"strings"
)

// Planted is a client: the reference client, or one with a misbehaviour. It is
// immutable.
type Planted struct {
	ID   string // permanent, kebab-case
	Does string // what it does, one sentence

	// Breaks are the IDs of the rules that it breaks, in scenarios that hold an
	// occasion for them.
	Breaks []string

	vice vice
}

// vice is what a client does otherwise than it should.
type vice uint8

const (
	noVice vice = iota
	spams
	waitsMilliseconds
	sleepsASecond
	retriesInBan
	dropsBan
	sendsInSilence
	setsClockInSilence
	hidesLimit
	tellsNoWait
	resendsOrder
	resendsWithdrawal
	resendsFailed
	resendsUnanswered
	resendsCancel
	tellsFailed
	tradesOn
	takesErrorForData
	takesPageForData
	takesEmptyForData
	takesCutForData
	resendsOnPage
	resendsOnCut
	breaksOnObject
	resendsRefused
	resendsStamp
	sendsSeconds
	getsByBody
	sendsJSON
	sendsTwice
	asksNothing // of programs: it leaves what it does not know to its caller
)

// Reference keeps every obligation.
var Reference = Planted{ID: "reference", Does: "keeps every obligation"}

var clients = []Planted{
	{"spams-after-429", "sends again at once when it is answered 429", []string{"back-off-after-429", "waits-without-header"}, spams},
	{"waits-milliseconds", "takes Retry-After for milliseconds", []string{"back-off-after-429", "waits-without-header"}, waitsMilliseconds},
	{"sleeps-a-second", "waits a second after a 429, whatever Retry-After says", []string{"back-off-after-429", "waits-without-header"}, sleepsASecond},
	{"retries-in-the-ban", "sends again a second after a 418", []string{"silence-during-ban"}, retriesInBan},
	{"drops-the-418", "takes a 418 for any other error", []string{"tells-rate-limit", "guards-silence"}, dropsBan},
	{"sends-in-the-silence", "sends whatever its caller asks for inside a silence", []string{"guards-silence"}, sendsInSilence},
	{"sets-its-clock-in-the-silence", "asks for the time before each call, inside a silence too", []string{"support-calls-wait"}, setsClockInSilence},
	{"hides-the-429", "tells its caller of a 429 that the request failed", []string{"tells-rate-limit", "tells-wait"}, hidesLimit},
	{"tells-no-wait", "tells its caller of a 429, and not for how long to wait", []string{"tells-wait"}, tellsNoWait},
	{"resends-orders-on-5xx", "sends an order again when it is answered 5XX", []string{"no-blind-resend"}, resendsOrder},
	{"resends-withdrawals-on-504", "sends a withdrawal again when it is answered 504", []string{"no-blind-resend"}, resendsWithdrawal},
	{"resends-withdrawals-on-500", "sends a withdrawal again when it is answered 500", []string{"no-blind-resend-wapi"}, resendsFailed},
	{"resends-unanswered-orders", "sends an order again when it is not answered", []string{"no-blind-resend-unanswered"}, resendsUnanswered},
	{"resends-cancels-on-5xx", "sends the cancel of an order again when it is answered 5XX", []string{"no-blind-resend-idempotent"}, resendsCancel},
	{"tells-failed-for-unknown", "tells its caller that an order of unknown outcome was refused", []string{"tells-unknown"}, tellsFailed},
	{"trades-on", "places the next order with one of unknown outcome behind it, and does not ask what became of that", []string{"confirm-unknown"}, tradesOn},
	{"takes-errors-for-data", "takes whatever comes with status 200 for data", []string{"errors-on-any-endpoint"}, takesErrorForData},
	{"takes-pages-for-data", "takes whatever is no JSON for data, whatever its status", []string{"errors-on-any-endpoint", "tells-unknown"}, takesPageForData},
	{"takes-empty-bodies-for-data", "takes an empty body for success, whatever its status", []string{"errors-on-any-endpoint", "tells-unknown"}, takesEmptyForData},
	{"takes-cut-json-for-data", "takes JSON that breaks off for what it was to be, whatever its status", []string{"errors-on-any-endpoint", "tells-unknown"}, takesCutForData},
	{"resends-orders-on-pages", "sends an order again when it is answered with a page", []string{"no-blind-resend"}, resendsOnPage},
	{"resends-orders-on-cut-json", "sends an order again when the answer to it breaks off", []string{"no-blind-resend", "no-blind-resend-unanswered"}, resendsOnCut},
	{"breaks-on-an-object", "breaks on an error where an array is due", []string{"errors-on-any-endpoint"}, breaksOnObject},
	{"resends-refused-requests", "sends a request again that was refused as malformed", []string{"no-identical-resend"}, resendsRefused},
	{"resends-old-timestamps", "sends a request again with its old timestamp when that was refused", []string{"no-endless-resend"}, resendsStamp},
	{"sends-seconds", "sends times in seconds", []string{"ms-request-times"}, sendsSeconds},
	{"gets-by-body", "puts the parameters of a GET into a body", []string{"get-params-in-query"}, getsByBody},
	{"sends-json", "sends the parameters of a POST as JSON", []string{"form-body"}, sendsJSON},
	{"sends-twice", "sends a parameter in the query string and another value of it in the body", []string{"no-duplicate-params"}, sendsTwice},
}

// All returns the reference client and, behind it, every client that misbehaves,
// by ID. The caller owns the list.
func All() []Planted {
	all := slices.Clone(clients)
	slices.SortFunc(all, func(a, b Planted) int { return strings.Compare(a.ID, b.ID) })
	return append([]Planted{Reference}, all...)
}

// Named returns the client of that ID.
func Named(id string) (Planted, bool) {
	all := All()
	i := slices.IndexFunc(all, func(p Planted) bool { return p.ID == id })
	if i < 0 {
		return Planted{}, false
	}
	return all[i], true
}
