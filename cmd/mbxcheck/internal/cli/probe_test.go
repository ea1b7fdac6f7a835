package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
)

// stub is a venue that answers some requests, lying as told, and all later ones
// with 429: a probe of it ends soon.
func stub(t *testing.T, answers int64, liars ...string) (address string, asked *atomic.Int64) {
	t.Helper()
	hooks, err := liar.Hooks(liars...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := venue.New(venue.Config{Seed: 1, Hooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= answers {
			v.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json;charset=UTF-8")
		h.Set("X-Mbx-Used-Weight", "1200")
		h.Set("X-Mbx-Used-Weight-1m", "1200")
		h.Set("Retry-After", "30")
		w.WriteHeader(429)
		w.Write([]byte(`{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}`))
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// Nothing is sent to whom nothing may be sent.
func TestProbeRefuses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			t.Error("expected no connection, found one")
		}
	}()
	here := "http://" + l.Addr().String()
	t.Setenv("MBXCHECK_API_KEY", "")
	t.Setenv("MBXCHECK_SECRET_KEY", "")
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "--url"},
		{"--url " + here + "/mock/api/v3", "expected what stands before /api, such as " + here + "/mock"},
		{"--url " + here + "?x=1", "without a user or query"},
		{"--url http://example.com", "--i-may-test example.com"},
		{"--url http://example.com --i-may-test example.org", "--i-may-test example.com"},
		{"--url https://api.binance.com --i-may-test api.binance.com --allow-limit-tests", "Leave --allow-limit-tests out"},
		{"--url https://testnet.binance.vision --i-may-test testnet.binance.vision --allow-limit-tests", "a real exchange"},
		{"--url " + here + " --api-key abc", "found one of them"},
		{"--url http://example.com --i-may-test example.com --api-key abc --secret-key s3cret", "by https only"},
		{"--url " + here + " --api-key a\nb --secret-key s3cret", "visible ASCII"},
		{"--url " + here + " --record probe.har", ".ndjson"},
		{"--url " + here + " --ca /dev/null", "PEM"},
		{"--url " + here + " --run no-such-rule", "no rule or clause is called so"},
		{"--url " + here + " --run back-off-after-429", "leave no rule"},
		{"--url " + here + " --format picture", "--format picture"},
		{"--url " + here + " --max-findings -1", "--max-findings"},
		{"--url " + here + " extra", "no arguments"},
	} {
		args := []string{"probe"}
		if c.args != "" {
			args = append(args, strings.Split(c.args, " ")...)
		}
		got := mbxcheck("", args...)
		got.expect(t, exitUsage, c.want)
		if strings.Contains(got.out+got.err, "s3cret") {
			t.Errorf("%q: expected no secret, found it in %s%s", c.args, got.out, got.err)
		}
	}
}

func TestProbeNeedsAnAnswer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close()
	mbxcheck("", "probe", "--url", address).expect(t, exitNoStart, "does not answer", "Is it running there")
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	s.Config.ErrorLog = nil
	mbxcheck("", "probe", "--url", s.URL).expect(t, exitNoStart, "--ca")
}

// A server that ends the probe is left alone, and nobody is told that all was
// well.
func TestProbeThatIsEnded(t *testing.T) {
	t.Parallel()
	address, asked := stub(t, 4)
	o := mbxcheck("", "probe", "--url", address)
	o.expect(t, exitNotExercised, "not everything was sent", "Retry-After 30s")
	if got := asked.Load(); got != 5 {
		t.Errorf("expected nothing behind the 429, found %d requests", got)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	o = mbxcheck("", "probe", "--url", other.URL)
	o.expect(t, exitNotExercised, "no server of this API")
	if o.out != "" {
		t.Errorf("expected no table of what was not exercised, found %s", o.out)
	}
}

// Reports, the recording and what lint makes of it.
func TestProbeReports(t *testing.T) {
	address, _ := stub(t, 4, "bare-value")
	dir := t.TempDir()
	report, recording := filepath.Join(dir, "report.json"), filepath.Join(dir, "probe.ndjson")
	t.Setenv("MBXCHECK_API_KEY", strings.Repeat("k", 64))
	t.Setenv("MBXCHECK_SECRET_KEY", "s3cret")
	mbxcheck("", "probe", "--url", address, "--record", recording, "--format", "json="+report).expect(t, exitViolations, "json-body", "Not everything was sent")
	mbxcheck("", "lint", "--host", "127.0.0.1:*", "--party", "server", recording).expect(t, exitViolations, "json-body")
	mbxcheck("", "probe", "--url", address, "--fail-on", "none").expect(t, exitNotExercised)
	var told struct {
		Findings []struct{ Rule string }
	}
	data, err := os.ReadFile(report)
	if err != nil || json.Unmarshal(data, &told) != nil || len(told.Findings) == 0 || told.Findings[0].Rule != "json-body" {
		t.Errorf("expected a finding of json-body in the report, found %v and %.300s", err, data)
	}
	kept, err := os.ReadFile(recording)
	if err != nil || bytes.Contains(kept, []byte("s3cret")) || bytes.Count(kept, []byte("\n")) != 5 {
		t.Errorf("expected five lines without the secret, found %v and %s", err, kept)
	}
}

func TestProbeIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { cancel() }))
	defer s.Close()
	var out, err bytes.Buffer
	code := Run(ctx, []string{"probe", "--url", s.URL}, Streams{strings.NewReader(""), &out, &err})
	outcome{code, out.String(), err.String()}.expect(t, exitInterrupted, "interrupted after 1 requests")
}

// What was judged until an interrupt is reported, as part of all.
func TestProbeThatIsInterruptedReports(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	address, asked := stub(t, 100, "bare-value")
	report := filepath.Join(t.TempDir(), "report.json")
	var out, err bytes.Buffer
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Load() == 4 {
			cancel()
			return
		}
		u, _ := url.Parse(address)
		httputil.NewSingleHostReverseProxy(u).ServeHTTP(w, r)
	}))
	defer front.Close()
	code := Run(ctx, []string{"probe", "--url", front.URL, "--format", "text", "--format", "json=" + report}, Streams{strings.NewReader(""), &out, &err})
	outcome{code, out.String(), err.String()}.expect(t, exitInterrupted, "interrupted after 5 requests", "✗ json-body", "of what was judged")
	var told struct {
		Findings []struct{ Rule string }
	}
	data, bad := os.ReadFile(report)
	if bad != nil || json.Unmarshal(data, &told) != nil || len(told.Findings) == 0 || !strings.Contains(string(data), "interrupted after 5 requests") {
		t.Errorf("expected a finding in a report of a part, found %v and %.300s", bad, data)
	}
}

// TestProbeKeepsItsKeys probes a server that says everywhere what it was sent:
// neither the recording nor a report holds the key, a signature or the secret.
func TestProbeKeepsItsKeys(t *testing.T) {
	const key, secret = "k3y-0f-s0m3b0dy-r3al", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	var mu sync.Mutex
	signatures, requests := map[string]bool{}, 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all := r.URL.String() + "\n" + string(body)
		mu.Lock()
		for _, m := range regexp.MustCompile("signature=([0-9a-f]{64})").FindAllStringSubmatch(all, -1) {
			if strings.Trim(m[1], "0") != "" { // else it is one that was to be wrong
				signatures[m[1]] = true
			}
		}
		requests++
		over := requests > 12
		mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-MBX-USED-WEIGHT", "1")
		if strings.HasSuffix(r.URL.Path, "/time") {
			fmt.Fprintf(w, `{"serverTime":%d}`, time.Now().UnixMilli())
			return
		}
		sent := r.Header.Get("X-MBX-APIKEY")
		h.Set("X-Echo-Key", sent)
		h.Set("X-Echo", base64.StdEncoding.EncodeToString([]byte("key:"+sent+secret)))
		h.Set("Set-Cookie", "k="+sent)
		if over { // which ends the probe
			h.Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		} else {
			w.WriteHeader(http.StatusUnauthorized)
		}
		msg, _ := json.Marshal(fmt.Sprintf("API-key %s (%x, %s) is bad; signed %s", sent, sent, url.QueryEscape(secret), all))
		fmt.Fprintf(w, `{"code":-2014,"msg":%s,"headers":{"was":"%x"}}`, msg, secret)
	}))
	defer s.Close()
	t.Setenv("MBXCHECK_API_KEY", key)
	t.Setenv("MBXCHECK_SECRET_KEY", secret)
	dir := t.TempDir()
	args := []string{"probe", "--url", s.URL, "--record", filepath.Join(dir, "p.ndjson")}
	for _, f := range []string{"json", "markdown", "junit", "sarif", "github", "text"} {
		args = append(args, "--format", f+"="+filepath.Join(dir, f))
	}
	o := mbxcheck("", args...)
	texts := map[string]string{"standard output": o.out, "standard error": o.err}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[e.Name()] = string(text)
	}
	if len(texts) != 9 || len(signatures) == 0 || strings.Count(texts["p.ndjson"], "\n") < 3 {
		t.Fatalf("found %d files and %d signatures\n%s", len(texts), len(signatures), o.err)
	}
	for name, text := range texts {
		low := strings.ToLower(text)
		for _, of := range []string{key, secret} {
			half := of[len(of)/4 : len(of)*3/4]
			if strings.Contains(text, half) || strings.Contains(low, hex.EncodeToString([]byte(half))) {
				t.Errorf("%s holds a key: %s", name, text)
			}
		}
		for signature := range signatures {
			if strings.Contains(text, signature[8:]) {
				t.Errorf("%s holds a signature", name)
			}
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "p.ndjson")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("expected a recording for its owner alone, found %v, %v", info, err)
	}
}
