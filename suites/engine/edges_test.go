package engine

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var noon = time.Date(2019, 7, 20, 12, 0, 30, 0, time.UTC)

// told is an answer to a GET.
func told(status int, body string) *traffic.Exchange {
	return &traffic.Exchange{
		Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/ping"},
		Response: traffic.Response{Status: status, Body: []byte(body)},
	}
}

func withGaps(x *traffic.Exchange, g traffic.Gap) *traffic.Exchange {
	x.Gaps = g
	return x
}

// Which rules hear of an answer.
func TestWhoHearsOfAnAnswer(t *testing.T) {
	const noStatus = traffic.GapStatus
	for _, c := range []struct {
		x     *traffic.Exchange
		heard rule.Occasion
	}{
		{told(200, `{}`), rule.OnSuccess},
		{told(199, `{}`), rule.OnSilence},
		{told(299, `[]`), rule.OnSuccess},
		{told(300, `{}`), rule.OnSilence},
		{told(200, `{"code":-1121,"msg":"x"}`), rule.OnToldError},
		{told(200, `{"code":-1121}`), rule.OnToldError},
		{told(200, `{"code":"x","msg":"x"}`), rule.OnToldError},
		{told(200, `{"code":0,"msg":"x"}`), rule.OnToldError},
		{told(200, `{"code":1,"msg":"x"}`), rule.OnToldError},
		{told(200, `{"code":200,"msg":"x"}`), rule.OnToldError},
		{told(200, `{"code":201,"msg":"x"}`), rule.OnToldError},
		{told(200, `{"success":false}`), rule.OnToldError},
		{told(200, `{"success":true,"code":-1,"msg":"x"}`), rule.OnToldError},
		{told(200, `{"success":"false"}`), rule.OnToldError},
		{told(200, `<p>`), rule.OnSuccess},
		{withGaps(told(200, `{}`), traffic.GapTruncated), rule.OnSuccess},
		{told(399, `{}`), rule.OnSilence},
		{told(400, `{"code":-1,"msg":"x"}`), rule.OnRefusal},
		{told(499, `{}`), rule.OnRefusal},
		{told(500, `{}`), rule.OnFailure},
		{told(600, `{}`), rule.OnFailure},
		{told(0, ``), rule.OnSilence},
		{withGaps(told(200, `{}`), traffic.GapResponse), rule.OnSilence},
		{withGaps(told(404, `{}`), traffic.GapResponse), rule.OnSilence},
		{withGaps(told(500, `{}`), traffic.GapResponse), rule.OnSilence},
		{withGaps(told(0, `[]`), noStatus), rule.OnSuccess},
		{withGaps(told(0, `{"a":1}`), noStatus), rule.OnSuccess},
		{withGaps(told(0, `"a"`), noStatus), rule.OnSuccess},
		{withGaps(told(0, `{"code":"x"}`), noStatus), rule.OnToldError},
		{withGaps(told(0, `{"msg":"x"}`), noStatus), rule.OnSuccess},
		{withGaps(told(0, `{"message":"x"}`), noStatus), rule.OnSuccess},
		{withGaps(told(0, `{"message":"x","success":true}`), noStatus), rule.OnToldError},
		{withGaps(told(0, `{"code":-1,"msg":"x"}`), noStatus), rule.OnToldError},
		{withGaps(told(0, `[`), noStatus|traffic.GapTruncated), rule.OnSilence},
	} {
		if got := answers[answerOf(traffic.FactsOf(edition.Default().Dialect, c.x))]; got != c.heard {
			t.Errorf("%d %s with gaps %d: expected to be heard on %d, found %d", c.x.Response.Status, c.x.Response.Body, c.x.Gaps, c.heard, got)
		}
	}
}

// Each family has the occasions of what is agreed there.
func TestOccasionsOfFamilies(t *testing.T) {
	for path, want := range map[string]rule.Occasion{
		"/": rule.OnOther, "/api/": rule.OnDocumented | rule.OnCodes | rule.OnWeighed, "/sapi/": rule.OnDocumented | rule.OnCodes,
		"/wapi/": rule.OnDocumented | rule.OnSuccessMarks | rule.OnTimeouts,
	} {
		if got := occasionOf(edition.Default().Dialect.FamilyOf(path)); got != want {
			t.Errorf("%s: expected %b, found %b", path, want, got)
		}
	}
}

// Where the halves of an event belong in time.
func TestInstantsOfHalves(t *testing.T) {
	late := rule.Event{Sent: traffic.Exactly(noon.Add(time.Second)), Received: traffic.Exactly(noon)}
	if sentAt(&late) != receivedAt(&late) || sentAt(&late) != noon.Add(time.Second).UnixNano() {
		t.Errorf("expected an answer to be heard behind its request, found %d and %d", sentAt(&late), receivedAt(&late))
	}
}

// A clock that was set back puts what comes before what was; one that was set
// forward, or a Date that stands still, keeps the order.
func TestFileClockSteps(t *testing.T) {
	seen := func(date, received time.Duration) *rule.Event {
		return &rule.Event{Maker: traffic.MakerVenue, Date: noon.Add(date), Received: traffic.Exactly(noon.Add(received))}
	}
	for _, c := range []struct {
		name string
		a, b *rule.Event
		want bool
	}{
		{"together", seen(0, 0), seen(time.Minute, time.Minute), false},
		{"ten seconds back", seen(0, 0), seen(time.Minute, 50*time.Second), false},
		{"more than ten seconds back", seen(0, 0), seen(time.Minute, 50*time.Second-1), true},
		{"forward", seen(0, 0), seen(time.Minute, time.Hour), false},
		{"a slow body before", &rule.Event{Maker: traffic.MakerVenue, Date: noon, Sent: traffic.Exactly(noon), Received: traffic.Exactly(noon.Add(time.Minute))}, seen(61*time.Second, 61*time.Second), false},
		{"always behind", seen(time.Hour, 0), seen(time.Hour+time.Minute, time.Minute), false},
	} {
		var clock clock
		if clock.steps(c.a) {
			t.Errorf("%s: expected the first to be no step", c.name)
		}
		if got := clock.steps(c.b); got != c.want {
			t.Errorf("%s: expected a step: %t, found %t", c.name, c.want, got)
		}
	}
	for name, change := range map[string]func(e *rule.Event){
		"no Date": func(e *rule.Event) { e.Date = time.Time{} }, "a stored answer": func(e *rule.Event) { e.CacheHit = true }, "an intermediary": func(e *rule.Event) { e.Maker = traffic.MakerIntermediary },
	} {
		var clock clock
		clock.steps(seen(0, 0))
		odd := seen(time.Hour, 0)
		if change(odd); clock.steps(odd) {
			t.Errorf("%s: expected it to say nothing of the clock", name)
		}
		if clock.steps(seen(time.Minute, time.Minute)) {
			t.Errorf("%s: expected it to be passed over", name)
		}
	}
}

// Episodes are cut where Dates jump, or instants where there is no Date.
func TestEdgesOfEpisodes(t *testing.T) {
	for step, want := range map[time.Duration]bool{time.Hour: false, time.Hour + 1: true, -10 * time.Second: false, -10*time.Second - 1: true} {
		var clock, undated clock
		clock.jumps(&rule.Event{Date: noon})
		undated.jumps(&rule.Event{Received: traffic.Exactly(noon)})
		if got := clock.jumps(&rule.Event{Date: noon.Add(step)}); got != want {
			t.Errorf("a step of %v: expected a cut: %t, found %t", step, want, got)
		}
		if got := undated.jumps(&rule.Event{Received: traffic.Exactly(noon.Add(step))}); got != want {
			t.Errorf("a step of %v without Dates: expected a cut: %t, found %t", step, want, got)
		}
	}
	var clock clock
	clock.jumps(&rule.Event{Date: noon})
	if clock.jumps(&rule.Event{}) || clock.jumps(&rule.Event{Date: noon.Add(time.Minute)}) {
		t.Error("expected an event without any instant to be passed over")
	}
	if !clock.jumps(&rule.Event{Date: noon.Add(2 * time.Hour)}) {
		t.Error("expected a jump to be seen behind one that was passed over")
	}
}

// The minute's limit of weight in a list of limits.
func TestWeightLimitOfAList(t *testing.T) {
	for list, want := range map[string]int64{
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200}]`:                                                  1200,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200}]`:                                                                  1200,
		`[{"rateLimitType":"ORDERS","interval":"MINUTE","limit":7},{"limit":1300,"interval":"MINUTE","rateLimitType":"REQUEST_WEIGHT"}]`:         1300,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":5,"limit":1200}]`:                                                  0,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"HOUR","limit":1200}]`:                                                                    0,
		`[{"rateLimitType":"ORDERS","interval":"MINUTE","limit":1200}]`:                                                                          0,
		`[{"rateLimitType":"REQUEST_WEIGHT"},{"interval":"MINUTE","limit":1200}]`:                                                                0,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1.5}]`:                                                                   0,
		`[{"more":{"limit":5},"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200}]`:                                               1200,
		`[["rateLimitType","REQUEST_WEIGHT"]]`:                                                                                                   0,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200}`:                                                                   0,
		`[5,{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":"5","limit":1200}]`:                                              1200,
		`[{"rateLimitType":["REQUEST_WEIGHT"],"interval":"MINUTE","limit":1200}]`:                                                                0,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":5,"limit":1200}]`:                                                                         0,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":"1200"}]`:                                                                0,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1.0,"limit":12e2}]`:                                                1200,
		`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200`:                                                                    0,
		`[{"rateLimitType":"REQUEST_WEIGHT","rateLimitType2":"x","interval":"MINUTE","interval2":"x","limit":1200,"limit2":5,"intervalNum2":9}]`: 1200,
		``: 0, `[]`: 0,
	} {
		if got := weightLimit([]byte(list)); got != want {
			t.Errorf("%s: expected %d, found %d", list, want, got)
		}
	}
}

// What sending a call again may do.
func TestRepetitionOfCalls(t *testing.T) {
	of := func(method, url, body string) rule.Repetition {
		f := new(traffic.Facts)
		f.ScanRequest(edition.Default().Dialect, &traffic.Exchange{Request: traffic.Request{Method: method, URL: url, Body: []byte(body)}})
		return repetitionOf(f, edition.Default().Catalogue.Lookup(method, f.Path))
	}
	for _, c := range []struct {
		method, url, body string
		want              rule.Repetition
	}{
		{"POST", "/api/v3/order?symbol=A&side=BUY", "", rule.RepetitionActs}, {"GET", "/api/v1/time", "", rule.RepetitionIdle},
		{"DELETE", "/api/v3/order?symbol=A&orderId=5", "", rule.RepetitionIdle},
		{"POST", "/sapi/v9/none?amount=1", "", rule.RepetitionActs}, {"POST", "/sapi/v9/none?quantity=1", "", rule.RepetitionActs}, {"POST", "/sapi/v9/none?quoteOrderQty=1", "", rule.RepetitionActs},
		{"POST", "/sapi/v9/none?fromAmount=1", "", rule.RepetitionActs}, {"POST", "/sapi/v9/none?toAmount=1", "", rule.RepetitionActs},
		{"POST", "/sapi/v9/none?amount=", "", rule.RepetitionUnknown}, {"POST", "/sapi/v9/none?count=1", "", rule.RepetitionUnknown},
		{"DELETE", "/sapi/v9/none?orderId=1", "", rule.RepetitionIdle}, {"DELETE", "/sapi/v9/none?origClientOrderId=1", "", rule.RepetitionIdle},
		{"DELETE", "/sapi/v9/none?orderListId=1", "", rule.RepetitionIdle}, {"DELETE", "/sapi/v9/none?listClientOrderId=1", "", rule.RepetitionIdle},
		{"DELETE", "/sapi/v9/none?orderId=", "", rule.RepetitionUnknown}, {"POST", "/sapi/v9/none?orderId=1", "", rule.RepetitionUnknown},
		{"DELETE", "/sapi/v9/none?orderId=1&amount=2", "", rule.RepetitionActs},
		{"POST", "/sapi/v9/getQuote?fromAmount=1", "", rule.RepetitionUnknown}, {"POST", "/sapi/v9/queryCost?amount=1", "", rule.RepetitionUnknown}, {"POST", "/sapi/v9/Quote?amount=1", "", rule.RepetitionUnknown},
		{"POST", "/sapi/v9/quotes?amount=1", "", rule.RepetitionActs}, {"POST", "/sapi/get/buy?amount=1", "", rule.RepetitionActs},
		{"DELETE", "/api/v3/order?symbol=A", "{}", rule.RepetitionUnknown}, {"DELETE", "/api/v3/order?symbol=A", "", rule.RepetitionActs},
	} {
		if got := of(c.method, c.url, c.body); got != c.want {
			t.Errorf("%s %s: expected %d, found %d", c.method, c.url, c.want, got)
		}
	}
}

func TestFileClockCutsEpisodes(t *testing.T) {
	day := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		step time.Duration
		want bool
	}{{0, false}, {time.Minute, false}, {-5 * time.Second, false}, {-time.Minute, true}, {episodeGap, false}, {24 * time.Hour, true}, {-24 * time.Hour, true}} {
		var c clock
		c.jumps(&rule.Event{Date: day})
		if got := c.jumps(&rule.Event{Date: day.Add(tc.step)}); got != tc.want {
			t.Errorf("a step of %v: expected a cut %v, found %v", tc.step, tc.want, got)
		}
	}
}
