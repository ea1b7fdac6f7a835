package cli

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// asClient, in the environment, makes the test binary a client that behaves as
// the word says, with the venue at asURL.
const (
	asClient = "MBXCHECK_TEST_CLIENT"
	asURL    = "MBXCHECK_TEST_URL"
)

// fromHere is a secret in this process's own environment, which --env FROM_HERE
// passes on. It is there before tests begin, since those that run at once share it.
const fromHere = "hunter4hunter4"

// atOnce is how many tests run at once where -parallel does not say it. That is
// more than there are cores, since clients and those who watch them wait most of
// the time, and not all of them, since one that is starved comes too late to
// break a silence.
const atOnce = "8"

// longSilence has a silence of five seconds: on however busy a machine, what is
// to break it comes within it.
const longSilence = "429-read-5"

func TestMain(m *testing.M) {
	process.Inside()
	if id := os.Getenv(asProxy); id != "" {
		os.Exit(beProxy(id))
	}
	if way := os.Getenv(asClient); way != "" {
		os.Exit(beClient(way, os.Getenv(asURL)))
	}
	if os.Getenv(asItself) != "" {
		os.Exit(Run(context.Background(), os.Args[1:], Streams{os.Stdin, os.Stdout, os.Stderr}))
	}
	// The flag's default, for Ginkgo, which verify runs, refuses where it was set.
	parallel := flag.Lookup("test.parallel").Value
	if err := errors.Join(parallel.Set(atOnce), os.Setenv("FROM_HERE", fromHere)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// beClient is a small client; the word says what is wrong with it.
func beClient(way, base string) int {
	fmt.Fprintln(os.Stderr, "last words of", way)
	switch way {
	case "crash":
		return 7
	case "killed":
		p, _ := os.FindProcess(os.Getpid())
		p.Kill()
		select {}
	case "daemon":
		return beDaemon("long bot")
	case "slow daemon":
		return beDaemon("slow bot")
	case "slow bot": // ended before
		time.Sleep(time.Minute)
		return beClient("bot", base)
	case "JSON log":
		fmt.Println(`{"level":"info","client":"bot","version":"1.2","protocol":"wss","msg":"starting"}`)
		return beClient("long bot", base)
	case "prints":
		fmt.Println("to standard output, KEY", os.Getenv("KEY"))
		fmt.Fprintln(os.Stderr, "to standard error, SECRET", os.Getenv("SECRET"))
		return beClient("bot", base)
	case "own key":
		return beSigner(base, "not-the-key", "not-the-secret")
	case "own secret":
		return beSigner(base, os.Getenv("BINANCE_API_KEY"), "not-the-secret")
	case "named keys":
		return beSigner(base, os.Getenv("KEY"), os.Getenv("SECRET"))
	case "calls first":
		get(base + "/api/v3/time")
	case "calls and quits":
		get(base + "/api/v3/time")
		return 5
	case "bot":
		return beReader(base, pace)
	case "long bot": // is there for longer than a hello is waited for
		return beReader(base, 4*pace)
	case "echo":
		return beEcho(base)
	case "bot-elsewhere":
		return 0
	case "commands":
		const words = "nobody\n::stop-commands::pause\n \t::error::x\r::y\n✓ certified\n##[error]x ##vso[a]b\n::last::words"
		fmt.Println(words)
		fmt.Fprintln(os.Stderr, words)
		return 0
	case "chatter":
		fmt.Println("Hello, here is my log")
		return beClient("long bot", base)
	}
	if lines, ok := faultyHellos[way]; ok {
		fmt.Println(lines)
		io.Copy(io.Discard, os.Stdin)
		return 0
	}
	fmt.Println(`{"protocol":1,"client":"test-` + way + `","version":"1.2.3","configuration":"default","ops":["klines","time"]}`)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var c struct {
			ID     int64          `json:"id"`
			Op     string         `json:"op"`
			Params map[string]any `json:"params"`
		}
		if json.Unmarshal(in.Bytes(), &c) != nil {
			return 1
		}
		query := url.Values{}
		for name, v := range c.Params {
			query.Set(name, fmt.Sprint(v))
		}
		switch {
		case way == "unreached":
			fmt.Printf(`{"id":%d,"outcome":"error","error":{"type":"net","message":"no network"}}`+"\n", c.ID)
			continue
		case way == "pretends":
			fmt.Printf(`{"id":%d,"outcome":"ok"}`+"\n", c.ID)
			continue
		case way == "quits":
			return 3
		case way == "flood" && c.Op == "klines":
			io.Copy(os.Stdout, strings.NewReader(strings.Repeat("x", 3<<20)))
			continue
		case way == "dies" && c.Op == "klines":
			return 9
		}
		status := get(base + "/api/v3/" + c.Op + "?" + query.Encode())
		if way == "spam" && status == 429 {
			status = get(base + "/api/v3/" + c.Op + "?" + query.Encode())
		}
		fmt.Println(answer(c.ID, status))
	}
	return 0
}

// faultyHellos are first lines of drivers that stumble.
var faultyHellos = map[string]string{
	"no JSON":        `{protocol: 1, client: 'x', version: '1', configuration: 'default', ops: []}`,
	"cut":            `{"protocol":1,"client":"x","version":"1","ops":[`,
	"version 2":      `{"protocol":2,"client":"x","version":"1","configuration":"default","ops":["time"]}`,
	"no ops":         `{"protocol":1,"client":"x","version":"1","configuration":"default"}`,
	"no version":     `{"protocol":1,"client":"x","configuration":"default","ops":["time"]}`,
	"no protocol":    `{"client":"x","version":"1","configuration":"default","ops":["time"]}`,
	"unknown op":     `{"protocol":1,"client":"x","version":"1","configuration":"default","ops":["buy"]}`,
	"unknown member": `{"protocol":1,"client":"x","version":"1","configuration":"default","ops":["time"],"language":"ruby"}`,
	"several lines":  "{\n  \"protocol\": 1,\n  \"client\": \"x\",\n  \"ops\": []\n}",
	"banner":         "Using keys from the environment\n" + `{"protocol":1,"client":"x","version":"1","configuration":"default","ops":["time"]}`,
}

// pace is how long programs wait between calls, which is how often they break a
// silence.
const pace = 50 * time.Millisecond

// beReader reads klines, whatever the venue says.
func beReader(base string, pause time.Duration) int {
	for range 30 {
		get(base + "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5")
		time.Sleep(pause)
	}
	return 0
}

// beSigner asks for the account, signed, as a bot does.
func beSigner(base, key, secret string) int {
	for range 8 {
		query := fmt.Sprintf("timestamp=%d&recvWindow=60000", time.Now().UnixMilli())
		sum := hmac.New(sha256.New, []byte(secret))
		sum.Write([]byte(query))
		r, err := http.NewRequest("GET", fmt.Sprintf("%s/api/v3/account?%s&signature=%x", base, query, sum.Sum(nil)), nil)
		if err != nil {
			return 1
		}
		r.Header.Set("X-MBX-APIKEY", key)
		if resp, err := http.DefaultClient.Do(r); err == nil {
			resp.Body.Close()
		}
		time.Sleep(pace)
	}
	return 0
}

// beEcho tells everybody what it was given in secret.
func beEcho(base string) int {
	all := []string{os.Getenv("MYSEC"), os.Getenv("FROM_HERE"), strings.Join(os.Args[1:], "|"), os.Getenv("BINANCE_API_SECRET")}
	for i := range 30 {
		secret := all[i%len(all)]
		fmt.Printf("%s, %x, %s\n", secret, secret, base64.StdEncoding.EncodeToString([]byte("x"+secret)))
		r, err := http.NewRequest("GET", base+"/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5&note="+url.QueryEscape(secret), nil)
		if err != nil {
			return 1
		}
		r.Header.Set("X-Note", base64.URLEncoding.EncodeToString([]byte(secret)))
		if resp, err := http.DefaultClient.Do(r); err == nil {
			resp.Body.Close()
		}
		time.Sleep(pace)
	}
	return 0
}

// beDaemon starts itself again in a session of its own and ends.
func beDaemon(way string) int {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asClient+"="+way)
	cmd.SysProcAttr = ownSession()
	if err := cmd.Start(); err != nil {
		return 1
	}
	return 0
}

func get(url string) int {
	r, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	io.Copy(io.Discard, r.Body)
	return r.StatusCode
}

func answer(id int64, status int) string {
	outcome := map[int]string{200: "ok", 429: "rate_limited", 418: "banned"}[status]
	switch outcome {
	case "ok":
		return fmt.Sprintf(`{"id":%d,"outcome":"ok"}`, id)
	case "":
		outcome = "rejected"
	}
	return fmt.Sprintf(`{"id":%d,"outcome":%q,"error":{"type":"http","message":"status","status":%d,"retry_after_ms":1000}}`, id, outcome, max(status, 100))
}

// certifies runs certify on a client of beClient's, by URL.
func certifies(t *testing.T, way string, flags ...string) outcome {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"certify", "--env", asClient + "=" + way, "--env", asURL + "={url}"}, flags...)
	return mbxcheck("", append(args, "--", exe)...)
}

func TestCertify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		way   string
		flags []string
		code  int
		want  []string
	}{
		{"chatter", []string{"--scenario", longSilence}, exitViolations, []string{"watched", "back-off-after-429"}},
		{"sound", []string{"--scenario", "429-read-1", "--profile", "market-data"}, exitConformant, []string{"test-sound 1.2.3", "429-read-1", "L08"}},
		{"spam", []string{"--scenario", "429-read-2"}, exitViolations, []string{"back-off-after-429", "Retry-After 2", "curl -i", "by itself"}},
		{"crash", nil, exitNoStart, []string{"did not start", "exit code 7", "last words of crash"}},
		{"unreached", nil, exitNotExercised, []string{"not reached", "had not used it", "last words of unreached"}},
		{"bot", []string{"--scenario", longSilence, "--observe"}, exitViolations, []string{"watched", "back-off-after-429"}},
		{"chatter", []string{"--drive"}, exitNoStart, []string{"no driver", "Hello, here is my log"}},
		{"bot-elsewhere", []string{"--scenario", "429-read-1", "--observe"}, exitNotExercised, []string{"not reached", "last words of bot-elsewhere"}},
		{"dies", []string{"--scenario", "429-read-1"}, exitNoStart, []string{"429-read-1", "did not end as scripted", "last words of dies"}},
		{"flood", []string{"--scenario", "429-read-1"}, exitNoStart, []string{"did not end as scripted", "expected at most"}},
	} {
		t.Run(c.way+" "+strings.Join(c.flags, " "), func(t *testing.T) {
			t.Parallel()
			certifies(t, c.way, c.flags...).expect(t, c.code, c.want...)
		})
	}
}

// TestWithoutCertificate: standard error says what the report says, and what to
// do next; a client that is certified, or broke what --fail-on lets pass, ends
// well.
func TestWithoutCertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   certificate.Mode
		passes []string // the rules that were seen to be kept
		doubts string   // the rule left in doubt
		want   []string // of what is said; none where all is well
	}{
		{certificate.Observe, []string{"get-params-in-query", "back-off-after-429", "silence-during-ban"}, "", nil},
		{certificate.Observe, []string{"get-params-in-query", "back-off-after-429"}, "", []string{"it gave no occasion for L08b", "while it is watched"}},
		{certificate.Observe, []string{"get-params-in-query", "back-off-after-429"}, "silence-during-ban", []string{"the evidence leaves L08b in doubt", "less to do"}},
		{certificate.Drive, []string{"get-params-in-query", "back-off-after-429", "silence-during-ban"}, "", []string{"it gave no occasion for G04b, G11b", "--profile"}},
	} {
		tally := &rule.Tally{Edition: edition.DefaultID}
		for _, r := range rule.All(edition.Default()) {
			one := rule.RuleTally{ID: r.ID}
			if slices.Contains(c.passes, r.ID) {
				one.Passed = 1
			}
			if r.ID == c.doubts {
				one.Inconclusive = 1
			}
			tally.Rules = append(tally.Rules, one)
		}
		cert, err := certificate.New(&certificate.Run{Tally: tally, Target: certificate.Target{Profile: clause.ProfileMarketData, Mode: c.mode}}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		r := &reports.Report{Tally: tally, Certificate: cert, Width: 300}
		err = uncertified(cert)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s, %s, in doubt %q: found %v", c.mode, c.passes, c.doubts, err)
		}
		if err == nil {
			continue
		}
		e := asExit(err)
		for _, want := range c.want {
			if e.code != exitNotExercised || !strings.Contains(e.Error()+"\n"+e.hint, want) {
				t.Errorf("expected %d and %q, found %d and %s\n%s", exitNotExercised, want, e.code, e.Error(), e.hint)
			}
		}
		var text strings.Builder
		f, _ := reports.ByName("text")
		if err := f.Write(&text, r); err != nil || !strings.Contains(text.String(), "? "+e.Error()+"\n") {
			t.Errorf("expected %q in the report too, found %v\n%s", e.Error(), err, text.String())
		}
	}
}

// TestCertificate holds the evidence against lint: it must show the same.
func TestCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, certificate.File)
	certifies(t, "spam", "--scenario", "429-read-2", "--profile", "market-data", "--certificate", file, "--contact", "who@example.com", "--format", "json="+filepath.Join(dir, "report.json")).
		expect(t, exitViolations)
	cert, err := certificate.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if cert.Verdict != certificate.Refused || cert.Implementation.Name != "test-spam" || cert.Contact != "who@example.com" || cert.Reached != wire.ByURL || cert.Mode != certificate.Drive {
		t.Errorf("found %+v", cert)
	}
	i := slices.IndexFunc(cert.Clauses, func(c certificate.ClauseResult) bool { return c.ID == "L08" })
	if i < 0 || cert.Clauses[i].Evidence == "" {
		t.Fatalf("expected evidence for L08, found %+v", cert.Clauses)
	}
	mbxcheck("", "lint", "--host", "*", "--run", "back-off-after-429", filepath.Join(dir, cert.Clauses[i].Evidence)).
		expect(t, exitViolations, "back-off-after-429", "failed 1 of 1")
}

func TestCertifyUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"certify"}, []string{"needs the COMMAND", "For example"}},
		{[]string{"certify", "--scenario", "429-raed-1", "--", "true"}, []string{"--scenario", "429-read-1"}},
		{[]string{"certify", "--profile", "treding", "--", "true"}, []string{"trading"}},
		{[]string{"certify", "--ban-window", "1s", "--", "true"}, []string{"--ban-window"}},
		{[]string{"certify", "--watch", "-1s", "--", "true"}, []string{"--watch -1s: expected a time of 0 to 10m0s"}},
		{[]string{"certify", "--drive", "--observe", "--", "true"}, []string{"expected --drive or --observe, found both\n"}},
		{[]string{"certify", "--isolate", "--proxy", "--", "true"}, []string{"expected --isolate or --proxy, found both\n"}},
		{[]string{"certify", "--env", "=x", "--", "true"}, []string{"--env =x: expected NAME"}},
		{[]string{"certify", "--host", "http://x", "--", "true"}, []string{"--host http://x: expected the name of a host alone"}},
		{[]string{"certify", "--scenario", "no-such", "--", "true"}, []string{`--scenario: no scenario is called "no-such"`}},
		{[]string{"certify", "--proxy", "--", "true", "{url}"}, []string{"--proxy"}},
		{[]string{"scenarios", "no-such"}, []string{"no-such"}},
	} {
		mbxcheck("", c.args...).expect(t, exitUsage, c.want...)
	}
	mbxcheck("", "scenarios", "--profile", "market-data").expect(t, 0, "429-read-1", "Retry-After 1", "L08")
	mbxcheck("", "scenarios", "--format", "json", "429-*").expect(t, 0, `"name": "429-read-1"`)
}
