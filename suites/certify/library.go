package certify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// What the scripts command. Symbols tell calls apart that are under way
// together.
type params = map[string]any

func klines(symbol string) Step {
	return Step{Op: driver.Klines, Params: params{"symbol": symbol, "interval": "1m", "limit": 5}}
}

func order() Step {
	return Step{Op: driver.PlaceOrder, Params: params{
		"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "9000.00",
	}}
}

func cancel() Step {
	return Step{Op: driver.CancelOrder, Params: params{"symbol": "BTCUSDT", "orderId": lastOrder}}
}

func withdrawal() Step {
	return Step{Op: driver.Withdraw, Params: params{
		"asset": "USDT", "address": "0x00112233445566778899aabbccddeeff00112233", "amount": "50",
	}}
}

func deposits() Step { return Step{Op: driver.DepositHistory, Params: params{"asset": "USDT"}} }

// after gives a command when, and a while later.
func (s Step) after(when When, delay time.Duration) Step {
	s.When, s.Delay = when, delay
	return s
}

// spare gives a command once more, a while later, where what the scenario stages
// has not come: a client may hold its caller back for longer than the venue
// demands.
func (s Step) spare(delay time.Duration) Step {
	s.Spare, s.Delay = true, delay
	return s
}

const (
	// insideSilence is how long after a refusal the next command is given:
	// long enough that the client has read the refusal, and well inside the
	// shortest silence, one second.
	insideSilence = 300 * time.Millisecond

	// pastSilence is how long after a silence the next command is given, beyond
	// the earliness and lateness of timers.
	pastSilence = 300 * time.Millisecond

	// settle is how long a client is watched after its last answer, where
	// nothing says how long it may think something over: real clients send
	// again at once or within two seconds.
	settle = 2500 * time.Millisecond

	// thought is how long it is watched after a call whose outcome it cannot
	// know: libraries that wait before they send such a call again have been
	// seen to wait up to 10 s, and doubling pauses reach 16 s with the fifth.
	thought = 25 * time.Second

	// minuteTime is beyond the longest time to the end of a minute: a client may
	// wait for it before it answers.
	minuteTime = 65 * time.Second

	// hang is how long the venue says nothing: the least, beyond the
	// timeouts of most clients (10 s and 15 s are common).
	hang = 16 * time.Second

	// banTime is the shortest ban, which clients are told.
	banTime = 120 * time.Second
)

// Scenarios returns the library, group by group, and by name in each. The caller
// owns the slice.
func Scenarios() []*Scenario {
	var all []*Scenario
	for _, group := range []struct {
		about Group
		list  []*Scenario
	}{{Limits, limits()}, {Unknowns, unknowns()}, {Errors, errorsTold()}, {Sessions, sessions()}} {
		slices.SortFunc(group.list, func(a, b *Scenario) int { return strings.Compare(a.Name, b.Name) })
		for _, s := range group.list {
			s.Group = group.about
		}
		all = append(all, group.list...)
	}
	return all
}

// floor is how long the scenario takes a client that answers at once.
func (c *Certifier) floor(s *Scenario) time.Duration {
	d := max(s.watch(c.observes()), c.Watch)
	if s.earlyInMinute() {
		d += minuteTime
	}
	for _, f := range s.Faults {
		d += time.Duration(f.Delay)
	}
	if s.Ban {
		d = max(d, c.BanWindow)
	}
	return d
}

// refusal is a 429 or 418 of some calls that tells to wait. Other calls inside
// the silence are served: were they refused as well, what the script asks for
// there would be told to wait a while longer, and a client that waits as long
// as its own call was told would break the silence of another.
func refusal(on driver.Op, calls fault.Calls, status int, wait time.Duration) Fault {
	f := Fault{On: on, Fault: fault.Fault{Calls: calls, Do: fault.Status, Status: status}}
	f.Headers = map[string]string{"Retry-After": strconv.Itoa(int(wait / time.Second))}
	return f
}

func call(n int64) fault.Calls { return fault.Calls{First: n, Last: n} }

// limits are the scenarios about 429 and 418.
func limits() []*Scenario {
	// How much of the minute is left decides what a client that waits for a time
	// of its own looks like. With half of it left or more, whoever waits for the
	// 1, 5, 10 or 30 s that people write comes too early, always.
	bare, early := refusal(driver.Klines, call(2), 429, 0), klines("BTCUSDT")
	bare.Headers["Retry-After"], bare.EarlyInMinute, early.EarlyInMinute = "", true, true
	long := bare
	long.Calls = fault.Calls{First: 1, Last: 12} // ten of them sent again are spamming
	again := klines("BTCUSDT").after(SilenceOver, pastSilence)
	return append(waits(),
		&Scenario{
			Name: "429-without-header", Part: MarketData, Clauses: []string{"L08"}, NamesNoWait: true,
			Summary: "The second call for klines, or the first after it in the first half of a minute, is refused with 429 and no Retry-After.",
			Faults:  []Fault{bare},
			Steps:   []Step{klines("BTCUSDT"), early, early.spare(0), klines("ETHUSDT").after(Refused, insideSilence), again},
			Watch:   settle, Patience: minuteTime,
		},
		&Scenario{
			Name: "429-without-header-long", Part: MarketData, Clauses: []string{"L08"}, NamesNoWait: true,
			Summary: "Klines are refused with 429 and no Retry-After, and so are the next eleven calls for them, in the first half of a minute each.",
			Faults:  []Fault{long},
			Steps:   []Step{early, early.spare(0)},
			Watch:   settle, Patience: minuteTime,
		},
		parallel(),
		&Scenario{
			Name: "429-then-418", Part: MarketData, Clauses: []string{"L08", "L08b"}, Ban: true,
			Summary: "Klines are refused with 429 and Retry-After 1 twice, and then with 418 and Retry-After 120.",
			Faults: []Fault{
				refusal(driver.Klines, fault.Calls{First: 1, Last: 2}, 429, time.Second),
				refusal(driver.Klines, fault.Calls{First: 3}, 418, banTime),
			},
			Steps: []Step{klines("BTCUSDT"), again, again, again.spare(5 * time.Second), again.spare(20 * time.Second)},
			Watch: settle,
		},
		ban("418-read", MarketData, "Klines are", klines("BTCUSDT")),
		ban("418-order", Trading, "An order is", order()),
	)
}

// waits are those that tell how long to wait.
func waits() []*Scenario {
	var all []*Scenario
	for _, seconds := range []int{1, 2, 5} {
		wait := time.Duration(seconds) * time.Second
		inside := klines("ETHUSDT").after(Refused, insideSilence)
		all = append(all,
			&Scenario{
				Name: fmt.Sprintf("429-read-%d", seconds), Part: MarketData, Clauses: []string{"L08"},
				Summary: fmt.Sprintf("Klines are refused with 429 and Retry-After %d; another call is asked for inside the silence, and one after it.", seconds),
				Faults:  []Fault{refusal(driver.Klines, call(1), 429, wait)},
				Steps:   []Step{klines("BTCUSDT"), inside, klines("BTCUSDT").after(SilenceOver, pastSilence)},
				Watch:   settle,
			},
			&Scenario{
				Name: fmt.Sprintf("429-order-%d", seconds), Part: Trading, Clauses: []string{"L08"},
				Summary: fmt.Sprintf("An order is refused with 429 and Retry-After %d; a read is asked for inside the silence, and the order again after it.", seconds),
				Faults:  []Fault{refusal(driver.PlaceOrder, call(1), 429, wait)},
				Steps:   []Step{order(), inside, order().after(SilenceOver, pastSilence)},
				Watch:   settle,
			})
	}
	return all
}

// parallel is the one in which calls are under way together.
func parallel() *Scenario {
	s := &Scenario{
		Name: "429-parallel", Part: MarketData, Clauses: []string{"L08"}, Overlapping: true,
		Summary: "Five calls are under way together when one of them is refused with 429 and Retry-After 2: those in flight are innocent.",
		Faults: []Fault{
			refusal(driver.Klines, call(3), 429, 2*time.Second),
			{On: driver.Klines, Fault: fault.Fault{Do: fault.Slow, Delay: fault.Duration(300 * time.Millisecond)}, Beside: true},
		},
		Watch: settle,
	}
	for i, symbol := range []string{"BTCUSDT", "ETHUSDT", "BNBUSDT", "LTCUSDT", "LTCBTC"} {
		step := klines(symbol)
		if i > 0 {
			step = step.after(Together, 0)
		}
		s.Steps = append(s.Steps, step)
	}
	s.Steps = append(s.Steps, klines("BTCUSDT").after(SilenceOver, pastSilence))
	return s
}

func ban(name string, part Part, subject string, first Step) *Scenario {
	last := first.after(SilenceOver, pastSilence)
	last.FullBan = true
	return &Scenario{
		Name: name, Part: part, Clauses: []string{"L08b"}, Ban: true,
		Summary: subject + " refused with 418 and Retry-After 120, that call alone, so that it shows who goes on; another call is asked for inside the silence.",
		Faults:  []Fault{refusal(first.Op, call(1), 418, banTime)},
		Steps:   []Step{first, klines("ETHUSDT").after(Refused, time.Second), last},
		Watch:   settle,
	}
}

// unknowns are the scenarios in which nobody can know whether a call was
// carried out.
func unknowns() []*Scenario {
	var all []*Scenario
	for _, way := range []struct {
		name, what string
		fault      fault.Fault
		warm       bool
	}{
		{"order-504", "An order is answered 504 once", fault.Fault{Do: fault.Status, Status: 504}, false},
		{"order-503", "An order is answered 503 once", fault.Fault{Do: fault.Status, Status: 503}, false},
		{"order-closed", "The connection is closed after an order was read, the first request on it", fault.Fault{Do: fault.Close}, false},
		{"order-closed-warm", "The connection, kept alive after a read, is closed after an order was read", fault.Fault{Do: fault.Close}, true},
		{"order-hang", "An order is not answered for 16 s, then the connection is closed", fault.Fault{Do: fault.Timeout, Delay: fault.Duration(hang)}, false},
	} {
		way.fault.Calls = call(1)
		s := &Scenario{Name: way.name, Part: Trading, Clauses: []string{"G10a", "G10b"}, Steps: []Step{order()}, Watch: thought}
		if way.fault.Do == fault.Timeout {
			s.Patience = hang + defaultPatience
		}
		if way.warm {
			account := Step{Op: driver.Account}
			s.Steps, s.Warm = []Step{account, order()}, true
		}
		all = append(all, doneOrNot(s, driver.PlaceOrder, way.fault, way.what, "the order stands", "the order was not placed")...)
	}
	c := &Scenario{Name: "cancel-504", Part: Trading, Clauses: []string{"G10a"}, Steps: []Step{order(), cancel()}, Watch: thought}
	f := fault.Fault{Do: fault.Status, Status: 504, Calls: call(1)}
	all = append(all, doneOrNot(c, driver.CancelOrder, f, "A cancellation is answered 504 once", "the order is cancelled", "the order stands")...)
	w := &Scenario{Name: "withdraw-504", Part: Withdraw, Clauses: []string{"G10a", "G10b"}, Steps: []Step{withdrawal()}, Watch: thought}
	both := doneOrNot(w, driver.Withdraw, f, "A withdrawal is answered 504 once, on /wapi in words that say nothing of its outcome", "the money is gone", "nothing was withdrawn")
	for _, s := range both {
		// An envelope of /wapi has no code. Were the words the venue's, who passes
		// them on without the status would have told what they say by accident.
		s.Faults[0].Message = failed
	}
	all = append(all, both...)
	all = append(all, gatewayed()...)
	w = &Scenario{Name: "withdraw-500", Part: Withdraw, Clauses: []string{"G10a"}, Steps: []Step{withdrawal()}, Watch: thought}
	f.Status = 500
	return append(all, doneOrNot(w, driver.Withdraw, f, "A withdrawal is answered 500 once", "the money is gone", "nothing was withdrawn")...)
}

// gatewayed are the scenarios in which a gateway before the venue answers, or
// breaks off what the venue had answered: nothing there has a code to go by.
func gatewayed() []*Scenario {
	empty, page := "", gatewayPage
	gateway := map[string]string{"Content-Type": "text/html", "Server": "nginx", "X-MBX-USED-WEIGHT": "", "X-MBX-USED-WEIGHT-1M": ""}
	var all []*Scenario
	for _, way := range []struct {
		name, what string
		fault      fault.Fault
	}{
		{"page", "answered 504 with a gateway's page in HTML once", fault.Fault{Do: fault.Status, Status: 504, Body: &page, Headers: gateway}},
		{"empty", "answered 504 with an empty body once", fault.Fault{Do: fault.Status, Status: 504, Body: &empty, Headers: gateway}},
		{"cut", "answered 504 once, with half of the JSON that was to come", fault.Fault{Do: fault.Truncate, Status: 504}},
	} {
		way.fault.Calls = call(1)
		o := &Scenario{Name: "order-504-" + way.name, Part: Trading, Clauses: []string{"G10a", "G10b", "G11b"}, Steps: []Step{order()}, Watch: thought}
		all = append(all, doneOrNot(o, driver.PlaceOrder, way.fault, "An order is "+way.what, "the order stands", "the order was not placed")...)
		c := &Scenario{Name: "cancel-504-" + way.name, Part: Trading, Clauses: []string{"G10b", "G11b"}, Steps: []Step{order(), cancel()}, Watch: thought}
		all = append(all, doneOrNot(c, driver.CancelOrder, way.fault, "A cancellation is "+way.what, "", "the order stands")[1])
		w := &Scenario{Name: "withdraw-504-" + way.name, Part: Withdraw, Clauses: []string{"G10a", "G10b", "G11b"}, Steps: []Step{withdrawal()}, Watch: thought}
		all = append(all, doneOrNot(w, driver.Withdraw, way.fault, "A withdrawal is "+way.what, "", "nothing was withdrawn")[1])
	}
	return append(all, &Scenario{
		Name: "order-200-cut", Part: Trading, Clauses: []string{"G10a", "G10b", "G11b"}, Steps: []Step{order()}, Watch: thought,
		Summary: "An order is placed and answered 200, with half of the JSON that was to come.",
		Faults:  []Fault{{On: driver.PlaceOrder, Fault: fault.Fault{Do: fault.Truncate, Calls: call(1)}}},
	})
}

// gatewayPage is what nginx says of a venue that does not answer it.
const gatewayPage = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// doneOrNot makes two scenarios of one, in which the call was carried out and
// was not: a client cannot tell them apart, but what it does next can do harm
// in one alone.
func doneOrNot(s *Scenario, op driver.Op, f fault.Fault, what, done, not string) []*Scenario {
	with, without := *s, *s
	with.Name, with.Summary = s.Name+"-done", what+"; "+done+"."
	without.Name, without.Summary = s.Name+"-not-done", what+"; "+not+"."
	without.Faults = []Fault{{On: op, Fault: f}}
	f.CarriedOut = true
	with.Faults = []Fault{{On: op, Fault: f}}
	return []*Scenario{&with, &without}
}

// failed is what the venue says of a failure that it knows nothing more of.
const failed = "An unknown error occured while processing the request."

// errorsTold are the scenarios about errors of every shape.
func errorsTold() []*Scenario {
	failure := func(on driver.Op, status int, code int64, msg string) []Fault {
		return []Fault{{On: on, Fault: fault.Fault{Calls: call(1), Do: fault.Status, Status: status}, Code: code, Message: msg}}
	}
	badOrder := order()
	badOrder.Params["quantity"] = "1000" // which the account cannot pay, as no client can know
	badRead := klines("NOSUCH")
	allOrders := Step{Op: driver.AllOrders, Params: params{"symbol": "BTCUSDT", "limit": 5}}
	account := Step{Op: driver.Account}
	list := []*Scenario{
		{Name: "refused-read", Part: MarketData, Clauses: []string{"G05b", "G11b"}, Steps: []Step{badRead},
			Summary: "Klines of a symbol that does not exist: 400 with code -1121."},
		{Name: "refused-order", Part: Trading, Clauses: []string{"G05b", "G11b"}, Steps: []Step{badOrder},
			Summary: "An order beyond the account's balance: 400 with code -2010."},
		{Name: "error-200-array", Part: MarketData, Clauses: []string{"G11b"}, Steps: []Step{klines("BTCUSDT")},
			Faults:  failure(driver.Klines, 200, -1000, failed),
			Summary: "Klines, a route that answers with an array, are answered 200 with an error envelope."},
		{Name: "error-400-array", Part: MarketData, Clauses: []string{"G11b", "G05b"}, Steps: []Step{klines("BTCUSDT")},
			Faults:  failure(driver.Klines, 400, -1100, "Illegal characters found in a parameter."),
			Summary: "Klines, a route that answers with an array, are answered 400 with an error envelope."},
		{Name: "error-200-orders", Part: Trading, Clauses: []string{"G11b"}, Steps: []Step{allOrders},
			Faults:  failure(driver.AllOrders, 200, -1000, failed),
			Summary: "All orders, a route that answers with an array, are answered 200 with an error envelope."},
		{Name: "error-200-object", Part: Trading, Clauses: []string{"G11b"}, Steps: []Step{account},
			Faults:  failure(driver.Account, 200, -1000, failed),
			Summary: "The account, a route that answers with an object, is answered 200 with an error envelope."},
		{Name: "error-200-order", Part: Trading, Clauses: []string{"G11b"}, Steps: []Step{order()},
			Faults:  failure(driver.PlaceOrder, 200, -2010, "Account has insufficient balance for requested action."),
			Summary: "An order is answered 200 with an error envelope."},
		{Name: "error-200-withdraw", Part: Withdraw, Clauses: []string{"G12"}, Steps: []Step{withdrawal()},
			Faults:  failure(driver.Withdraw, 200, -4026, "The user has insufficient balance available."),
			Summary: "A withdrawal is answered 200 with success false (on /sapi with an error envelope)."},
		{Name: "error-200-deposits", Part: Withdraw, Clauses: []string{"G12"}, Steps: []Step{deposits()},
			Faults:  failure(driver.DepositHistory, 200, -1000, failed),
			Summary: "The deposits are answered 200 with success false (on /sapi with an error envelope)."},
		{Name: "error-400-deposits", Part: Withdraw, Clauses: []string{"G12", "G05b"}, Steps: []Step{deposits()},
			Faults:  failure(driver.DepositHistory, 400, -1100, "Illegal characters found in a parameter."),
			Summary: "The deposits are answered 400 with success false (on /sapi with an error envelope)."},
		{Name: "clock-behind", Part: Trading, Clauses: []string{"G11b"}, Steps: []Step{account, order()}, ClockSkew: 30 * time.Second,
			Summary: "The client's clock is 30 s behind the venue's: signed requests are refused with code -1021."},
		{Name: "firewall-403", Part: MarketData, Clauses: []string{"G11b"}, Steps: []Step{klines("BTCUSDT")},
			Faults:  []Fault{{On: driver.Klines, Fault: fault.Fault{Calls: call(1), Do: fault.Status, Status: 403}}},
			Summary: "A firewall answers klines with 403 and a page in HTML."},
		{Name: "truncated-json", Part: MarketData, Clauses: []string{"G11b"}, Steps: []Step{klines("BTCUSDT")},
			Faults:  []Fault{{On: driver.Klines, Fault: fault.Fault{Calls: call(1), Do: fault.Truncate}}},
			Summary: "The body of klines ends in the middle, and the connection with it."},
		{Name: "slow-body", Part: MarketData, Steps: []Step{klines("BTCUSDT")},
			Faults:  []Fault{{On: driver.Klines, Fault: fault.Fault{Calls: call(1), Do: fault.Trickle, Delay: fault.Duration(3 * time.Millisecond)}}},
			Summary: "The body of klines comes byte by byte, over some seconds."},
	}
	for _, s := range list {
		s.Watch = settle
	}
	return list
}

// sessions are the scenarios in which nothing goes wrong.
func sessions() []*Scenario {
	const began, ended = 1563600000000, 1563603600000 // an hour of 20 July 2019, in milliseconds
	history := klines("BTCUSDT")
	history.Params["startTime"], history.Params["endTime"] = began, ended
	id := params{"symbol": "BTCUSDT"}
	return []*Scenario{
		{Name: "session-market-data", Part: MarketData, Clauses: []string{"G04b", "G14", "G19c"}, Watch: settle,
			Summary: "A session of reads of which none fails, klines of an hour among them.",
			Steps: []Step{
				{Op: driver.Ping}, {Op: driver.Time}, history, {Op: driver.Trades, Params: params{"symbol": "ETHUSDT", "limit": 5}},
				{Op: driver.AggTrades, Params: params{"symbol": "ETHUSDT", "limit": 5}}, {Op: driver.Depth, Params: params{"symbol": "BTCUSDT", "limit": 5}},
				{Op: driver.TickerPrice, Params: id}, {Op: driver.Ticker24hr, Params: id},
			}},
		{Name: "session-trading", Part: Trading, Clauses: []string{"G04b", "G14", "G19c"}, Watch: settle,
			Summary: "A session of orders of which none fails.",
			Steps: []Step{
				{Op: driver.Account}, order(), {Op: driver.QueryOrder, Params: params{"symbol": "BTCUSDT", "orderId": lastOrder}},
				{Op: driver.OpenOrders, Params: id}, cancel(),
				{Op: driver.AllOrders, Params: params{"symbol": "BTCUSDT", "limit": 10}}, {Op: driver.MyTrades, Params: params{"symbol": "BTCUSDT", "limit": 10}},
				{Op: driver.StartUserDataStream},
			}},
		{Name: "session-withdraw", Part: Withdraw, Clauses: []string{"G04b", "G14", "G19c"}, Watch: settle,
			Summary: "Deposits, an address and a withdrawal, of which none fails.",
			Steps: []Step{
				{Op: driver.SystemStatus}, {Op: driver.AccountStatus}, deposits(), {Op: driver.DepositAddress, Params: params{"asset": "USDT"}},
				withdrawal(), {Op: driver.WithdrawHistory, Params: params{"asset": "USDT"}},
			}},
	}
}

// lastOrder stands in a script for the orderId of the order placed before.
const lastOrder = "{orderId}"

// body is the error envelope that a route has for the fault; nil for the one that
// the venue has.
func (f *Fault) body(path string) *string {
	wapi := strings.HasPrefix(path, "/wapi/")
	if f.Message == "" || f.Code == 0 && !wapi {
		return nil
	}
	msg := strconv.Quote(f.Message)
	body := `{"code":` + strconv.FormatInt(f.Code, 10) + `,"msg":` + msg + `}`
	if wapi {
		body = `{"success":false,"msg":` + msg + `}`
	}
	return &body
}
