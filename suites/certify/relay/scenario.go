package relay

import (
	"fmt"
	"path"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// Scenario is a list of calls that go through the proxy one behind the other.
type Scenario struct {
	Name    string // permanent, kebab-case
	Summary string
	Clauses []string // IDs of the clauses that it gives an occasion for

	calls []call
	warm  bool // a good call goes before each

	// together is how many clients send the one call at the same time, each so
	// many rounds; 0 for one client that sends the calls one behind the other.
	together, rounds int
}

// Scenarios are all, in the order in which they are played. The caller owns the
// list.
func Scenarios() []*Scenario {
	list := parameters()
	for _, a := range answers {
		list = append(list, a.scenario())
	}
	list = append(append(list, unanswered()...), stores()...)
	return append(list, lengths(), paths(), clock(), crowd())
}

// Picked are the scenarios whose names any of the globs fits; all without globs. A
// glob that fits none is an error.
func Picked(globs []string) ([]*Scenario, error) {
	all := Scenarios()
	if len(globs) == 0 {
		return all, nil
	}
	picked := map[*Scenario]bool{}
	for _, g := range globs {
		any := false
		for _, s := range all {
			fits, err := path.Match(g, s.Name)
			if err != nil {
				return nil, fmt.Errorf("%s: expected the name of a scenario or a glob, found one that does not close", g)
			}
			any = any || fits
			picked[s] = picked[s] || fits
		}
		if !any {
			return nil, fmt.Errorf("%s: no scenario is called so", g)
		}
	}
	var list []*Scenario
	for _, s := range all {
		if picked[s] {
			list = append(list, s)
		}
	}
	return list, nil
}

// The calls that scenarios are made of. An order that is not found, or not placed,
// leaves the venue as it was.
const (
	order     = "/api/v3/order"
	testOrder = "/api/v3/order/test"
	limitBuy  = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.010"
	byID      = "symbol=LTCBTC&origClientOrderId="
)

func get(query string) call    { return call{method: "GET", path: order, query: query} }
func remove(query string) call { return call{method: "DELETE", path: order, query: query} }
func post(query, body string) call {
	return call{method: "POST", path: testOrder, query: query, body: body, inBody: body != ""}
}

// everywhere are calls that bear a value of a parameter in each place that the
// document allows.
func everywhere(value string) []call {
	const id = "&newClientOrderId="
	both := post(limitBuy, "newClientOrderId="+value)
	both.inBody = true
	del := call{method: "DELETE", path: order, body: byID + value, inBody: true}
	return []call{get(byID + value), post(limitBuy+id+value, ""), post("", limitBuy+id+value), both, remove(byID + value), del}
}

// longValue is a parameter of 40 kB: what a proxy does not hold in one buffer, and
// less than any limit for bodies that is known.
const longValue = 40 << 10

func parameters() []*Scenario {
	twice := "&newClientOrderId=a&newClientOrderId=b"
	chunked := post("", limitBuy+"&newClientOrderId=chunked")
	chunked.chunked = true
	chunkedDelete := call{method: "DELETE", path: order, body: byID + "chunked", inBody: true, chunked: true}
	long := post("", limitBuy+"&newClientOrderId="+strings.Repeat("long-value.", longValue/len("long-value.")))
	longChunked := long
	longChunked.chunked = true
	plain := everywhere("x-1")
	for i := range plain {
		plain[i].plain = true
	}
	list := []*Scenario{
		{Name: "parameters", Summary: "Signed calls with their parameters in the query string, the body and both", calls: plain},
		{Name: "order-of-parameters", Summary: "Signed calls whose parameters stand in no order, and one twice", calls: []call{
			get("origClientOrderId=b&symbol=LTCBTC"), get(byID + "a&origClientOrderId=b"),
			post("timeInForce=GTC&symbol=LTCBTC&type=LIMIT&side=BUY&price=0.010&quantity=1", ""),
			post("", "type=LIMIT&symbol=LTCBTC&side=BUY&timeInForce=GTC&price=0.010&quantity=1"),
			post(limitBuy+twice, ""), post("", limitBuy+twice),
		}},
		{Name: "percent-encoding", Summary: "Signed calls with %2F, %2f, +, %20 and letters encoded without need", calls: everywhere("a%2Fb%2fc+d%20e%6Ff%7E~")},
		{Name: "empty-values", Summary: "Signed calls with parameters without a value", calls: everywhere("")},
		{Name: "encoded-utf-8", Summary: "Signed calls with letters beyond ASCII, percent-encoded", calls: everywhere("%C3%A9%e2%82%ac")},
		{Name: "raw-utf-8", Summary: "Signed calls with letters beyond ASCII as they are, in the body", calls: []call{post("", limitBuy+"&newClientOrderId=é€")}},
		{Name: "unescaped", Summary: "Signed calls with a semicolon, and with quotation marks and brackets that few escape", calls: append(everywhere("a;b"), everywhere("a\"b'c<d>e")...)},
		{Name: "long-body", Summary: "A signed order with 40 kB of parameters", calls: []call{long, longChunked}},
		{Name: "chunked-body", Summary: "A signed order and its withdrawal whose bodies come in chunks", calls: []call{chunked, chunkedDelete}},
	}
	for _, s := range list {
		s.Clauses = []string{"G18p"}
	}
	return list
}

// answer is what the venue answers in a scenario.
type answer struct {
	name, summary string
	clauses       []string
	fault         fault.Fault
}

func status(n int) fault.Fault { return fault.Fault{Do: fault.Status, Status: n} }

// page is what a load balancer writes.
const page = "<html><head><title>Gateway Time-out</title></head><body>The server didn't respond in time.</body></html>"

// with is a status with a body and a field of type; "" for none of either.
func with(n int, body, contentType string) fault.Fault {
	f := status(n)
	f.Body, f.Headers = &body, map[string]string{fieldContentType: contentType}
	return f
}

var answers = []answer{
	{"answer-400", "The venue refuses the call as malformed", nil, with(400, `{"code":-1102,"msg":"Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."}`, "application/json")},
	{"answer-403", "The venue's firewall refuses the call with a page", nil, status(403)},
	{"answer-418", "The venue bans the caller and says for how long", nil, status(418)},
	{"answer-429", "The venue refuses the call for its limits and says how long to wait", nil, status(429)},
	{"answer-500", "The venue fails", []string{"G10c"}, status(500)},
	{"answer-502", "The venue's own proxy fails", []string{"G10c"}, status(502)},
	{"answer-503", "The venue is overloaded", []string{"G10c"}, status(503)},
	{"answer-504", "The venue's backend does not answer in time", []string{"G10c"}, status(504)},
	{"answer-504-page", "The same, told by a page", []string{"G10c"}, with(504, page, "text/html")},
	{"answer-504-empty", "The same, without a body", []string{"G10c"}, with(504, "", "")},
}

func (a *answer) scenario() *Scenario {
	return &Scenario{Name: a.name, Summary: a.summary, Clauses: append([]string{"L07p"}, a.clauses...), warm: true, calls: failing(a.fault, changes()...)}
}

// changes are the calls of each method, with a body and without.
func changes() []call {
	read := get(byID + "x-2")
	bodyless := post(limitBuy, "")
	marked := bodyless
	marked.idempotent = true
	return []call{
		read, post("", limitBuy), bodyless, marked, remove(byID + "x-2"),
		{method: "DELETE", path: order, body: byID + "x-2", inBody: true},
		{method: "PUT", path: "/api/v1/userDataStream", query: "listenKey=none", security: keyed},
	}
}

// failing are calls of which each meets a fault.
func failing(f fault.Fault, calls ...call) []call {
	for i := range calls {
		calls[i].fault = &f
	}
	return calls
}

func unanswered() []*Scenario {
	clauses := []string{"G10c"}
	hung := changes()
	return []*Scenario{
		{Name: "closed-unanswered", Summary: "The venue closes the connection (FIN) in place of an answer", Clauses: clauses, warm: true, calls: failing(fault.Fault{Do: fault.Close, CarriedOut: true}, changes()...)},
		{Name: "reset-unanswered", Summary: "The venue resets the connection (RST) in place of an answer", Clauses: clauses, warm: true, calls: failing(fault.Fault{Do: fault.Reset, CarriedOut: true}, changes()...)},
		{Name: "hung", Summary: "The venue does not answer for some seconds, and closes the connection then", Clauses: clauses, warm: true, calls: failing(fault.Fault{Do: fault.Timeout, CarriedOut: true}, hung[0], hung[1], hung[4])},
	}
}

const price = `{"symbol":"LTCBTC","price":"0.01010000"}`

// stores are occasions for answers out of a store: what the venue sends forbids
// that, says nothing of it or seems to allow it.
func stores() []*Scenario {
	ticker := call{method: "GET", path: "/api/v3/ticker/price", query: "symbol=LTCBTC", security: open}
	ethereum, coin := ticker, ticker // each a call of its own, for a store
	ethereum.query, coin.query = "symbol=ETHBTC", "symbol=BNBBTC"
	keyedTrades := call{method: "GET", path: "/api/v1/historicalTrades", query: "symbol=LTCBTC&limit=5", security: keyed}
	other := keyedTrades
	other.account = 1
	bare, aged := with(200, price, "application/json"), with(200, price, "application/json")
	bare.Headers["Cache-Control"] = ""
	aged.Headers["Cache-Control"] = "max-age=60"
	short, limited, failed := with(200, price, "application/json"), status(429), status(503)
	short.Headers["Cache-Control"] = "max-age=1"
	limited.Headers = map[string]string{"Cache-Control": "", "Retry-After": "7"}
	clauses := []string{"L07p"}
	return []*Scenario{
		{Name: "same-call-again", Summary: "One call is sent three times: the counter rises from answer to answer", Clauses: clauses, calls: []call{ticker, ticker, ticker}},
		{Name: "same-call-of-two-keys", Summary: "One call is sent with one key, with another and with the first", Clauses: clauses, calls: []call{keyedTrades, other, keyedTrades}},
		{Name: "answer-without-cache-fields", Summary: "One call is sent twice, whose answer says nothing of stores", Clauses: clauses, calls: failing(bare, ethereum, ethereum)},
		{Name: "answer-with-max-age", Summary: "One call is sent twice, whose answer may be stored", Clauses: clauses, calls: failing(aged, coin, coin)},
		{Name: "success-after-429", Summary: "One call is refused with a 429 that says nothing of stores, and sent again", Clauses: clauses, calls: []call{asked("TRXBTC", &limited, false), asked("TRXBTC", nil, false)}},
		{Name: "503-after-success", Summary: "One call is answered for a second, and sent again when the venue fails", Clauses: []string{"L07p", "G10c"}, calls: []call{asked("XRPBTC", &short, false), asked("XRPBTC", &failed, true)}},
		{Name: "429-after-success", Summary: "The same, when the venue refuses for its limits", Clauses: clauses, calls: []call{asked("EOSBTC", &short, false), asked("EOSBTC", &limited, true)}},
	}
}

// asked is the price of a symbol, which no other scenario asks for.
func asked(symbol string, f *fault.Fault, stale bool) call {
	return call{method: "GET", path: "/api/v3/ticker/price", query: "symbol=" + symbol, security: open, fault: f, stale: stale}
}
