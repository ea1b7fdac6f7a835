package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sideOf is a line of one side of a hop: a POST that was sent so many milliseconds
// after its hop's second, and answered 50 later.
func sideOf(id int, side string, after, status int) string {
	at := 1563616810000 + 1000*id + after
	return fmt.Sprintf(`{"sent":%d,"received":%d,"client":"%s","hop":{"id":%d,"side":"%s"},"request":{"method":"POST","url":"https://api.binance.com/api/v3/order?symbol=LTCBTC&quantity=%d","headers":{"X-MBX-APIKEY":"key"}},`+
		`"response":{"status":%d,"headers":{"Date":"Sat, 20 Jul 2019 10:00:10 GMT","Server":"nginx"},"body":"{\"code\":-1007,\"msg\":\"Timeout waiting for response from backend server.\"}"}}`+"\n", at, at+50, side, id, side, id, status)
}

// passed is how often lint said of a rule that it was kept, broken and undecided.
func passed(t *testing.T, id string, args ...string) string {
	t.Helper()
	var report struct {
		Rules []struct {
			ID                           string
			Passed, Failed, Inconclusive int
		}
	}
	o := mbxcheck("", append([]string{"lint", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(o.out), &report); err != nil {
		t.Fatalf("%v in %s%s", err, o.out, o.err)
	}
	for _, r := range report.Rules {
		if r.ID == id {
			return fmt.Sprintf("%d/%d/%d", r.Passed, r.Failed, r.Inconclusive)
		}
	}
	t.Fatalf("expected the rule %s, found none in %s", id, o.out)
	return ""
}

// A recording that holds both sides of a proxy is judged by pair, however many cores
// read it; two that hold one each are not.
func TestLintOfBothSides(t *testing.T) {
	const hops = 2000
	var front, behind, both strings.Builder
	for id := range hops {
		status := 504
		if id%500 == 499 {
			status = 400 // which the proxy made of it
		}
		f, b := sideOf(id+1, "front", 0, status), sideOf(id+1, "behind", 10, 504)
		front.WriteString(f)
		behind.WriteString(b)
		both.WriteString(b + f)
	}
	if n := both.Len(); n < 512<<10 {
		t.Fatalf("expected enough for several cores, found %d bytes", n)
	}
	if got := passed(t, "proxy-passes-5xx", file(t, "both.ndjson", both.String())); got != "1996/4/0" {
		t.Errorf("expected 4 of %d hops to be broken, found %s", hops, got)
	}
	if got := passed(t, "proxy-passes-5xx", file(t, "apart.ndjson", front.String()+behind.String())); got != "1996/4/0" {
		t.Errorf("expected the order of sides not to matter, found %s", got)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"front.ndjson": front.String(), "behind.ndjson": behind.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got := passed(t, "proxy-passes-5xx", dir); got != "0/0/0" {
		t.Errorf("expected two files not to be joined, found %s", got)
	}
}
