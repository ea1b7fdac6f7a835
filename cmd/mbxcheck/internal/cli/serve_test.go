package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/serve"
)

// served is a venue that the command serves in this process.
type served struct {
	serve.Greeting
	t    *testing.T
	stop func() outcome // ends it as a signal would
	http *http.Client
}

// startServe runs the command and reads its first line.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	first, stdout := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan outcome, 1)
	go func() {
		code := Run(ctx, append([]string{"serve"}, args...), Streams{strings.NewReader(""), stdout, &errs})
		stdout.Close()
		ended <- outcome{code: code, err: errs.String()}
	}()
	line, err := bufio.NewReader(first).ReadBytes('\n')
	if err != nil {
		cancel()
		o := <-ended
		t.Fatalf("expected a first line, found %v, exit code %d and %s", err, o.code, o.err)
	}
	s := &served{t: t, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	if err := json.Unmarshal(line, &s.Greeting); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	s.stop = func() outcome {
		cancel()
		o := <-ended
		ended <- o // for another who asks
		return o
	}
	t.Cleanup(func() { s.stop() })
	return s
}

// send sends a request with fields ("Name", "value", ...) and returns the
// response with all of its body.
func (s *served) send(method, url, body string, fields ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	got, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	data, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return got, string(data)
}

// want gets a path of the venue and expects a status and a text.
func (s *served) want(path string, status int, text string, fields ...string) {
	s.t.Helper()
	r, body := s.send("GET", s.Listening+path, "", fields...)
	if r.StatusCode != status || !strings.Contains(body, text) {
		s.t.Errorf("%s: expected %d with %q, found %d with %.200s", path, status, text, r.StatusCode, body)
	}
}

func TestServe(t *testing.T) {
	s := startServe(t, "--seed", "7", "--log", "json", "--liar", "bare-value")
	if s.Seed != 7 || s.Edition != "2019-seed" || len(s.Accounts) == 0 || s.Accounts[0].APIKey == "" || s.Accounts[0].SecretKey == "" {
		t.Errorf("expected seed, edition and accounts, found %+v", s.Greeting)
	}
	s.want("/api/v1/time", 200, "serverTime")
	s.want("/api/v1/ping", 200, `"pong"`)
	if _, body := s.send("PUT", s.Admin+"/scenario", "name: mine\nfaults: [{route: '* *', do: status, status: 503}]"); !strings.Contains(body, `"name":"mine"`) {
		t.Errorf("expected the scenario set, found %s", body)
	}
	s.want("/api/v1/time", 503, "-1001")
	s.send("DELETE", s.Admin+"/scenario", "")
	_, metrics := s.send("GET", s.Admin+"/metrics", "")
	for _, want := range []string{"mbxcheck_requests_total{status=\"200\"} 2\n", "mbxcheck_requests_total{status=\"503\"} 1\n", "mbxcheck_faults_total 1\n", "# TYPE mbxcheck_requests_in_flight gauge\n"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("expected %q in the metrics, found:\n%s", want, metrics)
		}
	}
	o := s.stop()
	o.expect(t, 0, `"path":"/api/v1/time","status":503`, `"msg":"stopped","requests":3`)
	for line := range strings.Lines(o.err) {
		if !json.Valid([]byte(line)) {
			t.Errorf("expected JSON, found %s", line)
		}
	}
}

// TestServeRepeats: the same seed gives the same keys, another one others.
func TestServeRepeats(t *testing.T) {
	a, b, c := startServe(t), startServe(t), startServe(t, "--seed", "2")
	if a.Accounts[0] != b.Accounts[0] || a.Accounts[0] == c.Accounts[0] {
		t.Errorf("expected keys to follow from the seed, found %v, %v and %v", a.Accounts[0], b.Accounts[0], c.Accounts[0])
	}
}

func TestServeDoesNotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	broken := file(t, "broken.yaml", "name: x\nfaults:\n  - {route: GET /a, do: explode}\n")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--listen", taken.Addr().String()}, 3, "in use; port 0 takes a free one"},
		{[]string{"--admin", taken.Addr().String()}, 3, "in use"},
		{[]string{"--listen", "0.0.0.0:0"}, 2, "expected a loopback address"},
		{[]string{"--listen", ":8080"}, 2, "expected a loopback address"},
		{[]string{"--admin", "192.0.2.1:0"}, 2, "expected a loopback address"},
		{[]string{"--listen", "nowhere"}, 2, "expected HOST:PORT"},
		{[]string{"--listen", "127.0.0.1:65536"}, 2, "expected a port from 0 to 65535"},
		{[]string{"--client-ip-header", "X Forwarded"}, 2, "expected the name of a header field"},
		{[]string{"--limit", "WEIGHT=1/1m"}, 2, "REQUEST_WEIGHT"},
		{[]string{"--account", "hushhush"}, 2, "expected KEY:SECRET"},
		{[]string{"--account", ":hushhush"}, 2, "expected a key of 1 to"},
		{[]string{"--account", "hushhush:"}, 2, "expected a secret of 1 to"},
		{[]string{"--account", "k:hushhush\n"}, 2, "expected a secret of visible ASCII"},
		{[]string{"--account", "hushhush :s"}, 2, "expected a key of visible ASCII"},
		{[]string{"--account", "k:hushhush", "--account", "k:hushhush"}, 2, "a key of its own"},
		{[]string{"--account", "a:hushhush", "--account", "b:hushhush", "--account", "c:hushhush", "--account", "d:hushhush"}, 2, "expected 3 at the most"},
		{[]string{"--liar", "descending-kline"}, 2, "Did you mean descending-klines?"},
		{[]string{"--scenario", "none-such"}, 2, "no scenario that comes with mbxcheck is called \"none-such\""},
		{[]string{"--scenario", "429-raed-1"}, 2, "Did you mean 429-read-1?"},
		{[]string{"--scenario", "./none.yaml"}, 2, "no such file"},
		{[]string{"--scenario", broken}, 2, "broken.yaml:3"},
		{[]string{"--record", filepath.Join(t.TempDir(), "x.txt")}, 2, ".ndjson"},
		{[]string{"--record", filepath.Join(t.TempDir(), "none", "x.yaml")}, 2, "no such file"},
		{[]string{"--log", "xml"}, 2, "expected none, text or json"},
		{[]string{"here"}, 2, "takes no arguments"},
	} {
		o := mbxcheck("", append([]string{"serve"}, c.args...)...)
		if o.expect(t, c.code, c.want); strings.Contains(o.out+o.err, "hushhush") {
			t.Errorf("%v: expected neither key nor secret told, found %s%s", c.args, o.out, o.err)
		}
	}
}

// TestServeAccounts: the accounts given trade, and nothing tells their secrets.
func TestServeAccounts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "session.ndjson")
	s := startServe(t, "--account", "mykey:my:secret", "--log", "json", "--record", name)
	if s.Accounts[0] != (serve.Account{APIKey: "mykey"}) || len(s.Accounts) != 3 || s.Accounts[1].SecretKey == "" {
		t.Errorf("expected the first account's key and the others as ever, found %+v", s.Accounts)
	}
	query := fmt.Sprintf("recvWindow=60000&timestamp=%d", time.Now().UnixMilli())
	mac := hmac.New(sha256.New, []byte("my:secret"))
	mac.Write([]byte(query))
	signature := hex.EncodeToString(mac.Sum(nil))
	s.want("/api/v3/account?"+query+"&signature="+signature, 200, `"canTrade":true`, "X-MBX-APIKEY", "mykey")
	s.want("/api/v3/account?"+query+"&signature="+signature, 401, "-2015", "X-MBX-APIKEY", s.Accounts[1].APIKey[1:]+"x")
	o := s.stop()
	data, err := os.ReadFile(name)
	if err != nil || len(data) == 0 {
		t.Fatalf("expected a recording, found %q %v", data, err)
	}
	for _, secret := range []string{"my:secret", signature, "mykey"} {
		if strings.Contains(o.err, secret) || strings.Contains(string(data), secret) {
			t.Errorf("expected %s in neither log nor recording, found\n%s\n%s", secret, o.err, data)
		}
	}
}

// TestServeProxyProtocol: the address is the preamble's, also before TLS.
func TestServeProxyProtocol(t *testing.T) {
	s := startServe(t, "--proxy-protocol", "--tls", "--log", "json")
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.Certificate))
	s.http = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				_, err = io.WriteString(conn, "PROXY TCP4 203.0.113.7 127.0.0.1 40000 443\r\n")
			}
			return conn, err
		},
	}}
	s.want("/api/v1/ping", 200, "{}")
	s.stop().expect(t, 0, `"client":"203.0.113.7"`)
}

func TestServeLists(t *testing.T) {
	mbxcheck("", "serve", "--liar", "list").expect(t, 0, "descending-klines", "breaks ascending")
	mbxcheck("", "serve", "--liar", "help").expect(t, 0, "body-wins")
	list := mbxcheck("", "serve", "--scenario", "list")
	list.expect(t, 0, "order-unknown-done", "504")
	for _, name := range scenarioNames() {
		if !strings.Contains("\n"+list.out, "\n"+name+" ") {
			t.Errorf("expected serve to know what certify calls %s", name)
		}
	}
}

// TestServeScenarioOfCertify plays what clients are put through.
func TestServeScenarioOfCertify(t *testing.T) {
	s := startServe(t, "--scenario", "429-read-1")
	s.want("/api/v3/klines?symbol=BTCUSDT&interval=1m", 429, "-1003")
	s.want("/api/v3/klines?symbol=BTCUSDT&interval=1m", 200, "[[")
	if _, body := s.send("PUT", s.Admin+"/scenario?name=error-400-array", ""); !strings.Contains(body, `"name":"error-400-array"`) {
		t.Errorf("expected the scenario set, found %s", body)
	}
	s.want("/api/v3/klines?symbol=BTCUSDT&interval=1m", 400, "-1100")
}

// TestServeLimits: windows of a day, for the minute may turn during the test.
func TestServeLimits(t *testing.T) {
	s := startServe(t, "--limit", "REQUEST_WEIGHT=12/1d", "--client-ip-header", "X-Forwarded-For")
	for range 2 {
		s.want("/api/v1/ping", 200, "{}", "X-Forwarded-For", "203.0.113.1, 198.51.100.1")
	}
	s.want("/api/v1/exchangeInfo", 200, `"interval":"DAY","intervalNum":1,"limit":12}`, "X-Forwarded-For", "203.0.113.2")
	for range 10 {
		s.want("/api/v1/ping", 200, "{}", "X-Forwarded-For", "203.0.113.1")
	}
	s.want("/api/v1/ping", 429, "-1003", "X-Forwarded-For", "203.0.113.1")
	s.want("/api/v1/ping", 200, "{}", "X-Forwarded-For", "203.0.113.3")
	s.want("/api/v1/ping", 200, "{}")
}

// TestServeEveryLimit: each type of limit can be set, is told, and refuses; who
// goes on is banned for two minutes.
func TestServeEveryLimit(t *testing.T) {
	for _, c := range []struct{ limit, told, method, path, refusal string }{
		{"REQUEST_WEIGHT=4/1d", `"rateLimitType":"REQUEST_WEIGHT","interval":"DAY","intervalNum":1,"limit":4`, "GET", "/api/v1/ping", "-1003"},
		{"RAW_REQUESTS=4/1d", `"rateLimitType":"RAW_REQUESTS","interval":"DAY","intervalNum":1,"limit":4`, "GET", "/api/v1/ping", "-1003"},
		{"ORDERS=3/1d", `"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":3`, "POST", "/api/v3/order", "-1015"},
	} {
		s := startServe(t, "--limit", c.limit)
		s.want("/api/v1/exchangeInfo", 200, c.told)
		var statuses []int
		for i := range 3 + 11 + 2 {
			r, text := s.send(c.method, s.Listening+c.path, "")
			wait, _ := strconv.Atoi(r.Header.Get("Retry-After"))
			switch statuses = append(statuses, r.StatusCode); {
			case r.StatusCode == 429 && (!strings.Contains(text, c.refusal) || wait < 1):
				t.Errorf("%s, request %d: expected %s and Retry-After, found %s %v", c.limit, i, c.refusal, text, r.Header)
			case r.StatusCode == 418 && (wait < 60 || wait > 120): // less where the machine is slow
				t.Errorf("%s, request %d: expected a ban of two minutes, found %v", c.limit, i, r.Header)
			}
		}
		// What is counted is served or refused for what it is; of 429s there
		// are eleven: a first, and ten on end.
		if slices.Contains(statuses[:3], 429) || slices.ContainsFunc(statuses[3:14], func(s int) bool { return s != 429 }) || statuses[14] != 418 || statuses[15] != 418 {
			t.Errorf("%s: expected 3 served, 11 with 429 and a ban, found %v", c.limit, statuses)
		}
	}
}

func TestServeTLS(t *testing.T) {
	s := startServe(t, "--tls")
	roots := x509.NewCertPool()
	if !strings.HasPrefix(s.Listening, "https://127.0.0.1:") || !roots.AppendCertsFromPEM([]byte(s.Certificate)) {
		t.Fatalf("expected a certificate, found %+v", s.Greeting)
	}
	plain := s.http
	s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	s.want("/api/v1/ping", 200, "{}")
	if _, err := plain.Get(s.Listening + "/api/v1/ping"); err == nil {
		t.Error("expected the certificate to be unknown without the greeting")
	}
}

// TestServeRecords reads what was recorded back: the honest venue breaks no
// rule of its own.
func TestServeRecords(t *testing.T) {
	for _, ending := range []string{"yaml", "ndjson", "har"} {
		t.Run(ending, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "session."+ending)
			s := startServe(t, "--record", name, "--limit", "REQUEST_WEIGHT=200/5m") // no window of requests is longer
			key := s.Accounts[0].APIKey
			n := 0
			get := func(path string) {
				t.Helper()
				s.send("GET", s.Listening+path, "", "X-MBX-APIKEY", key)
				n++
			}
			for _, path := range []string{"/api/v1/ping", "/api/v1/time", "/api/v1/exchangeInfo", "/api/v1/depth?symbol=BTCUSDT", "/api/v1/depth",
				"/api/v1/klines?symbol=BTCUSDT&interval=1m&limit=9", "/api/v1/aggTrades?symbol=ETHBTC&limit=9", "/api/v1/historicalTrades?symbol=ETHBTC&limit=9",
				"/api/v1/ticker/24hr", "/api/v1/ticker/24hr?symbol=BTCUSDT", "/api/v1/depth?symbol=NONE", "/api/v1/ping?x=1"} {
				get(path)
			}
			for range 5 {
				get("/api/v1/ticker/24hr")
			}
			s.send("POST", s.Listening+"/api/v1/ping", "a=b&signature=0123456789abcdef", "Content-Type", "application/x-www-form-urlencoded")
			n++
			s.stop().expect(t, 0)
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), key) || strings.Contains(string(data), "0123456789abcdef") {
				t.Error("expected keys and signatures to be masked")
			}
			o := mbxcheck("", "lint", "--host", "127.0.0.1:*", "--party", "server", "--fail-on", "may", name)
			o.expect(t, 0, fmt.Sprintf("%d exchanges judged", n), "conformant")
			mbxcheck("", "lint", "--host", "127.0.0.1:*", "--run", "used-weight-header,retry-after-present,limit-enforced,ascending", name).expect(t, 0, "conformant")
		})
	}
}

// TestServeRecordsFaults: what got no answer is recorded as that.
func TestServeRecordsFaults(t *testing.T) {
	name := filepath.Join(t.TempDir(), "session.ndjson")
	scenario := file(t, "faults.yaml", "name: mine\nfaults:\n  - {route: '* *', calls: 1, do: reset}\n  - {route: '* *', calls: 2, do: truncate}\n")
	s := startServe(t, "--record", name, "--scenario", scenario)
	for range 2 {
		if r, err := s.http.Get(s.Listening + "/api/v1/time"); err == nil {
			if _, err := io.ReadAll(r.Body); err == nil {
				t.Error("expected no whole answer")
			}
			r.Body.Close()
		}
	}
	s.want("/api/v1/time", 200, "serverTime")
	s.stop().expect(t, 0)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// The client may see the reset before the exchange is written.
	silent, half, whole := 0, 0, 0
	for line := range strings.Lines(string(data)) {
		switch {
		case !strings.Contains(line, `"response"`):
			silent++
		case strings.Contains(line, `"Content-Length","28"`) && !strings.Contains(line, `}"}`):
			half++
		case strings.Contains(line, "serverTime"):
			whole++
		}
	}
	if silent != 1 || half != 1 || whole != 1 {
		t.Errorf("expected a request without answer, one with half of it and one with all, found\n%s", data)
	}
	mbxcheck("", "lint", "--host", "127.0.0.1:*", "--party", "server", "--fail-on", "may", name).expect(t, 0, "3 exchanges judged")
}

// The certificate holds for the names that clients are to call the venue by, and
// for no other.
func TestServeTLSForNames(t *testing.T) {
	s := startServe(t, "--tls", "--host", "api.binance.com", "--host", "api.binance.us")
	defer s.stop()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.Certificate)) {
		t.Fatalf("expected a certificate, found %q", s.Certificate)
	}
	address := strings.TrimPrefix(s.Listening, "https://")
	for name, want := range map[string]bool{"localhost": true, "api.binance.com": true, "api.binance.us": true, "fapi.binance.com": false} {
		c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: name})
		if (err == nil) != want {
			t.Errorf("%s: expected a certificate that holds for it: %t, found %v", name, want, err)
		}
		if err == nil {
			c.Close()
		}
	}
}

// Whoever opens the admin port in a browser is told what it answers, and all
// that he is told it does.
func TestAdminTellsItsRoutes(t *testing.T) {
	s := startServe(t)
	defer s.stop()
	get := func(path string) (int, string) {
		resp, err := s.http.Get(s.Admin + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	status, index := get("/")
	if status != http.StatusOK {
		t.Fatalf("expected 200, found %d", status)
	}
	for _, path := range []string{"/scenarios", "/scenario", "/metrics"} {
		if status, _ := get(path); status != http.StatusOK || !strings.Contains(index, " "+path) {
			t.Errorf("%s: expected it to be told and to answer, found %d and\n%s", path, status, index)
		}
	}
	if status, _ := get("/other"); status != http.StatusNotFound {
		t.Errorf("expected 404 for another path, found %d", status)
	}
}
