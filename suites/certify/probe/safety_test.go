package probe_test

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/probe"
	editions "github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		url  string
		may  probe.Permission
		want error
	}{
		{"http://127.0.0.1:8080", probe.Permission{}, nil},
		{"http://127.0.0.1:8080/", probe.Permission{LimitTests: true}, nil},
		{"http://127.9.9.9", probe.Permission{}, nil},
		{"http://[::1]:8080", probe.Permission{}, nil},
		{"https://localhost:8443", probe.Permission{}, nil},
		{"http://LOCALHOST.", probe.Permission{}, nil},
		{"http://mock.internal:8080", probe.Permission{Host: "mock.internal"}, nil},
		{"http://mock.internal:8080", probe.Permission{Host: "Mock.Internal.", LimitTests: true}, nil},
		{"https://testnet.binance.vision", probe.Permission{Host: "testnet.binance.vision"}, nil}, // gently

		{"http://mock.internal:8080", probe.Permission{}, probe.ErrHost},
		{"http://mock.internal:8080", probe.Permission{LimitTests: true}, probe.ErrHost},
		{"http://mock.internal:8080", probe.Permission{Host: "internal"}, probe.ErrHost},
		{"http://mock.internal:8080", probe.Permission{Host: "*"}, probe.ErrHost},
		{"http://mock.internal:8080", probe.Permission{Host: "other.internal"}, probe.ErrHost},
		{"http://10.0.0.1", probe.Permission{Host: "10.0.0.2"}, probe.ErrHost},
		{"http://0.0.0.0:8080", probe.Permission{}, probe.ErrHost},
		{"http://127.0.0.1.example:8080", probe.Permission{}, probe.ErrHost},
		{"http://localhost.example", probe.Permission{}, probe.ErrHost},
		{"http://2130706433", probe.Permission{}, probe.ErrHost},
		{"https://api.binance.com", probe.Permission{}, probe.ErrHost},

		{"https://api.binance.com", probe.Permission{Host: "api.binance.com", LimitTests: true}, probe.ErrExchange},
		{"https://API1.Binance.COM.", probe.Permission{Host: "api1.binance.com", LimitTests: true}, probe.ErrExchange},
		{"https://api.binance.us", probe.Permission{Host: "api.binance.us", LimitTests: true}, probe.ErrExchange},
		{"https://api.binance.je", probe.Permission{Host: "api.binance.je", LimitTests: true}, probe.ErrExchange},
		{"https://testnet.binance.vision", probe.Permission{Host: "testnet.binance.vision", LimitTests: true}, probe.ErrExchange},
		{"https://dex.binance.org", probe.Permission{Host: "dex.binance.org", LimitTests: true}, probe.ErrExchange},
		{"https://testnet.binancefuture.com", probe.Permission{Host: "testnet.binancefuture.com", LimitTests: true}, probe.ErrExchange},
		{"https://www.jex.com", probe.Permission{Host: "www.jex.com", LimitTests: true}, probe.ErrExchange},
		{"https://www.tokocrypto.com", probe.Permission{Host: "www.tokocrypto.com", LimitTests: true}, probe.ErrExchange},
		{"https://binance.com", probe.Permission{LimitTests: true}, probe.ErrExchange},

		{"127.0.0.1:8080", probe.Permission{}, probe.ErrURL},
		{"ftp://127.0.0.1", probe.Permission{}, probe.ErrURL},
		{"http://", probe.Permission{}, probe.ErrURL},
		{"http://127.0.0.1/mock/binance/", probe.Permission{}, nil},
		{"http://127.0.0.1/apis/v1.2/a%20b", probe.Permission{}, nil},
		{"http://mock.internal:8080/binance", probe.Permission{}, probe.ErrHost},
		{"https://api.binance.com/mock", probe.Permission{Host: "api.binance.com", LimitTests: true}, probe.ErrExchange},

		{"http://127.0.0.1/api", probe.Permission{}, probe.ErrURL},
		{"http://127.0.0.1/api/v3/", probe.Permission{}, probe.ErrURL},
		{"http://127.0.0.1/mock/wapi", probe.Permission{}, probe.ErrURL},
		{"http://127.0.0.1/mock//x", probe.Permission{}, probe.ErrURL},
		{"http://127.0.0.1/mock/../x", probe.Permission{}, probe.ErrURL},
		{"http://127.0.0.1?x=1", probe.Permission{}, probe.ErrURL},
		{"http://user:secret@127.0.0.1", probe.Permission{}, probe.ErrURL},
		{"http://user:secret@127.0.0.1:port", probe.Permission{}, probe.ErrURL},
	} {
		_, err := probe.NewTarget(c.url, c.may)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s with %+v: expected %v, found %v", c.url, c.may, c.want, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: expected no password in the error, found %v", c.url, err)
		}
	}
}

// counted is a handler that counts.
type counted struct {
	http.Handler
	n atomic.Int64
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.n.Add(1)
	c.Handler.ServeHTTP(w, r)
}

func listen(t *testing.T, h http.HandlerFunc) (*httptest.Server, *counted) {
	t.Helper()
	c := &counted{Handler: h}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return s, c
}

// run probes a server over the network, with waits that take no time.
func run(t *testing.T, address string, change func(*probe.Config)) (*probe.Summary, error) {
	t.Helper()
	target, err := probe.NewTarget(address, probe.Permission{})
	if err != nil {
		t.Fatal(err)
	}
	c := probe.Config{Target: target, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	if change != nil {
		change(&c)
	}
	return probe.Run(t.Context(), c)
}

func answerJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte("{}"))
}

func TestNoRedirectIsFollowed(t *testing.T) {
	_, never := listen(t, answerJSON)
	elsewhere := httptest.NewServer(never)
	defer elsewhere.Close()
	s, asked := listen(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
	})
	if _, err := run(t, s.URL, nil); err != nil {
		t.Fatal(err)
	}
	if asked.n.Load() == 0 || never.n.Load() != 0 {
		t.Errorf("expected requests to the target alone, found %d there and %d elsewhere", asked.n.Load(), never.n.Load())
	}
}

func TestOnlyProxiesOfThisMachineAreUsed(t *testing.T) {
	s, direct := listen(t, answerJSON)
	proxy, proxied := listen(t, answerJSON)
	through := func(address string) func(*probe.Config) {
		return func(c *probe.Config) {
			c.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(address) }
		}
	}
	// 192.0.2.0/24 is for documentation (RFC 5737): a request sent there would
	// never be answered.
	if _, err := run(t, s.URL, through("http://192.0.2.1:3128")); err != nil || direct.n.Load() == 0 {
		t.Errorf("expected a foreign proxy to be passed by, found %v and %d requests", err, direct.n.Load())
	}
	before := direct.n.Load()
	if _, err := run(t, s.URL, through(proxy.URL)); err != nil || proxied.n.Load() == 0 || direct.n.Load() != before {
		t.Errorf("expected requests through the proxy of this machine, found %v, %d there and %d more beside it", err, proxied.n.Load(), direct.n.Load()-before)
	}
}

// A 429 or 418 ends the probe at once, whatever comes behind.
func TestRefusalsEndTheProbe(t *testing.T) {
	for _, status := range []int{429, 418} {
		for _, after := range []int64{1, 4, 30, 60} {
			c := &clock{autumn2019}
			v, err := venue.New(venue.Config{Clock: c.now, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			n := int64(0)
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if n++; n <= after {
					v.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(status)
				w.Write([]byte(`{"code":-1003,"msg":"Too many requests."}`))
			})
			p := probeHandler(t, c, h, func(c *probe.Config) {
				c.APIKey, c.SecretKey = v.Accounts()[0].Key, v.Accounts()[0].Secret
			})
			if n != after+1 || p.summary.Stopped == "" {
				t.Errorf("status %d behind %d answers: expected no request more and to be told why, found %d and %q", status, after, n-after-1, p.summary.Stopped)
			}
		}
	}
}

// One request at a time, never faster than the pace, never more than half of
// what the server's limits let through, and without limit tests never past them.
func TestPaceStaysBelowTheLimits(t *testing.T) {
	for _, limit := range []int64{1200, 200, 100} {
		c := &clock{autumn2019}
		v, err := venue.New(venue.Config{Clock: c.now, Seed: 1, Limits: venue.LimitRules{Limits: []venue.Limit{
			{Type: "REQUEST_WEIGHT", Limit: limit, Num: 1, Unit: "MINUTE"}, {Type: "ORDERS", Limit: 1, Num: 1, Unit: "SECOND"},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		p := probeHandler(t, c, v, func(c *probe.Config) {
			c.APIKey, c.SecretKey = v.Accounts()[0].Key, v.Accounts()[0].Secret
			c.Target, err = probe.NewTarget("http://127.0.0.1:8080", probe.Permission{})
			if err != nil {
				t.Fatal(err)
			}
		})
		last := traffic.Span{}
		for _, x := range p.exchanges {
			if last.Known() && x.Sent.Earliest.Sub(last.Latest) < 100*time.Millisecond {
				t.Errorf("limit %d, exchange %d: sent %s after the answer before", limit, x.At.Number, x.Sent.Earliest.Sub(last.Latest))
			}
			last = x.Received
			f := traffic.FactsOf(editions.Default().Dialect, x)
			if f.UsedWeight > limit/2+1 && f.UsedWeight > 51 || x.Response.Status == 429 || x.Response.Status == 418 {
				t.Errorf("limit %d, exchange %d: used weight %d, status %d", limit, x.At.Number, f.UsedWeight, x.Response.Status)
			}
		}
		if p.summary.Stopped != "" {
			t.Errorf("limit %d: stopped: %s", limit, p.summary.Stopped)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close()
	if _, err := run(t, address, nil); !errors.Is(err, probe.ErrNoAnswer) {
		t.Errorf("expected to be told that nobody answers, found %v", err)
	}
}

// Another server is left alone as soon as it shows.
func TestAnotherServerIsLeftAlone(t *testing.T) {
	s, asked := listen(t, http.NotFound)
	summary, err := run(t, s.URL, nil)
	if err != nil || summary.Stopped == "" || asked.n.Load() > 2 {
		t.Errorf("expected an end after two requests, found %v, %+v and %d", err, summary, asked.n.Load())
	}
}

// A server that dies is not asked for ever.
func TestServerThatDies(t *testing.T) {
	var n atomic.Int64
	s, _ := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 5 {
			panic(http.ErrAbortHandler)
		}
		answerJSON(w, r)
	})
	var lost int
	summary, err := run(t, s.URL, func(c *probe.Config) {
		c.Observe = func(x *traffic.Exchange) {
			if x.Annotation.Lost != "" && x.Gaps.Has(traffic.GapResponse) {
				lost++
			}
		}
	})
	if err != nil || summary.Stopped == "" || lost != 3 {
		t.Errorf("expected an end after three lost answers, found %v, %+v and %d", err, summary, lost)
	}
}

func TestEndOfTheContextEndsTheProbe(t *testing.T) {
	s, asked := listen(t, answerJSON)
	ctx, cancel := context.WithCancel(t.Context())
	target, err := probe.NewTarget(s.URL, probe.Permission{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = probe.Run(ctx, probe.Config{Target: target, Observe: func(*traffic.Exchange) { cancel() }})
	if !errors.Is(err, context.Canceled) || asked.n.Load() != 1 {
		t.Errorf("expected one request and %v, found %d and %v", context.Canceled, asked.n.Load(), err)
	}
}

// Keys that the server does not take are used once, and their owner is told.
func TestRefusedKeys(t *testing.T) {
	for _, c := range []struct{ key, secret string }{{"", "wrong"}, {strings.Repeat("k", 64), ""}, {"short", "wrong"}} {
		p := probeVenue(t, autumn2019, venue.Hooks{}, func(config *probe.Config) {
			config.APIKey, config.SecretKey = cmp.Or(c.key, config.APIKey), cmp.Or(c.secret, config.SecretKey)
		})
		signed := 0
		for _, x := range p.exchanges {
			if x.Annotation.Experiment.Name != "malformed" && strings.Contains(x.Request.URL+string(x.Request.Body), "signature=") {
				signed++
			}
		}
		if p.summary.Refused == "" || p.summary.Stopped != "" || signed != 1 {
			t.Errorf("%+v: expected one signed call and to be told, found %d and %+v", c, signed, p.summary)
		}
		if got := p.failed(); len(got) > 0 {
			t.Errorf("expected no rule to fail for it, found %v", got)
		}
	}
}

// Who tests that clients keep silent keeps silent himself: nothing is sent
// before Retry-After has passed, but by the tests of limits while they go past
// one.
func TestProberBacksOff(t *testing.T) {
	for _, ids := range [][]string{nil, {"short-ban"}, {"shrinking-ban"}, {"no-retry-after"}, {"never-bans"}, {"limit-as-400"}} {
		p := probeVenue(t, autumn2019, lies(t, ids...), nil)
		var until time.Time
		var group int64
		waits := 0
		for _, x := range p.exchanges {
			if group != x.Annotation.Experiment.Group {
				group = x.Annotation.Experiment.Group
				if x.Sent.Earliest.Before(until) {
					t.Errorf("%v: exchange %d of %s was sent %s too early", ids, x.At.Number, x.Annotation.Experiment.Name, until.Sub(x.Sent.Earliest))
				}
				if !until.IsZero() {
					waits++
				}
				until = time.Time{}
			}
			f := traffic.FactsOf(editions.Default().Dialect, x)
			switch {
			case f.RetryAfterSec > 0:
				until = x.Received.Latest.Add(time.Duration(f.RetryAfterSec) * time.Second)
			case !f.BannedUntil.IsZero():
				until = f.BannedUntil
			}
		}
		if waits == 0 {
			t.Errorf("%v: expected a wait, found none: the test proves nothing", ids)
		}
	}
}
