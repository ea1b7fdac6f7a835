package liar

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

const timeoutMessage = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."

// statusLiars send a status that does not say what happened.
var statusLiars = []Liar{
	{"timeout-as-400", "blames the client for a timeout of its own", []string{"internal-code-on-4xx"}, editing(isRefusal, func([]byte) []byte { return envelope(-1007, timeoutMessage) })},
	{"malformed-accepted", "answers a request that lacks a mandatory parameter with success", []string{"malformed-gets-4xx"}, after(func(c *venue.Call, a *venue.Answer) {
		if e, ok := errorOf(a); ok && isAPI(c) && (e.Code == -1102 || e.Code == -1105) {
			a.Status, a.Body = 200, emptyOf(c)
		}
	})},
	{"refusal-as-503", "answers a malformed request as a failure of its own", []string{"server-code-on-5xx"}, after(func(c *venue.Call, a *venue.Answer) {
		if e, ok := errorOf(a); ok && isRefusal(c, a) && e.Code <= -1100 && e.Code >= -1199 {
			a.Status = 503
		}
	})},
	{"error-on-200", "answers errors of /api with status 200", []string{"error-on-2xx"}, after(func(c *venue.Call, a *venue.Answer) {
		if isRefusal(c, a) {
			a.Status = 200
		}
	})},
	{"wapi-timeout-as-200", "answers a withdrawal whose outcome it doesn't know with 200", []string{"wapi-timeout-is-504"}, after(func(c *venue.Call, a *venue.Answer) {
		if isWAPI(c) && (last(c) == "withdraw" || a.Status == 504) {
			a.Status = 200
			a.Set(venue.HeaderContentType, "application/json;charset=UTF-8")
			a.Body = append(a.Body[:0], `{"success":false,"msg":"`+timeoutMessage+`"}`...)
		}
	})},
}

// envelopeLiars send error payloads of another shape.
var envelopeLiars = []Liar{
	{"code-as-string", "puts the code of an error in quotes", []string{"error-envelope"}, editing(isRefusal, func(body []byte) []byte { return codeMember.ReplaceAll(body, []byte(`"code":"$1"`)) })},
	{"message-for-msg", "calls the text of an error message", []string{"error-envelope"}, editing(isRefusal, replacing(`"msg":`, `"message":`))},
	{"positive-code", "sends the codes of errors without their sign", []string{"negative-code", "known-error-code"}, editing(isRefusal, replacing(`"code":-`, `"code":`))},
	{"own-message", "words errors as no document does", []string{"known-error-code"}, after(func(c *venue.Call, a *venue.Answer) {
		if e, ok := errorOf(a); ok && isRefusal(c, a) {
			a.Body = envelope(e.Code, "Computer says no")
		}
	})},
	{"wapi-code-and-msg", "sends errors of /wapi as those of /api, with code and msg alone", []string{"wapi-error-envelope"}, after(func(c *venue.Call, a *venue.Answer) {
		if isWAPI(c) && bytes.Contains(a.Body, []byte(`"success":false`)) {
			a.Body = envelope(-1121, "Invalid symbol.")
		}
	})},
}

// limitListLiars tell the limits in another form.
var limitListLiars = []Liar{
	{"unknown-limit-type", "lists a limit of a type that is not enumerated", []string{"rate-limit-types"}, editing(success("exchangeInfo"), replacing(`"rateLimitType":"REQUEST_WEIGHT"`, `"rateLimitType":"CONNECTIONS"`))},
	{"no-rate-limits", "leaves the limits out of exchangeInfo", []string{"rate-limit-types"}, editing(success("exchangeInfo"), replacing(`"rateLimits":`, `"limits":`))},
	{"singular-limit-names", "lists limits under the prose's singular names", []string{"rate-limit-names"}, editing(success("exchangeInfo"), replacing(`"rateLimitType":"ORDERS"`, `"rateLimitType":"ORDER"`))},
	{"limits-as-strings", "puts the numbers of limits in quotes", []string{"rate-limit-shape"}, editing(success("exchangeInfo"), func(body []byte) []byte {
		return limitMember.ReplaceAll(body, []byte(`"intervalNum":$1,"limit":"$2"`))
	})},
	{"wapi-request-weight", "lists a limit by weight on /wapi", []string{"wapi-rate-limits"}, after(func(c *venue.Call, a *venue.Answer) {
		if end := len(a.Body) - 1; isWAPI(c) && isSuccess(a) && end > 1 && a.Body[end] == '}' {
			a.Body = append(a.Body[:end], `,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200}]}`...)
		}
	})},
}

var (
	codeMember  = regexp.MustCompile(`"code":(-\d+)`)
	limitMember = regexp.MustCompile(`"intervalNum":(\d+),"limit":(\d+)`)
)

// replacing writes one text for another.
func replacing(old, with string) func([]byte) []byte {
	return func(body []byte) []byte { return bytes.ReplaceAll(body, []byte(old), []byte(with)) }
}

type payload struct {
	Code int64  `json:"code"`
	Msg  string `json:"msg"`
}

// errorOf reads an error payload of /api or /sapi.
func errorOf(a *venue.Answer) (payload, bool) {
	var e payload
	return e, a.Status >= 400 && json.Unmarshal(a.Body, &e) == nil && e.Code != 0
}

func envelope(code int64, msg string) []byte {
	return []byte(`{"code":` + strconv.FormatInt(code, 10) + `,"msg":` + strconv.Quote(msg) + `}`)
}

// emptyOf is a success that says nothing, of the kind that the route has.
func emptyOf(c *venue.Call) []byte {
	switch last(c) {
	case "depth":
		return []byte(`{"lastUpdateId":1,"bids":[],"asks":[]}`)
	case "klines", "uiKlines", "trades", "historicalTrades", "aggTrades", "allOrders", "openOrders", "myTrades":
		return []byte("[]")
	case "24hr", "price", "bookTicker":
		if _, one := c.Get("symbol"); !one {
			return []byte("[]")
		}
	}
	return []byte("{}")
}
