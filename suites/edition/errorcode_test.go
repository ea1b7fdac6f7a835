package edition

import (
	"strings"
	"testing"
)

func TestErrorCodes(t *testing.T) {
	for code, name := range map[int64]string{-1121: "BAD_SYMBOL", -1003: "TOO_MANY_REQUESTS", -3041: "BALANCE_NOT_CLEARED"} {
		if c, ok := Default().Codes.Lookup(code); !ok || c.Name != name || c.Code != code {
			t.Errorf("%d: expected %s, found %+v, %v", code, name, c, ok)
		}
	}
	for _, code := range []int64{0, 200, 1121, -1} {
		if c, ok := Default().Codes.Lookup(code); ok {
			t.Errorf("%d: found %+v, expected nothing", code, c)
		}
	}
}

func TestMessageFits(t *testing.T) {
	for _, c := range []struct {
		code int64
		msg  string
		want bool
	}{
		{-1121, "Invalid symbol.", true},
		{-1121, "Invalid symbol", true},
		{-1121, "Invalid symbols.", false},
		{-1121, "Invalid interval.", false},
		{-1121, "", false},
		{-1003, "Way too much request weight used; IP banned until 1659761931230. Please use the websocket for live updates to avoid bans.", true},
		{-1003, "Way too many requests; IP banned until 1513693008350.", true},
		{-1003, "Too much request weight used; current limit is 1200 request weight per 1 MINUTE. Please use the websocket for live updates to avoid polling the API.", true},
		{-1003, "Too many requests; current limit is 1200 requests per minute. Please use the websocket for live updates to avoid polling the API.", true},
		{-1003, "Too many requests; current request has limited.", true},
		{-1003, "Invalid symbol.", false},
		{-1021, "Timestamp for this request was 1000ms ahead of the server's time.", true},
		{-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.", true},
		{-1102, "Param 'orderId' or 'origClientOrderId' must be sent, but both were empty/null!", true},
		{-1102, "Mandatory parameter 'symbol' was not sent", false},
		{-2010, "Account has insufficient balance for requested action.", true},
		{-2010, "Filter failure: LOT_SIZE", true},
		{-2010, "Filter failure: NO_SUCH_FILTER", false},
		{-2011, "Unknown order sent.", true},
		{-2011, "Filter failure: LOT_SIZE", false},
		{-1013, "Filter failure: MIN_NOTIONAL", true},
		{-1010, "Market is closed.", true},
		{-1121, "Market is closed.", false},
		{-3041, "Balance is not enough", true}, // no message is documented
	} {
		info, ok := Default().Codes.Lookup(c.code)
		if !ok {
			t.Errorf("%d: not documented", c.code)
			continue
		}
		if got := Default().Codes.MessageFits(info, c.msg); got != c.want {
			t.Errorf("%d %q: expected %v, found %v", c.code, c.msg, c.want, got)
		}
	}
}

// Whatever fills its gaps, a template's own text fits it.
func TestEveryTemplateFitsItself(t *testing.T) {
	for _, c := range Default().Codes.All {
		if found, ok := Default().Codes.Lookup(c.Code); !ok || found.Code != c.Code || c.Name == "" {
			t.Errorf("%d: found %+v, %v", c.Code, found, ok)
		}
		for _, m := range c.Messages {
			for _, fill := range []string{"", "x", "a. b; %s", "'1' '2'"} {
				if msg := strings.ReplaceAll(m, "%s", fill); !Default().Codes.MessageFits(c, msg) {
					t.Errorf("%d: %q does not fit its template %q", c.Code, msg, m)
				}
			}
		}
	}
}

func TestErrorCodesAgreeWithTheFacts(t *testing.T) {
	type code struct {
		Code     int64
		Messages []string `json:"message_patterns"`
	}
	var facts struct {
		Codes   []code
		SAPI    []code   `json:"sapi_codes"`
		Engine  []string `json:"matching_engine_messages"`
		Filters []string `json:"filter_failures"`
		Carried struct {
			Engine  []int64 `json:"matching_engine"`
			Filters []int64 `json:"filter_failures"`
		} `json:"messages_carried_by"`
	}
	decode(t, "facts/error_codes.json", &facts)
	for _, want := range append(facts.Codes, facts.SAPI...) {
		info, ok := Default().Codes.Lookup(want.Code)
		if !ok {
			t.Errorf("%d is missing", want.Code)
		}
		for _, m := range want.Messages {
			if !Default().Codes.MessageFits(info, m) {
				t.Errorf("%d: %q does not fit", want.Code, m)
			}
		}
	}
	fit := func(codes []int64, messages []string) {
		for _, code := range codes {
			info, ok := Default().Codes.Lookup(code)
			for _, m := range messages {
				if !ok || !Default().Codes.MessageFits(info, m) {
					t.Errorf("%d: %q does not fit", code, m)
				}
			}
		}
	}
	fit(facts.Carried.Engine, facts.Engine)
	fit(facts.Carried.Filters, facts.Filters)
}

func TestErrorCodeDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		Default().Codes.Lookup(-1121)
		Default().Codes.Lookup(1121)
	}); n != 0 {
		t.Errorf("allocations: expected 0, found %v", n)
	}
}

func BenchmarkErrorCode(b *testing.B) {
	codes := Default().Codes
	b.ReportAllocs()
	for b.Loop() {
		codes.Lookup(-1121)
	}
}
