package admin

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/gateway"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// hostile is what a venue sends that would like to be part of the page.
const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>`

const secret = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"

const (
	listenKey = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
	signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
)

// running is a gateway before a venue that refuses, with its admin port.
func running(t *testing.T) (p *Port, admin *httptest.Server, stopped *atomic.Bool) {
	t.Helper()
	return runningIn(t, t.TempDir(), "all.ndjson")
}

// runningIn is one that keeps its files in a directory.
func runningIn(t *testing.T, dir, record string) (p *Port, admin *httptest.Server, stopped *atomic.Bool) {
	t.Helper()
	venue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Mbx-Used-Weight", "17")
		if strings.HasPrefix(r.URL.Path, "/api/v1/depth") {
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprintf(w, `{"code":-1003,"msg":%q}`, hostile)
			return
		}
		io.WriteString(w, `{"listenKey":"`+listenKey+`","msg":"the key `+secret+` and `+r.URL.RawQuery+`"}`)
	}))
	t.Cleanup(venue.Close)
	upstream, err := gateway.ParseUpstream(venue.URL)
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := guard.Open(filepath.Join(dir, "ledger.json"), edition.Default(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	record = filepath.Join(dir, record)
	g, err := gateway.Start(gateway.Config{Listen: "127.0.0.1:0", Upstream: upstream, Rules: rule.All(edition.Default()), Guard: ledger, Record: record})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	stopped = new(atomic.Bool)
	p = &Port{
		Gateway: g, Ledger: ledger, Title: "mbxcheck proxy", Record: record, Shutdown: func() { stopped.Store(true) },
		Report: func(t *rule.Tally) *reports.Report { return &reports.Report{Tally: t} },
	}
	admin = httptest.NewServer(p.Handler())
	t.Cleanup(admin.Close)
	return p, admin, stopped
}

// passed is how many exchanges the gateway has seen to their end.
func passed(t *testing.T, p *Port) int64 {
	t.Helper()
	s, err := p.Gateway.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s.Exchanges
}

// pass sends a signed call through the gateway, and waits until that has seen its end,
// which is a little behind the client's.
func pass(t *testing.T, p *Port, path string) {
	t.Helper()
	before := passed(t, p)
	r, err := http.NewRequest("GET", p.Gateway.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-MBX-APIKEY", secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	for passed(t, p) == before {
		runtime.Gosched()
	}
}

func ask(t *testing.T, method, url string, fields ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		if r.Header.Set(fields[i], fields[i+1]); fields[i] == "Host" {
			r.Host = fields[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestPort asks for everything that the port has, while the proxy runs and behind it.
func TestPort(t *testing.T) {
	t.Parallel()
	p, admin, stopped := running(t)
	pass(t, p, "/api/v1/ping")
	pass(t, p, "/api/v1/depth?symbol=BTCUSDT")
	expect := func(method, path string, status int, texts ...string) {
		t.Helper()
		got, text := ask(t, method, admin.URL+path)
		if got != status {
			t.Errorf("%s %s: expected %d, found %d: %s", method, path, status, got, text)
		}
		for _, want := range texts {
			if !strings.Contains(text, want) {
				t.Errorf("%s %s: expected %q in\n%s", method, path, want, text)
			}
		}
		if strings.Contains(text, hostile) || strings.Contains(text, secret) {
			t.Errorf("%s %s: expected neither markup of others nor a key in\n%s", method, path, text)
		}
	}
	expect("GET", "/healthz", 200, "ok")
	expect("GET", "/metrics", 200, "mbxcheck_exchanges_total 2", `mbxcheck_violations_total{level="must",rule="retry-after-present"} 1`, "mbxcheck_recorded_exchanges_total 4",
		"mbxcheck_told_used_weight 17", `mbxcheck_refusals{status="429"} 1`, `mbxcheck_guard_client_weight_total{client="127.0.0.1, key 1"}`, "mbxcheck_guard_silence_seconds")
	expect("GET", "/", 200, "<!DOCTYPE html>", "retry-after-present", "429", "127.0.0.1, key 1", "4 of 4 exchanges", "GET /api/v1/depth")
	expect("GET", "/live", 200, "Silences and bans", "Silent until")
	expect("GET", "/report", 200, "retry-after-present")
	expect("GET", "/report?format=json", 200, `"id": "retry-after-present"`)
	for _, f := range reports.Formats() {
		expect("GET", "/report?format="+f.Name, 200)
	}
	expect("GET", "/report?format=tarot", 400, "expected text, json")
	expect("GET", "/nothing", 404, "POST /stop")
	expect("GET", "/stop", 404, "POST /stop")
	expect("POST", "/stop", 200, "stopped: 2 exchanges, 4 in the recording")
	expect("POST", "/stop", 200, "stopped: 2 exchanges")
	expect("GET", "/healthz", 503)
	expect("GET", "/report", 200, "retry-after-present")
	expect("GET", "/live", 200, "ended")
	if stopped.Load() {
		t.Error("expected the program to go on")
	}
	expect("POST", "/shutdown", 202)
	if !stopped.Load() {
		t.Error("expected the program to end")
	}
}

// TestPortIsForThisMachine: what a page of another site sends does nothing.
func TestPortIsForThisMachine(t *testing.T) {
	t.Parallel()
	p, admin, stopped := running(t)
	for _, fields := range [][]string{{"Host", "evil.example"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		for _, path := range []string{"/stop", "/shutdown"} {
			if status, text := ask(t, "POST", admin.URL+path, fields...); status != http.StatusForbidden {
				t.Errorf("%v: expected 403, found %d: %s", fields, status, text)
			}
		}
		if status, _ := ask(t, "GET", admin.URL+"/", fields...); status != http.StatusForbidden {
			t.Errorf("%v: expected no page, found %d", fields, status)
		}
	}
	if p.Gateway.Ended() || stopped.Load() {
		t.Error("expected the proxy to go on")
	}
}

// TestPageIsWhole: the page is well-formed, names no other host and runs nothing but its own.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	p, admin, _ := running(t)
	pass(t, p, "/api/v1/depth?symbol="+"%3Cscript%3E")
	_, text := ask(t, "GET", admin.URL+"/")
	if n := strings.Count(text, "<script"); n != 1 {
		t.Errorf("expected one script, found %d", n)
	}
	if m := regexp.MustCompile(`(?i)(src|href)=|url\(|@import|https?://`).FindString(text); m != "" {
		t.Errorf("expected nothing to be loaded, found %q", m)
	}
	markup := regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<!DOCTYPE html>`).ReplaceAllString(text, "")
	for d := xml.NewDecoder(strings.NewReader(markup)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPageInABrowser: the page asks for what changes, and shows it, under the policy that
// it is sent with. Chromium says on standard error what a policy forbids.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("not looked at in a browser: %v", err)
	}
	p, _, _ := running(t)
	var asked atomic.Int64
	handler := p.Handler()
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/live" && asked.Add(1) == 1 {
			pass(t, p, "/api/v1/depth?symbol=BTCUSDT") // behind the page
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(admin.Close)
	out, errs := new(strings.Builder), new(strings.Builder)
	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", admin.URL+"/")
	cmd.Stdout, cmd.Stderr = out, errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	if asked.Load() == 0 || !strings.Contains(out.String(), "retry-after-present") {
		t.Errorf("expected the page to show what came behind it, found, after %d questions,\n%s", asked.Load(), out)
	}
	if strings.Contains(errs.String(), "Content Security Policy") || strings.Contains(errs.String(), "Uncaught") {
		t.Errorf("expected nothing to be forbidden, found\n%s", errs)
	}
}

// TestNothingTellsASecret searches every byte that a run writes, files, page, counts and
// reports, for the key, the signature and the listen key that passed, as they are,
// percent-encoded and in Base64.
func TestNothingTellsASecret(t *testing.T) {
	t.Parallel()
	for _, record := range []string{"all.ndjson", "all.har", "all.yaml"} {
		t.Run(record, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p, admin, _ := runningIn(t, dir, record)
			for _, c := range []struct{ method, path, body string }{
				{"GET", "/api/v3/account?timestamp=1&signature=" + signature, ""},
				{"GET", "/api/v3/account?timestamp=1&s%69gnature=" + signature, ""},
				{"POST", "/api/v3/order", "symbol=LTCBTC&side=BUY&type=MARKET&quantity=1&timestamp=1&signature=" + signature},
				{"PUT", "/api/v1/userDataStream?listenKey=" + listenKey, ""},
				{"PUT", "/api/v1/userDataStream", "listenKey=" + listenKey},
				{"GET", "/ws/" + listenKey, ""},
				{"GET", "/api/v1/depth?symbol=" + secret, ""}, // refused, so that findings show it
			} {
				r, err := http.NewRequest(c.method, p.Gateway.URL()+c.path, strings.NewReader(c.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("X-MBX-APIKEY", secret)
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Authorization", "Bearer "+secret)
				r.Header.Set("Cookie", "session="+secret)
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			}
			if _, err := p.Gateway.Close(); err != nil {
				t.Error(err)
			}
			texts := written(t, admin.URL, dir)
			if !strings.Contains(texts[record], "LTCBTC") {
				t.Fatal("expected the order to be recorded")
			}
			for where, text := range texts {
				for _, s := range []string{secret, listenKey, signature} {
					encoded := strings.NewReplacer("a", "%61", "1", "%31").Replace(s)
					for _, form := range []string{s, encoded, base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))[:40], s[:32], s[len(s)-32:]} {
						if strings.Contains(text, form) {
							t.Errorf("%s: found %.12s...", where, form)
						}
					}
				}
			}
		})
	}
}

// written is all that a run wrote and tells, by what it is called.
func written(t *testing.T, admin, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, path := range []string{"/", "/live", "/metrics"} {
		_, texts[path] = ask(t, "GET", admin+path)
	}
	for _, f := range reports.Formats() {
		_, texts["report "+f.Name] = ask(t, "GET", admin+"/report?format="+f.Name)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 { // recording, index and ledger
		t.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name()] = string(text)
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: expected it to be its owner's alone, found %v, %v", f.Name(), info.Mode(), err)
		}
	}
	return texts
}
