package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAskThroughProxy is the command that the tests below have run: it asks for its
// arguments, and fails if it is to.
func TestAskThroughProxy(t *testing.T) {
	base := os.Getenv("MBXCHECK_URL")
	if base == "" || flag.NArg() < 1 || flag.Arg(0) != base {
		t.Skip("nobody runs it as a command")
	}
	for _, path := range flag.Args()[1:] {
		if path == "fail" {
			t.FailNow()
		}
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

// asking is the command line of that command.
func asking(paths ...string) []string {
	return append([]string{"--", os.Args[0], "-test.run=^TestAskThroughProxy$", "{url}"}, paths...)
}

// proxied runs the command before a venue.
func proxied(venue string, flags, command []string) outcome {
	return mbxcheck("", slices.Concat([]string{"proxy", "--upstream", venue}, flags, command)...)
}

// plainVenue answers as the document says, or with a 429 that lacks its Retry-After.
func plainVenue(t *testing.T) string {
	t.Helper()
	venue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Mbx-Used-Weight", "1")
		if r.URL.Path == "/api/v1/depth" {
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"code":-1003,"msg":"Too many requests."}`)
			return
		}
		io.WriteString(w, `{"serverTime":1563616800000}`)
	}))
	t.Cleanup(venue.Close)
	return venue.URL
}

// TestProxyAsGate: a command is judged by what it sends and what comes back.
func TestProxyAsGate(t *testing.T) {
	t.Parallel()
	venue := plainVenue(t)
	for _, c := range []struct {
		flags, command []string
		code           int
		texts          []string
	}{
		{nil, asking("/api/v1/time"), exitConformant, []string{"2 exchanges judged", "conformant"}},
		{nil, asking("/api/v1/depth?symbol=BTCUSDT"), exitViolations, []string{"retry-after-present"}},
		{[]string{"--fail-on", "none"}, asking("/api/v1/depth?symbol=BTCUSDT"), exitConformant, nil},
		{[]string{"--party", "client"}, asking("/api/v1/depth?symbol=BTCUSDT"), exitConformant, nil},
		{nil, asking("/api/v1/time", "fail"), exitNoStart, []string{"conformant", "failed: exit code 1"}},
		{nil, asking("/api/v1/depth?symbol=BTCUSDT", "fail"), exitViolations, []string{"failed: exit code 1"}},
		{nil, asking(), exitNotExercised, []string{"no request came", "MBXCHECK_URL"}},
		{nil, []string{"--", "./missing"}, exitNoStart, []string{"the command did not start"}},
		{[]string{"--format", "json"}, asking("/api/v1/time"), exitConformant, []string{`"exchanges": 2`}},
	} {
		t.Run(strings.Join(append(c.flags, c.command...), " "), func(t *testing.T) {
			t.Parallel()
			o := proxied(venue, c.flags, c.command)
			o.expect(t, c.code, c.texts...)
			if slices.Contains(c.flags, "json") && !json.Valid([]byte(o.out)) {
				t.Errorf("expected the report alone on standard output, found %s", o.out)
			}
		})
	}
}

// TestProxyRefuses what is no venue, no address, no file.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range [][]string{
		{"needs the --upstream"},
		{`--upstream "api.binance.com": expected a URL`, "--upstream", "api.binance.com"},
		{"a scheme and a host alone", "--upstream", "http://127.0.0.1:1/mocks"},
		{"--listen: address \"0.0.0.0:0\": expected a loopback address", "--upstream", "http://127.0.0.1:1", "--listen", "0.0.0.0:0"},
		{"--record: expected the name of a file", "--upstream", "http://127.0.0.1:1", "--record", ""},
		{"expected a name that ends in", "--upstream", "http://127.0.0.1:1", "--record", "x.txt"},
		{"--run zzz", "--upstream", "http://127.0.0.1:1", "--run", "zzz"},
		{"two reports", "--upstream", "http://127.0.0.1:1", "--format", "json", "--format", "sarif"},
	} {
		mbxcheck("", append([]string{"proxy"}, c[1:]...)...).expect(t, exitUsage, c[0])
	}
}

// TestProxyRecords: lint comes to the same verdicts, and no secret stands in the file.
func TestProxyRecords(t *testing.T) {
	t.Parallel()
	const key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	venue, name := plainVenue(t), filepath.Join(t.TempDir(), "all.ndjson")
	live := proxied(venue, []string{"--record", name, "--format", "json"}, asking("/api/v1/time", "/api/v1/depth?symbol=BTCUSDT", "/api/v3/account?timestamp=1&signature="+key))
	live.expect(t, exitViolations)
	again := mbxcheck("", "lint", "--host", "*", "--format", "json", name)
	again.expect(t, exitViolations)
	if a, b := verdictsOf(t, live.out), verdictsOf(t, again.out); !slices.Equal(a, b) {
		t.Errorf("expected lint to come to\n%v\nfound\n%v", a, b)
	}
	if data, err := os.ReadFile(name); err != nil || bytes.Contains(data, []byte(key)) || strings.Contains(live.out+live.err, key) {
		t.Errorf("expected the signature to be masked, found it: %v", err)
	}
}

// verdictsOf are the rules of a report that decided something, and how often.
func verdictsOf(t *testing.T, report string) (list []ruleCount) {
	t.Helper()
	var r struct{ Rules []ruleCount }
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatal(err)
	}
	return r.Rules
}

type ruleCount struct {
	ID                           string
	Passed, Failed, Inconclusive int
}

// TestProxyWatches: what is found is told before the end, and reported then.
func TestProxyWatches(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out bytes.Buffer
	told, ended := &waiting{told: make(chan struct{}, 1)}, make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"proxy", "--upstream", plainVenue(t)}, Streams{strings.NewReader(""), &out, told})
	}()
	base := told.match(t, regexp.MustCompile(`(http://\S+) passes on to`))
	resp, err := http.Get(base + "/api/v1/depth?symbol=BTCUSDT")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	told.match(t, regexp.MustCompile(`(retry-after-present): .* GET /api/v1/depth\)`))
	cancel()
	outcome{<-ended, out.String(), ""}.expect(t, exitViolations, "retry-after-present")
}

// waiting is a stream of which somebody waits for a text.
type waiting struct {
	mu   sync.Mutex
	text bytes.Buffer
	told chan struct{}
}

// Write implements io.Writer.
func (w *waiting) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.told <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

// match waits until a pattern is met, and returns its first group.
func (w *waiting) match(t *testing.T, pattern *regexp.Regexp) string {
	t.Helper()
	late := time.After(time.Minute)
	for {
		w.mu.Lock()
		found := pattern.FindStringSubmatch(w.text.String())
		w.mu.Unlock()
		if found != nil {
			return found[1]
		}
		select {
		case <-w.told:
		case <-late:
			t.Fatalf("expected %s, found %s", pattern, w.text.String())
		}
	}
}

// TestProxyGuards: the silence that a venue asks for is kept, also by the next run, and it
// is said who used what.
func TestProxyGuards(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Mbx-Used-Weight", "6001")
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
		io.WriteString(w, `{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}`)
	}))
	t.Cleanup(server.Close)
	venue := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	run := func(paths ...string) outcome {
		return proxied(venue, []string{"--guard", "--hold", "0s", "--party", "server"}, asking(paths...))
	}
	run("/api/v1/depth?symbol=BTCUSDT", "/api/v1/time").expect(t, exitConformant, "1 requests of weight 1, 0 orders; 0 held (0s in all), 1 refused")
	venue = strings.ToUpper(venue) // which is the same one
	run("/api/v1/time").expect(t, exitNotExercised, "asked for silence until", "0 held (0s in all), 2 refused")
	mbxcheck("", "proxy", "--upstream", venue, "--hold", "1s").expect(t, exitUsage, "there is no --guard")
	mbxcheck("", "proxy", "--upstream", venue, "--guard", "--hold", "99h").expect(t, exitUsage, "expected 0s to 10m0s")
	state := filepath.Join(os.Getenv("XDG_STATE_HOME"), "mbxcheck")
	files, err := os.ReadDir(state)
	if err != nil || len(files) != 1 {
		t.Fatalf("expected one ledger, found %v, %v", files, err)
	}
	if err := os.WriteFile(filepath.Join(state, files[0].Name()), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("/api/v1/time").expect(t, exitUsage, "can't be read", files[0].Name())
}

// TestProxyRotates: a recording in several files is judged as the run was, joined.
func TestProxyRotates(t *testing.T) {
	t.Parallel()
	venue, dir := plainVenue(t), t.TempDir()
	record := filepath.Join(dir, "all.ndjson")
	proxied(venue, []string{"--record", record, "--rotate-size", "1"}, asking("/api/v1/time", "/api/v1/time", "/api/v1/time")).expect(t, exitConformant)
	files, err := filepath.Glob(filepath.Join(dir, "all-*.ndjson"))
	if err != nil || len(files) != 6 {
		t.Fatalf("expected a file for each exchange of each side, found %q", files)
	}
	if got := passed(t, "proxy-passes-counter", append([]string{"--host", "*"}, files...)...); got != "0/0/3" {
		t.Errorf("expected no whole hop in files apart, found %s", got)
	}
	if got := passed(t, "proxy-passes-counter", append([]string{"--host", "*", "--joined"}, files...)...); got != "3/0/0" {
		t.Errorf("expected three hops in files that are joined, found %s", got)
	}
	proxied(venue, []string{"--record", record, "--rotate-age", "1h"}, asking("/api/v1/time")).expect(t, exitUsage, "all-000001.ndjson")
	proxied(venue, []string{"--rotate-age", "1h"}, asking("/api/v1/time")).expect(t, exitUsage, "there is no --record")
	proxied(venue, []string{"--record", record, "--rotate-size", "0"}, asking("/api/v1/time")).expect(t, exitUsage, "such as 100M")
}
