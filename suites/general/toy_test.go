package general

import (
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// The toy edition says what the document says, and writes all of it in other words:
// host, paths, fields, parameters, members, codes, phrases, and microseconds where
// there were milliseconds. Rules that hold in it hold by what an edition says, and by
// nothing that they know of one. What a clause itself names, such as REQUEST_WEIGHT and
// Retry-After, stays.
var (
	toyPaths = map[string]string{
		"/api/v1/ping":                       "/spot/alive",
		"/api/v3/time":                       "/spot/clock",
		"/api/v1/exchangeInfo":               "/spot/markets",
		"/api/v3/exchangeInfo":               "/spot/v9/markets",
		"/api/v1/aggTrades":                  "/spot/sums",
		"/api/v3/aggTrades":                  "/spot/v9/sums",
		"/api/v1/historicalTrades":           "/spot/prints/old",
		"/api/v3/klines":                     "/spot/v9/candles",
		"/api/v1/ticker/price":               "/spot/v1/last",
		"/api/v3/ticker/bookTicker":          "/spot/best",
		"/wapi/v3/accountStatus.html":        "/vault/standing",
		"/sapi/v1/asset/assetDividend":       "/lend/gifts",
		"/sapi/v1/margin/allAssets":          "/lend/pledge/goods",
		"/api/v1/depth":                      "/spot/book",
		"/api/v1/klines":                     "/spot/candles",
		"/api/v1/trades":                     "/spot/prints",
		"/api/v1/ticker/24hr":                "/spot/day",
		"/api/v1/order":                      "/spot/v1/ticket",
		"/api/v3/order":                      "/spot/v2/ticket",
		"/api/v3/order/oco":                  "/spot/ticket/either",
		"/api/v3/orderList":                  "/spot/bundle",
		"/api/v3/orderList/oto":              "/spot/bundle/after",
		"/api/v3/allOrderList":               "/spot/bundles",
		"/api/v3/openOrderList":              "/spot/open/bundles",
		"/api/v3/order/test":                 "/spot/ticket/dry",
		"/api/v3/openOrders":                 "/spot/standing",
		"/api/v3/allOrders":                  "/spot/filed",
		"/api/v3/myTrades":                   "/spot/fills",
		"/api/v1/time":                       "/spot/v0/clock",
		"/api/v3/depth":                      "/spot/v9/book",
		"/api/v3/ticker/price":               "/spot/last",
		"/api/v3/ping":                       "/spot/v9/alive",
		"/api/v1/userDataStream":             "/spot/ear",
		"/api/v3/userDataStream":             "/spot/v9/ear",
		"/api/v3/account":                    "/spot/wallet",
		"/wapi/v3/systemStatus.html":         "/vault/state",
		"/wapi/v3/withdraw.html":             "/vault/payout",
		"/wapi/v3/withdrawHistory.html":      "/vault/payouts",
		"/wapi/v3/depositHistory.html":       "/vault/payins",
		"/wapi/v3/userAssetDribbletLog.html": "/vault/crumbs",
		"/wapi/v3/depositAddress.html":       "/vault/where",
		"/api/v3/order/cancelReplace":        "/spot/swap",
		"/sapi/v1/margin/priceIndex":         "/lend/pledge/index",
		"/api/v3/avgPrice":                   "/spot/mean",
		"/sapi/v1/margin/loan":               "/lend/pledge/debts",
		"/sapi/v1/margin/query/loan":         "/lend/pledge/about/debts",
		"/sapi/v1/margin/repay":              "/lend/pledge/settlements",
		"/sapi/v1/margin/transfer":           "/lend/pledge/moves",
		"/sapi/v1/margin/pair":               "/lend/pledge/pair",
		"/sapi/v1/margin/allPairs":           "/lend/pledge/pairs",
		"/sapi/v1/margin/account":            "/lend/pledge/wallet",
		"/sapi/v1/margin/order":              "/lend/pledge/ticket",
		"/sapi/v1/margin/allOrders":          "/lend/pledge/filed",
		"/sapi/v1/asset/dust":                "/lend/sweep",
	}
	toyFamilies = map[string]string{"/api": "/spot", "/wapi": "/vault", "/sapi": "/lend"}

	// toySegments are of paths that the catalogue does not know.
	toySegments = map[string]string{
		"order": "ticket", "orderList": "bundle", "margin": "pledge", "withdraw": "payout",
		"accountSnapshot": "walletPicture", "get-funding-asset": "get-purse", "purchaseRecord": "purchaseEntry",
	}

	// toyFields are beginnings of field names, the longer first.
	toyFields = [...][2]string{
		{"X-MBX-USED-WEIGHT-1M", "Credits-Per-Minute"}, {"X-MBX-USED-WEIGHT", "Used-Credits"},
		{"X-MBX-ORDER-COUNT", "Tickets-Placed"}, {"X-MBX-APIKEY", "Client-Key"}, {"X-MBX-UUID", "Credits-Trace"},
		{"X-MBX-TIME-UNIT", "Clock-Unit"}, {"X-MBX-", "Credits-"}, {"X-SAPI-USED-", "Lend-Used-"},
	}
	toyParams = map[string]string{
		"timestamp": "clock", "signature": "seal", "recvWindow": "patience",
		"newClientOrderId": "newTicketName", "withdrawOrderId": "payoutName", "origClientOrderId": "oldTicketName", "orderId": "ticket",
		"listClientOrderId": "bundleTicketName", "workingClientOrderId": "workingTicketName", "orderListId": "bundle", "strategyId": "plan",
		"symbol": "market", "asset": "good", "side": "way", "type": "manner", "timeInForce": "lasting",
		"startTime": "since", "endTime": "till", "fromId": "first", "status": "stage",
		"quantity": "volume", "price": "rate", "amount": "sum", "limit": "rows", "interval": "step", "address": "target",
	}
	toyMembers = map[string]string{
		"code": "fault", "msg": "reason", "success": "done", "rateLimits": "quotas", "data": "content", "symbol": "market", "orderId": "ticket",
		"time": "stamp", "updateTime": "restamp", "serverTime": "now", "id": "number", "insertTime": "since", "timestamp": "clock",
		"transactTime": "filled", "depositList": "payins", "withdrawList": "payouts", "applyTime": "wanted", "rows": "lines",
		"openTime": "opened", "closeTime": "closed", "successTime": "came", "bids": "buys", "asks": "sells", "side": "way",
	}
	toyPhrases = [...][2]string{
		{"banned until ", "barred up to "}, {"current limit is ", "quota amounts to "}, {"ahead of the server", "before our own clock"},
		{"Timeout waiting for response from backend", "No word in time from behind"},
		{"Invalid symbol", "Unheard-of market"}, {"Too many requests", "Too many knocks"},
	}
)

// toyCode is the toy's error code for one of the document's.
func toyCode(code int64) int64 {
	if code > -1000 || code < -9999 {
		return code
	}
	return code - 40000
}

// toy is the toy edition. Levels, dates and figures are the document's.
var toy = func() *edition.Edition {
	e := *edition.Default()
	e.ID = "toy"
	e.Bases = toyAll(e.Bases, toyHost)
	e.Dialect = toyDialect()
	e.Codes = toyCodes(e.Codes)
	e.Catalogue = toyCatalogue(e.Catalogue)
	e.CallNames = []edition.CallNames{
		{Say: "order", Names: []string{"ticket"}}, {Say: "orders", Names: []string{"swap"}},
		{Say: "open-orders", Names: []string{"standing"}}, {Say: "all-orders", Names: []string{"filed"}}, {Say: "trades", Names: []string{"fills"}},
		{Say: "order-list", Names: []string{"bundle", "either", "after"}}, {Say: "order-lists", Names: []string{"*bundles"}},
		{Say: "records", Names: []string{"payouts", "payins", "crumbs", "*Entry"}}, {Say: "balances", Names: []string{"wallet*", "*purse"}},
		{Say: "aggregates", Names: []string{"sums"}},
		{Say: "test", Names: []string{"dry"}}, {Say: "stream", Names: []string{"ear"}},
	}
	e.CallPaths = []edition.CallNames{
		{Say: "payouts", Names: []string{"*payout*"}}, {Say: "crumbs", Names: []string{"*/crumbs", "*/sweep"}},
		{Say: "pledge", Names: []string{"*/pledge/*"}}, {Say: "spot", Names: []string{"/spot/*"}},
	}
	return &e
}()

func toyDialect() *traffic.Dialect {
	return sound(traffic.NewDialect(traffic.Dialect{
		Fields: traffic.FieldNames{
			Prefixes: []string{"Used-", "Credits-", "Tickets-", "Lend-"}, UsedWeight: "Used-Credits", UsedWeightMinute: "Credits-Per-Minute",
			OrderCount: "Tickets-Placed", APIKey: "Client-Key", UUID: "Credits-Trace", TimeUnit: "Clock-Unit",
		},
		Params: []traffic.ParamName{
			{Name: "clock", Role: traffic.RoleTimestamp}, {Name: "seal", Role: traffic.RoleSignature}, {Name: "patience", Role: traffic.RoleRecvWindow},
			{Name: "newTicketName", Role: traffic.RoleNewOrderID}, {Name: "payoutName", Role: traffic.RoleNewWithdrawalID},
			{Name: "oldTicketName", Role: traffic.RoleOldOrderID}, {Name: "ticket", Role: traffic.RoleOrderID},
			{Name: "newOrderRespType", Role: traffic.RoleAnew}, {Name: "plan", Role: traffic.RoleAnew}, {Name: "name", Role: traffic.RoleAnew},
			{Name: "market", Role: traffic.RoleSymbol}, {Name: "good", Role: traffic.RoleAsset}, {Name: "way", Role: traffic.RoleSide},
			{Name: "manner", Role: traffic.RoleType}, {Name: "lasting", Role: traffic.RoleTimeInForce},
			{Name: "since", Role: traffic.RoleFrom}, {Name: "till", Role: traffic.RoleUntil},
			{Name: "first", Role: traffic.RolePart}, {Name: "bundle", Role: traffic.RolePart}, {Name: "stage", Role: traffic.RolePart}, {Name: "rows", Role: traffic.RoleLimit},
		},
		NewIDs: []string{"TicketName"}, OldIDs: []string{"old"}, Amounts: []string{"volume", "rate", "sum"},
		Moved: []string{"sum", "volume"}, Orders: []string{"ticket", "oldTicketName", "bundle"},
		Families: []traffic.FamilyName{
			{Prefix: "/lend", Family: traffic.Family{Envelope: traffic.EnvelopeCode}},
			{Prefix: "/vault", Family: traffic.Family{Envelope: traffic.EnvelopeSuccess, OnlyTimeouts: true}},
			{Prefix: "/spot", Family: traffic.Family{Envelope: traffic.EnvelopeCode, Main: true, Weighed: true}},
		},
		Members: traffic.Members{
			Code: "fault", Msg: "reason", Success: "done", Message: "message", RateLimits: "quotas", Data: "content", Symbol: "market", Times: [...]string{"stamp", "T"},
		},
		Codes: []traffic.CodeMeaning{
			{Code: -41001, Meaning: traffic.InternalError}, {Code: -41003, Meaning: traffic.TooManyRequests},
			{Code: -41006, Meaning: traffic.UnexpectedResponse}, {Code: -41007, Meaning: traffic.TimedOut},
			{Code: -41008, Meaning: traffic.Busy}, {Code: -41015, Meaning: traffic.TooManyOrders}, {Code: -41016, Meaning: traffic.ShuttingDown},
			{Code: -41021, Meaning: traffic.BadTimestamp}, {Code: -41022, Meaning: traffic.BadSignature},
			{Code: -41102, Meaning: traffic.MissingParam}, {Code: -41121, Meaning: traffic.BadSymbol},
			{Code: -42011, Meaning: traffic.CancelRejected}, {Code: -42013, Meaning: traffic.NoSuchOrder},
			{Code: -42014, Meaning: traffic.BadKey}, {Code: -42015, Meaning: traffic.BadKey}, {Code: -42026, Meaning: traffic.OrderArchived},
		},
		Chapters: traffic.Chapters{
			Venue: traffic.CodeRange{From: -41099, To: -41000}, Request: traffic.CodeRange{From: -41199, To: -41100}, Lasting: []int64{-41014, -41020, -42014},
		},
		Phrases: traffic.Phrases{
			BannedUntil: "barred up to ", Limit: "quota amounts to ", Ahead: "before our own clock", Backend: "No word in time from behind",
		},
		Clock: traffic.Clock{
			Unit: traffic.UnitMicroseconds, AskedUnit: traffic.UnitMilliseconds, AskedFrom: time.Date(2024, 12, 17, 0, 0, 0, 0, time.UTC), AskedBy: "MILLISECOND",
			From: time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC), Timeout: 10 * time.Second, Ahead: time.Second, Behind: 5 * time.Second, Farthest: time.Minute,
		},
	}))
}

// toyCodes are the document's codes under the toy's numbers.
func toyCodes(of *edition.Codes) *edition.Codes {
	all := slices.Clone(of.All)
	for i := range all {
		c := &all[i]
		c.Code, c.Messages = toyCode(c.Code), toyAll(c.Messages, toyPhrase)
	}
	return sound(edition.NewCodes(all, of.Engine, of.Filters))
}

// toyCatalogue are the endpoints that toyPaths names, in the toy's words.
func toyCatalogue(of *edition.Catalogue) *edition.Catalogue {
	var all []edition.Endpoint
	for _, ep := range of.Endpoints {
		path, has := toyPaths[ep.Path]
		if !has {
			continue
		}
		ep.Path = path
		ep.Family = edition.Family(strings.Split(path, "/")[1])
		ep.Orders, ep.Times, ep.Params, ep.Weights = slices.Clone(ep.Orders), slices.Clone(ep.Times), slices.Clone(ep.Params), slices.Clone(ep.Weights)
		for i := range ep.Orders {
			ep.Orders[i].Array, ep.Orders[i].Key = toyPath(ep.Orders[i].Array), toyMember(ep.Orders[i].Key)
		}
		for i := range ep.Times {
			ep.Times[i].Path = toyPath(ep.Times[i].Path)
		}
		for i := range ep.Params {
			ep.Params[i].Name = toyParam(ep.Params[i].Name)
		}
		for i := range ep.Weights {
			ep.Weights[i].Param = toyParam(ep.Weights[i].Param)
		}
		ep.Repetition.NamedBy = toyAll(ep.Repetition.NamedBy, toyParam)
		all = append(all, ep)
	}
	return sound(edition.NewCatalogue(all))
}

// sound is what was made, which the toy's facts leave no doubt about.
func sound[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func toyAll(of []string, word func(string) string) []string {
	var all []string
	for _, s := range of {
		all = append(all, word(s))
	}
	return all
}

func toyParam(name string) string  { return orItself(toyParams, name) }
func toyMember(name string) string { return orItself(toyMembers, name) }

func orItself(words map[string]string, word string) string {
	if other, has := words[word]; has {
		return other
	}
	return word
}

// toyPath translates a path into a body, such as $.rows[*].time.
func toyPath(path string) string {
	return memberInPath.ReplaceAllStringFunc(path, func(s string) string { return s[:1] + toyMember(s[1:]) })
}

func toyPhrase(text string) string {
	for _, p := range toyPhrases {
		text = strings.ReplaceAll(text, p[0], p[1])
	}
	return text
}
