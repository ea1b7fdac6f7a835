package suites_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onsi/gomega/types"

	"github.com/mbxcheck/mbxcheck/suites"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// answer is a response as a test's client receives it.
func answer(t *testing.T, status int, body string, fields ...string) *http.Response {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	r, err := http.Get(s.URL + "/anything")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Body.Close() })
	return r
}

const (
	envelope     = `{"code":-1121,"msg":"Invalid symbol."}`
	wapiEnvelope = `{"success":false,"msg":"Invalid symbol."}`
	klines       = `[[1563616800000,"1","1","1","1","1",1563616859999,"1",1,"1","1","0"],[1563616860000,"1","1","1","1","1",1563616919999,"1",1,"1","1","0"]]`
	klinesLast   = `[[1563616860000,"1","1","1","1","1",1563616919999,"1",1,"1","1","0"],[1563616800000,"1","1","1","1","1",1563616859999,"1",1,"1","1","0"]]`
)

// row is a row as a client's own types hold it.
type row struct {
	ID   int64 `json:"id"`
	Time int64 `json:"time"`
}

// verdict of a matcher.
const (
	kept = iota
	broken
	undecided
)

func TestMatchers(t *testing.T) {
	good := func(file string) []*traffic.Exchange { return conversed(t, file) }
	values := func(xs []*traffic.Exchange) (vs []traffic.Exchange) {
		for _, x := range xs {
			vs = append(vs, *x)
		}
		return vs
	}
	for name, c := range map[string]struct {
		matcher types.GomegaMatcher
		actual  any
		want    int
	}{
		"conform: exchanges":            {suites.ConformTo("G03"), good("ascending/good.txt"), kept},
		"conform: exchanges, a rule":    {suites.ConformTo("ascending"), good("ascending/good.txt"), kept},
		"conform: exchanges by value":   {suites.ConformTo("G03"), values(good("ascending/bad-klines-newest-first.txt")), broken},
		"conform: one exchange":         {suites.ConformTo("G03"), good("ascending/good.txt")[0], kept},
		"conform: recording":            {suites.ConformTo("G03"), record(t, "ascending/good.txt"), kept},
		"conform: broken recording":     {suites.ConformTo("G03"), record(t, "ascending/bad-klines-newest-first.txt"), broken},
		"conform: response":             {suites.ConformTo("G03"), answer(t, 200, klinesLast), undecided}, // the route is unknown
		"conform: no occasion":          {suites.ConformTo("L12"), good("ascending/good.txt"), undecided},
		"conform: nothing":              {suites.ConformTo("L12"), []*traffic.Exchange{}, undecided},
		"conform: nil exchange":         {suites.ConformTo("L12"), []*traffic.Exchange{nil}, undecided},
		"conform: unknown ID":           {suites.ConformTo("G99"), good("ascending/good.txt"), undecided},
		"conform: no recording":         {suites.ConformTo("G03"), "no/such/file", undecided},
		"conform: wrong type":           {suites.ConformTo("G03"), 42, undecided},
		"back-off: kept":                {suites.HonourRetryAfter(), good("back-off-after-429/good.txt"), kept},
		"back-off: recording":           {suites.HonourRetryAfter(), record(t, "back-off-after-429/good.txt"), kept},
		"back-off: early":               {suites.HonourRetryAfter(), record(t, "back-off-after-429/bad-one-second-early.txt"), broken},
		"back-off: no 429":              {suites.HonourRetryAfter(), good("ascending/good.txt"), undecided},
		"envelope: text":                {suites.HaveErrorEnvelope(), envelope, kept},
		"envelope: bytes":               {suites.HaveErrorEnvelope(), []byte(envelope), kept},
		"envelope: raw":                 {suites.HaveErrorEnvelope(), json.RawMessage(envelope), kept},
		"envelope: response":            {suites.HaveErrorEnvelope(), answer(t, 400, envelope), kept},
		"envelope: nil response":        {suites.HaveErrorEnvelope(), (*http.Response)(nil), undecided},
		"envelope: success":             {suites.HaveErrorEnvelope(), answer(t, 200, `{"symbol":"BTCUSDT"}`), undecided},
		"envelope: code is text":        {suites.HaveErrorEnvelope(), `{"code":"-1121","msg":"Invalid symbol."}`, broken},
		"envelope: message":             {suites.HaveErrorEnvelope(), answer(t, 400, `{"code":-1121,"message":"Invalid symbol."}`), broken},
		"envelope: wrapped":             {suites.HaveErrorEnvelope(), `{"error":` + envelope + `}`, broken},
		"envelope: the other family's":  {suites.HaveErrorEnvelope(), wapiEnvelope, broken},
		"envelope: page":                {suites.HaveErrorEnvelope(), "<html>Bad Request</html>", undecided},
		"envelope: nothing":             {suites.HaveErrorEnvelope(), answer(t, 500, ""), undecided},
		"envelope: wrong type":          {suites.HaveErrorEnvelope(), struct{}{}, undecided},
		"wapi envelope":                 {suites.HaveWAPIErrorEnvelope(), wapiEnvelope, kept},
		"wapi envelope: response":       {suites.HaveWAPIErrorEnvelope(), answer(t, 400, wapiEnvelope), kept},
		"wapi envelope: on success":     {suites.HaveWAPIErrorEnvelope(), answer(t, 200, wapiEnvelope), kept},
		"wapi envelope: other family's": {suites.HaveWAPIErrorEnvelope(), envelope, broken},
		"weight: field":                 {suites.CarryUsedWeight(), http.Header{"X-Mbx-Used-Weight": {"12"}}, kept},
		"weight: response":              {suites.CarryUsedWeight(), answer(t, 200, "{}", "X-MBX-USED-WEIGHT", "12"), kept},
		"weight: none":                  {suites.CarryUsedWeight(), http.Header{"Server": {"x"}}, broken},
		"weight: response without":      {suites.CarryUsedWeight(), answer(t, 200, "{}"), broken},
		"weight: no number":             {suites.CarryUsedWeight(), http.Header{"X-Mbx-Used-Weight": {"many"}}, broken},
		"weight: wrong type":            {suites.CarryUsedWeight(), "X-MBX-USED-WEIGHT: 1", undecided},
		"retry: field":                  {suites.CarryRetryAfter(), http.Header{"Retry-After": {"12"}}, kept},
		"retry: response":               {suites.CarryRetryAfter(), answer(t, 418, envelope, "Retry-After", "12"), kept},
		"retry: none":                   {suites.CarryRetryAfter(), http.Header{}, broken},
		"retry: response without":       {suites.CarryRetryAfter(), answer(t, 429, envelope), broken},
		"retry: empty body":             {suites.CarryRetryAfter(), answer(t, 429, ""), broken},
		"retry: no refusal":             {suites.CarryRetryAfter(), answer(t, 200, "{}"), undecided},
		"order: klines":                 {suites.BeAscendingBy("openTime"), klines, kept},
		"order: klines by position":     {suites.BeAscendingBy("[6]"), []byte(klines), kept},
		"order: klines, newest first":   {suites.BeAscendingBy("openTime"), answer(t, 200, klinesLast), broken},
		"order: closeTime":              {suites.BeAscendingBy("closeTime"), " [ \n" + klinesLast[1:], broken},
		"order: Go rows":                {suites.BeAscendingBy("time"), []row{{1, 5}, {2, 5}}, kept},
		"order: equal ids":              {suites.BeAscendingBy("id"), []row{{1, 5}, {1, 5}}, broken},
		"order: later, with equal ids":  {suites.BeAscendingBy("id"), []row{{1, 5}, {1, 6}}, undecided},
		"order: maps":                   {suites.BeAscendingBy("openTime"), []map[string]any{{"openTime": 2}, {"openTime": 1}}, broken},
		"order: a key nobody knows":     {suites.BeAscendingBy("seq"), `[{"seq":1},{"seq":1},{"seq":2}]`, kept},
		"order: one row":                {suites.BeAscendingBy("id"), []row{{1, 5}}, undecided},
		"order: no such key":            {suites.BeAscendingBy("nonce"), []row{{1, 5}, {2, 6}}, undecided},
		"order: unusable key":           {suites.BeAscendingBy("[x]"), []row{{1, 5}, {2, 6}}, undecided},
		"order: no JSON":                {suites.BeAscendingBy("id"), "[{", undecided},
		"order: wrong type":             {suites.BeAscendingBy("id"), 42, undecided},
		"order: nil":                    {suites.BeAscendingBy("id"), nil, undecided},
		"times: kept":                   {suites.HaveMillisecondTimes("time"), []row{{1, 1563616800000}}, kept},
		"times: seconds":                {suites.HaveMillisecondTimes("time"), []row{{1, 1563616800}}, broken},
		"times: one of two":             {suites.HaveMillisecondTimes("time", "updateTime"), `{"time":1563616800000,"updateTime":"2019-07-20"}`, broken},
		"times: klines":                 {suites.HaveMillisecondTimes("openTime", "closeTime"), klines, kept},
		"times: position":               {suites.HaveMillisecondTimes("[0]", "$[*][6]"), klines, kept},
		"times: no such field":          {suites.HaveMillisecondTimes("uhrzeit"), klines, undecided},
		"times: no name":                {suites.HaveMillisecondTimes(), klines, undecided},
		"times: unusable path":          {suites.HaveMillisecondTimes("$["), klines, undecided},
	} {
		t.Run(name, func(t *testing.T) { hold(t, c.matcher, c.actual, c.want) })
	}
}

// hold demands a verdict of a matcher and, with it, text that says it.
func hold(t *testing.T, m types.GomegaMatcher, actual any, want int) {
	t.Helper()
	ok, err := m.Match(actual)
	switch {
	case want == undecided && (err == nil || ok || err.Error() == ""):
		t.Fatalf("expected an error, found %t, %v", ok, err)
	case want == undecided:
	case err != nil:
		t.Fatal(err)
	case ok != (want == kept):
		t.Fatalf("expected %t, found %t\n%s", want == kept, ok, m.FailureMessage(actual))
	case ok:
		demand(t, m.NegatedFailureMessage(actual), "found no violation", "kept on")
	default:
		demand(t, m.FailureMessage(actual), "violation", "seen: ", "hint: ")
	}
}

func demand(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("expected %q in\n%s", part, text)
		}
	}
}

func TestMatcherMessagesQuoteTheClause(t *testing.T) {
	c, _ := edition.Default().Text("G03")
	m := suites.BeAscendingBy("openTime")
	if ok, err := m.Match(klinesLast); ok || err != nil {
		t.Fatalf("expected no match, found %t, %v", ok, err)
	}
	demand(t, m.FailureMessage(klinesLast), "G03", c.Words(), "expected: ", "seen: 1563616800000", "hint: ", "/1/0")
	if ok, err := m.Match(klines); !ok || err != nil {
		t.Fatalf("expected a match, found %t, %v", ok, err)
	}
	demand(t, m.NegatedFailureMessage(klines), "G03", c.Words())
}

// TestMatchersLeaveTheBody reads a body that a matcher has read before.
func TestMatchersLeaveTheBody(t *testing.T) {
	r := answer(t, 400, envelope)
	for range 2 {
		hold(t, suites.HaveErrorEnvelope(), r, kept)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != envelope {
		t.Errorf("expected the body %q, found %q, %v", envelope, body, err)
	}
}

// TestMatchersLeaveExchanges hands over exchanges without a position.
func TestMatchersLeaveExchanges(t *testing.T) {
	xs := conversed(t, "ascending/bad-klines-newest-first.txt")
	xs[0].At = traffic.Position{}
	m := suites.ConformTo("G03")
	hold(t, m, xs, broken)
	demand(t, m.FailureMessage(xs), "exchange 1")
	if xs[0].At.Number != 0 {
		t.Errorf("expected the exchange as it was, found it numbered %d", xs[0].At.Number)
	}
}
