package edition

import (
	"slices"
	"strings"
	"testing"
)

// What the 2019 edition's calls are for, and later ones that it does not know.
func TestCall(t *testing.T) {
	for path, want := range map[string]Call{
		"/api/v3/order":                        {"order", "api", CallOrder},
		"/api/v1/openOrders":                   {"openOrders", "api", CallOpenOrders},
		"/api/v3/allOrders":                    {"allOrders", "api", CallAllOrders},
		"/api/v3/myTrades":                     {"myTrades", "api", CallTrades},
		"/api/v3/order/oco":                    {"oco", "api", CallOrderList},
		"/api/v3/orderList":                    {"orderList", "api", CallOrderList},
		"/api/v3/openOrderList":                {"openOrderList", "api", CallOrderLists},
		"/api/v3/order/cancelReplace":          {"cancelReplace", "api", CallOrders},
		"/api/v3/batchOrders":                  {"batchOrders", "api", CallOrders},
		"/api/v3/sor/order/test":               {"test", "api", CallTest},
		"/api/v1/userDataStream":               {"userDataStream", "api", CallStream},
		"/api/v1/trades":                       {"trades", "api", ""},
		"/api/v3/aggTrades":                    {"aggTrades", "api", CallAggregates},
		"/api/v3/account":                      {"account", "api", CallBalances},
		"/api/v3/accounts":                     {"accounts", "api", ""},
		"/wapi/v3/accountStatus.html":          {"accountStatus", "accountStatus", ""},
		"/sapi/v1/accountSnapshot":             {"accountSnapshot", "accountSnapshot", CallBalances},
		"/sapi/v1/capital/config/getall":       {"getall", "capital", CallBalances},
		"/sapi/v3/asset/getUserAsset":          {"getUserAsset", "asset", CallBalances},
		"/sapi/v1/asset/get-funding-asset":     {"get-funding-asset", "asset", CallBalances},
		"/wapi/v3/withdraw.html":               {"withdraw", "withdraw", ""},
		"/wapi/v3/withdrawHistory.html":        {"withdrawHistory", "withdraw", CallRecords},
		"/sapi/v1/capital/withdraw/history":    {"history", "withdraw", CallRecords},
		"/wapi/v3/userAssetDribbletLog.html":   {"userAssetDribbletLog", "dust", CallRecords},
		"/sapi/v1/asset/dribblet":              {"dribblet", "dust", CallRecords},
		"/sapi/v1/asset/dust":                  {"dust", "dust", ""},
		"/sapi/v1/margin/order":                {"order", "margin", CallOrder},
		"/sapi/v1/margin/query/loan":           {"loan", "margin", ""},
		"/sapi/v1/lending/union/redeemRecords": {"redeemRecords", "lending", CallRecords},
		"/":                                    {},
		"":                                     {},
	} {
		if got := Default().Call(path); got != want {
			t.Errorf("%q: expected %+v, found %+v", path, want, got)
		}
	}
	kinds := []CallKind{CallOrder, CallOpenOrders, CallAllOrders, CallTrades, CallAggregates, CallOrderList, CallOrderLists, CallOrders, CallRecords, CallBalances, CallTest, CallStream}
	for _, row := range Default().CallNames {
		if !slices.Contains(kinds, CallKind(row.Say)) {
			t.Errorf("expected one of %q, found %q", kinds, row.Say)
		}
	}
	if n := testing.AllocsPerRun(10, func() { Default().Call("/sapi/v1/margin/interestHistory") }); n != 0 {
		t.Errorf("expected no allocation, found %v", n)
	}
}

func TestStars(t *testing.T) {
	for pattern, want := range map[string]string{"ab": "ab", "*ab": "ab cab", "ab*": "ab abc", "*ab*": "ab cab abc cabc", "*": "ab cab abc cabc", "": ""} {
		var got []string
		for _, s := range []string{"ab", "cab", "abc", "cabc"} {
			if matches(pattern, s) {
				got = append(got, s)
			}
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: expected it to stand for %s, found %q", pattern, want, got)
		}
	}
}
