package gateway

import (
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

const slowDown = `{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}`

// refusing is a venue that answers the first request with a 429, and then as it should.
func refusing(t *testing.T, retryAfter string) *venue {
	return newVenue(t, func(v *venue, conn net.Conn, text string) bool {
		if len(v.requests()) == 1 {
			return always("HTTP/1.1 429 Too Many Requests\r\nX-Mbx-Used-Weight: 1201\r\nRetry-After: "+retryAfter+"\r\nContent-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(slowDown))+"\r\n\r\n"+slowDown)(v, conn, text)
		}
		return always(okAnswer)(v, conn, text)
	})
}

func ledger(t *testing.T, file string) *guard.Ledger {
	t.Helper()
	l, err := guard.Open(file, edition.Default(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const ping = "GET /api/v1/ping HTTP/1.1\r\nHost: 127.0.0.1:1\r\nUser-Agent: bot\r\n\r\n"

// TestGuardRefuses: behind a 429 nothing reaches the venue, whoever asks, and also after
// a restart. The answer says how long, and that it is not the venue's; no rule takes it
// for that.
func TestGuardRefuses(t *testing.T) {
	t.Parallel()
	v, file := refusing(t, "250"), filepath.Join(t.TempDir(), "ledger.json")
	record := filepath.Join(t.TempDir(), "all.ndjson")
	run := func(l *guard.Ledger, want ...int) *Outcome {
		g := start(t, v, func(c *Config) {
			c.Guard, c.Rules, c.Record = l, rule.All(edition.Default()), record
		})
		for i, status := range want {
			resp, _ := dial(t, g).ask(t, ping)
			if resp.StatusCode != status {
				t.Errorf("request %d: expected %d, found %d", i+1, status, resp.StatusCode)
			}
			own := strings.HasPrefix(resp.Header.Get(Mark), GuardMark)
			wait, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			if own != (i > 0 || len(want) == 1) || wait < 240 {
				t.Errorf("request %d: expected a refusal that says whose it is and how long, found %v", i+1, resp.Header)
			}
		}
		o, err := g.Close()
		if err != nil {
			t.Error(err)
		}
		return o
	}
	l := ledger(t, file)
	o := run(l, http.StatusTooManyRequests, http.StatusTooManyRequests, http.StatusTooManyRequests)
	for i := range o.Tally.Rules {
		if r := &o.Tally.Rules[i]; r.Failed > 0 && r.Rule().Party != clause.Client {
			t.Errorf("expected neither venue nor proxy to be blamed, found %s: %+v", r.ID, r.Findings)
		}
	}
	if u := l.Uses(time.Now()); len(u) != 1 || u[0].Requests != 1 || u[0].Refused != 2 {
		t.Errorf("expected one request to go on and two to be refused, found %+v", u)
	}
	run(ledger(t, file), http.StatusTooManyRequests)
	if got := v.requests(); len(got) != 1 {
		t.Errorf("expected one request to arrive, found %d", len(got))
	}
}

// TestGuardHolds: what has to wait no longer than it may be held goes on by itself.
func TestGuardHolds(t *testing.T) {
	t.Parallel()
	v, l := refusing(t, "0"), ledger(t, "")
	g := start(t, v, func(c *Config) { c.Guard, c.Hold = l, time.Minute })
	for i, status := range []int{429, 200} {
		if resp, _ := dial(t, g).ask(t, ping); resp.StatusCode != status {
			t.Errorf("request %d: expected %d, found %d", i+1, status, resp.StatusCode)
		}
	}
	if u := l.Uses(time.Now()); u[0].Held != 1 || u[0].HeldFor < 500*time.Millisecond || u[0].Refused != 0 {
		t.Errorf("expected one request to be held for about a second, found %+v", u)
	}
}

// TestGuardLetsGo: a client that leaves while it is held sent nothing.
func TestGuardLetsGo(t *testing.T) {
	t.Parallel()
	v, l := refusing(t, "30"), ledger(t, "")
	g := start(t, v, func(c *Config) { c.Guard, c.Hold = l, time.Minute })
	dial(t, g).ask(t, ping)
	leaver := dial(t, g)
	if _, err := leaver.Write([]byte(ping)); err != nil {
		t.Fatal(err)
	}
	for l.Uses(time.Now())[0].Waiting == 0 {
		runtime.Gosched()
	}
	leaver.Close()
	for l.Uses(time.Now())[0].Waiting > 0 {
		runtime.Gosched()
	}
	if _, err := g.Close(); err != nil {
		t.Error(err)
	}
	if got := v.requests(); len(got) != 1 {
		t.Errorf("expected one request to arrive, found %d", len(got))
	}
}

// TestGuardHoldsUpgrades: what asks for another protocol is a request of the address too,
// whether the venue knows that protocol or answers as to any other request.
func TestGuardHoldsUpgrades(t *testing.T) {
	t.Parallel()
	const upgrade = "GET /api/v1/ping HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
	v, l := refusing(t, "250"), ledger(t, "")
	g := start(t, v, func(c *Config) { c.Guard = l })
	for i, text := range []string{upgrade, ping, upgrade} {
		resp, _ := dial(t, g).ask(t, text)
		if own := strings.HasPrefix(resp.Header.Get(Mark), GuardMark); resp.StatusCode != http.StatusTooManyRequests || own != (i > 0) {
			t.Errorf("request %d: expected the venue's refusal and then the guard's, found %d, %v", i+1, resp.StatusCode, resp.Header)
		}
	}
	if got := v.requests(); len(got) != 1 {
		t.Errorf("expected one request to arrive, found %d", len(got))
	}
}
