package clients_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/clients"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
)

var update = flag.Bool("update", false, "write testdata/tells.txt anew")

const tellsFile = "testdata/tells.txt"

// A trouble is an answer that the venue gives to every call of one op for one
// symbol or asset.
type trouble struct {
	name   string
	op     driver.Op
	params params
	of     string // the symbol or asset
	answer http.HandlerFunc
	warm   bool // comes first, by itself, on a connection that has served before
	sent   atomic.Int64
}

// says answers with a status, and header fields and a body in pairs.
func says(status int, contentType, body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// hangsUp closes the connection, the request having been read.
func hangsUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// breaksOff sends half of a chunked body. With a Content-Length the client would
// be waited for in vain that stands on node-fetch 2, which never notices.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	fmt.Fprint(w, `[[1563616800000,"9000.00"`)
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

const (
	jsonType = "application/json;charset=UTF-8"
	tooMany  = `{"code":-1003,"msg":"Too many requests; current limit is 1200 requests per minute."}`
	lost     = `{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}`
	page     = "<html><head><title>Error</title></head><body>Error</body></html>"
)

// troubles come one for each symbol, so that a client can be in all at once.
// Retry-After is short: this test is about what is told, not about waiting.
func troubles() []*trouble {
	all := []*trouble{
		{name: "no answer, warm", op: driver.Klines, of: "BNBETH", answer: hangsUp, warm: true},
		{name: "no answer, warm", op: driver.PlaceOrder, of: "BNBETH", answer: hangsUp, warm: true},
		{name: "429", op: driver.Klines, of: "ETHUSDT", answer: says(429, jsonType, tooMany, "Retry-After", "1")},
		{name: "418", op: driver.Klines, of: "LTCUSDT", answer: says(418, jsonType, tooMany, "Retry-After", "1")},
		{name: "error in a 200", op: driver.Klines, of: "ETHBTC", answer: says(200, jsonType, `{"code":-1121,"msg":"Invalid symbol."}`)},
		{name: "403 with a page", op: driver.Klines, of: "LTCBTC", answer: says(403, "text/html", page)},
		{name: "half a body", op: driver.Klines, of: "BNBUSDT", answer: breaksOff},
		{name: "429", op: driver.PlaceOrder, of: "ETHUSDT", answer: says(429, jsonType, tooMany, "Retry-After", "1")},
		{name: "504 with a page", op: driver.PlaceOrder, of: "LTCUSDT", answer: says(504, "text/html", page)},
		{name: "504 with -1007", op: driver.PlaceOrder, of: "BNBUSDT", answer: says(504, jsonType, lost)},
		{name: "no answer", op: driver.PlaceOrder, of: "BNBBTC", answer: hangsUp},
		{name: "504 with a page", op: driver.CancelOrder, of: "ETHBTC", answer: says(504, "text/html", page)},
		{name: "504 with a page", op: driver.Withdraw, of: "LTC", answer: says(504, "text/html", page)},
		{name: "success false", op: driver.Withdraw, of: "ETH", answer: says(200, jsonType, `{"success":false,"msg":"The user has insufficient balance available.","code":-4026}`)},
	}
	for _, t := range all {
		switch t.op {
		case driver.Klines:
			t.params = params{"symbol": t.of, "interval": "1m", "limit": 5}
		case driver.PlaceOrder:
			t.params = params{"symbol": t.of, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "1.00"}
		case driver.CancelOrder:
			t.params = params{"symbol": t.of, "orderId": 1}
		case driver.Withdraw:
			t.params = params{"asset": t.of, "address": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "amount": "0.5"}
		}
	}
	return all
}

// takes reports whether a request is a call that the trouble is for.
func (t *trouble) takes(r *http.Request, body []byte) bool {
	form, err := url.ParseQuery(r.URL.RawQuery + "&" + string(body))
	if err != nil || form.Get("symbol")+form.Get("asset")+form.Get("coin") != t.of {
		return false
	}
	switch t.op {
	case driver.Klines:
		return strings.HasSuffix(r.URL.Path, "/klines")
	case driver.PlaceOrder:
		return r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/order")
	case driver.CancelOrder:
		return r.Method == "DELETE" && strings.HasSuffix(r.URL.Path, "/order")
	}
	return r.Method == "POST" && strings.Contains(r.URL.Path, "withdraw")
}

// What each client tells its caller of each trouble, and how often it sends, is
// what testdata/tells.txt says: what sources.md has out of the clients' sources.
func TestWhatClientsTell(t *testing.T) {
	t.Parallel()
	told := map[string]string{}
	var mu sync.Mutex
	slots := make(chan struct{}, atOnce)
	var under sync.WaitGroup
	for _, client := range patientFirst(clients.All()) {
		slots <- struct{}{}
		under.Go(func() {
			defer func() { <-slots }()
			t.Run(client.Name, func(t *testing.T) {
				text := tells(t, client)
				mu.Lock()
				defer mu.Unlock()
				told[client.Name] = text
			})
		})
	}
	under.Wait()
	compare(t, told)
}

// patientFirst has those begin that wait longest, before they send again.
func patientFirst(list []clients.Client) []clients.Client {
	waits := func(c clients.Client) int {
		if resends(c) {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b clients.Client) int { return waits(a) - waits(b) })
}

func tells(t *testing.T, client clients.Client) string {
	all := troubles()
	s := serve(t, func(v http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			i := slices.IndexFunc(all, func(trouble *trouble) bool { return trouble.takes(r, body) })
			if i >= 0 {
				all[i].sent.Add(1)
				all[i].answer(w, r)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			v.ServeHTTP(w, r)
		})
	})
	c := s.start(client)
	// What a client loads once comes first, and without trouble.
	warmUp := func() { c.ok(driver.Klines, params{"symbol": "BTCUSDT", "interval": "1m", "limit": 5}) }
	warmUp()
	lines := make([]string, len(all))
	var under sync.WaitGroup
	for i, trouble := range all {
		switch {
		case !trouble.warm:
			under.Go(func() { lines[i] = c.suffer(trouble) })
		case !resends(client):
			lines[i] = c.suffer(trouble)
			warmUp()
		}
	}
	under.Wait()
	return strings.Join(lines, "")
}

// resends reports a client that sends again by itself after no answer: what its
// transport does beneath that is not seen.
func resends(c clients.Client) bool { return len(c.Flags) > 0 || c.Name == "retryablehttp" }

// suffer has the client be in a trouble, and says what came of it.
func (c *conversation) suffer(t *trouble) string {
	if !c.p.Hello.Has(t.op) {
		return fmt.Sprintf("  %-13s %-17s unsupported\n", t.op, t.name)
	}
	a, err := c.p.Do(c.ctx, driver.Command{Op: t.op, Params: t.params})
	if err != nil {
		c.Error(err)
		return ""
	}
	return fmt.Sprintf("  %-13s %-17s sent %d, %s\n", t.op, t.name, t.sent.Load(), held(a))
}

// held is an answer without its message, which differs from run to run.
func held(a driver.Answer) string {
	if a.Error == nil {
		return string(a.Outcome)
	}
	text := fmt.Sprintf("%s: %s", a.Outcome, a.Error.Type)
	if a.Error.Status != 0 {
		text += fmt.Sprintf(" status=%d", a.Error.Status)
	}
	if a.Error.Code != 0 {
		text += fmt.Sprintf(" code=%d", a.Error.Code)
	}
	if a.Error.RetryAfterMs != nil {
		text += fmt.Sprintf(" retry_after_ms=%d", *a.Error.RetryAfterMs)
	}
	return text
}

// compare holds what was told against the file, client by client: one that was
// skipped is not in it.
func compare(t *testing.T, told map[string]string) {
	want := map[string]string{}
	data, err := os.ReadFile(tellsFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(data), "\n\n") {
		name, lines, _ := strings.Cut(strings.TrimLeft(block, "\n"), "\n")
		want[name] = strings.TrimRight(lines, "\n") + "\n"
	}
	var text strings.Builder
	for _, client := range clients.All() {
		got, done := told[client.Name]
		if !done {
			got = want[client.Name]
		} else if got != want[client.Name] && !*update {
			t.Errorf("%s: expected\n%sfound\n%s(go test -run TestWhatClientsTell -update writes %s anew)", client.Name, want[client.Name], got, tellsFile)
		}
		fmt.Fprintf(&text, "%s\n%s\n", client.Name, got)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(tellsFile, []byte(strings.TrimRight(text.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
