package edition

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// compiled compiles a dialect of this package.
func compiled(d traffic.Dialect) *traffic.Dialect {
	c, err := traffic.NewDialect(d)
	if err != nil {
		panic(err) // a test of this package would not start
	}
	return c
}

// dialect2019seed is how the 2019-seed edition writes its traffic.
var dialect2019seed = compiled(traffic.Dialect{
	Fields: traffic.FieldNames{
		Prefixes:         []string{"X-MBX-", "X-SAPI-USED-"},
		UsedWeight:       "X-MBX-USED-WEIGHT",
		UsedWeightMinute: "X-MBX-USED-WEIGHT-1M",
		OrderCount:       "X-MBX-ORDER-COUNT",
		APIKey:           "X-MBX-APIKEY",
		UUID:             "X-MBX-UUID",
		TimeUnit:         "X-MBX-TIME-UNIT",
	},
	Params: []traffic.ParamName{
		{Name: "timestamp", Role: traffic.RoleTimestamp}, {Name: "signature", Role: traffic.RoleSignature}, {Name: "recvWindow", Role: traffic.RoleRecvWindow},

		{Name: "newClientOrderId", Role: traffic.RoleNewOrderID}, {Name: "withdrawOrderId", Role: traffic.RoleNewWithdrawalID},
		{Name: "origClientOrderId", Role: traffic.RoleOldOrderID}, {Name: "orderId", Role: traffic.RoleOrderID},

		{Name: "newOrderRespType", Role: traffic.RoleAnew}, {Name: "strategyId", Role: traffic.RoleAnew}, {Name: "strategyType", Role: traffic.RoleAnew},
		{Name: "selfTradePreventionMode", Role: traffic.RoleAnew}, {Name: "clientTranId", Role: traffic.RoleAnew}, {Name: "name", Role: traffic.RoleAnew},

		{Name: "symbol", Role: traffic.RoleSymbol}, {Name: "asset", Role: traffic.RoleAsset}, {Name: "coin", Role: traffic.RoleAsset},
		{Name: "side", Role: traffic.RoleSide}, {Name: "type", Role: traffic.RoleType}, {Name: "direction", Role: traffic.RoleDirection},
		{Name: "timeInForce", Role: traffic.RoleTimeInForce}, {Name: "isIsolated", Role: traffic.RoleIsolated},

		{Name: "startTime", Role: traffic.RoleFrom}, {Name: "endTime", Role: traffic.RoleUntil},
		{Name: "fromId", Role: traffic.RolePart}, {Name: "orderListId", Role: traffic.RolePart}, {Name: "status", Role: traffic.RolePart},
		{Name: "page", Role: traffic.RolePart}, {Name: "current", Role: traffic.RolePart}, {Name: "offset", Role: traffic.RolePart},
		{Name: "txId", Role: traffic.RolePart}, {Name: "tranId", Role: traffic.RolePart}, {Name: "archived", Role: traffic.RolePart},
		{Name: "isolatedSymbol", Role: traffic.RolePart}, {Name: "limit", Role: traffic.RoleLimit},
	},
	NewIDs:  []string{"ClientOrderId"},
	OldIDs:  []string{"orig", "cancelOrig"},
	Amounts: []string{"quantity", "price", "amount", "qty"},
	Moved:   []string{"amount", "quantity", "quoteOrderQty", "fromAmount", "toAmount"},
	Orders:  []string{"orderId", "origClientOrderId", "orderListId", "listClientOrderId"},

	Families: []traffic.FamilyName{
		{Prefix: "/api", Family: traffic.Family{Envelope: traffic.EnvelopeCode, Main: true, Weighed: true}},
		{Prefix: "/wapi", Family: traffic.Family{Envelope: traffic.EnvelopeSuccess, OnlyTimeouts: true}},
		{Prefix: "/sapi", Family: traffic.Family{Envelope: traffic.EnvelopeCode}},
	},
	Members: traffic.Members{
		Code: "code", Msg: "msg", Success: "success", Message: "message", RateLimits: "rateLimits", Data: "data", Symbol: "symbol", Times: [...]string{"time", "T"},
	},
	Codes: []traffic.CodeMeaning{
		{Code: -1001, Meaning: traffic.InternalError},
		{Code: -1003, Meaning: traffic.TooManyRequests},
		{Code: -1006, Meaning: traffic.UnexpectedResponse},
		{Code: -1007, Meaning: traffic.TimedOut},
		{Code: -1008, Meaning: traffic.Busy},
		{Code: -1015, Meaning: traffic.TooManyOrders},
		{Code: -1016, Meaning: traffic.ShuttingDown},
		{Code: -1021, Meaning: traffic.BadTimestamp},
		{Code: -1022, Meaning: traffic.BadSignature},
		{Code: -1102, Meaning: traffic.MissingParam},
		{Code: -1121, Meaning: traffic.BadSymbol},
		{Code: -2011, Meaning: traffic.CancelRejected},
		{Code: -2013, Meaning: traffic.NoSuchOrder},
		{Code: -2014, Meaning: traffic.BadKey}, // its format
		{Code: -2015, Meaning: traffic.BadKey}, // or its IP, or its permissions
		{Code: -2026, Meaning: traffic.OrderArchived},
	},
	Chapters: traffic.Chapters{
		Venue: traffic.CodeRange{From: -1099, To: -1000}, Request: traffic.CodeRange{From: -1199, To: -1100},
		Lasting: []int64{-1014, -1020, -2014},
	},
	Phrases: traffic.Phrases{
		BannedUntil: "banned until ",
		Limit:       "current limit is ",
		Ahead:       "ahead of the server",
		Backend:     "Timeout waiting for response from backend",
	},
	Clock: traffic.Clock{
		Unit: traffic.UnitMilliseconds,

		// The venue began to take and to send microseconds later.
		AskedUnit: traffic.UnitMicroseconds, AskedFrom: time.Date(2024, 12, 17, 0, 0, 0, 0, time.UTC), AskedBy: "MICROSECOND",

		From: time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC), // the venue's own lower bound for timestamps

		Timeout: 10 * time.Second, // of which code -1007 tells

		// A timestamp less than 1 s ahead is taken, and one no older than recvWindow,
		// which is 5 s where it is not sent and a minute at the most.
		Ahead: time.Second, Behind: 5 * time.Second, Farthest: time.Minute,
	},
})
