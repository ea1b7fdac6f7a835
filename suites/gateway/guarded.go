package gateway

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// keeping is how often the ledger is saved that changed: what is lost with a machine is a
// second's weight. Silences are saved at once.
const keeping = time.Second

// guarded asks a ledger before requests go on. A nil one lets all go on.
//
// It has the machine's own clock: a ledger is kept for days, and the venue's windows are
// those of the day's time.
type guarded struct {
	ledger  *guard.Ledger
	hold    time.Duration
	edition *edition.Edition
	notKept func(error)
	failed  atomic.Bool // it was told that the ledger can't be kept
	stop    chan struct{}
	done    chan struct{}
}

// GuardMark begins the value of Mark where a ledger refused a request.
const GuardMark = "guard: "

func newGuarded(c Config) *guarded {
	if c.Guard == nil {
		return nil
	}
	g := &guarded{
		ledger: c.Guard, hold: c.Hold, edition: c.Engine.Edition, notKept: c.NotKept,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	if g.edition == nil {
		g.edition = edition.Default()
	}
	go g.keep()
	return g
}

// keep saves the ledger now and then.
func (g *guarded) keep() {
	defer close(g.done)
	ticker := time.NewTicker(keeping)
	defer ticker.Stop()
	for {
		select {
		case <-g.stop:
			g.save()
			return
		case <-ticker.C:
			if g.ledger.Changed() {
				g.save()
			}
		}
	}
}

func (g *guarded) save() {
	if err := g.ledger.Save(); err != nil && !g.failed.Swap(true) && g.notKept != nil {
		g.notKept(err)
	}
}

// close saves the ledger for the last time.
func (g *guarded) close() {
	if g != nil {
		close(g.stop)
		<-g.done
	}
}

// admit waits until a request may go on, for as long as it may be held, or answers it.
// ok is false where it does not go on.
func (g *guarded) admit(ctx context.Context, w http.ResponseWriter, r *http.Request) (b guard.Booked, ok bool) {
	if g == nil {
		return b, true
	}
	asked := g.request(r)
	began := time.Now()
	wait := g.ledger.Ask(began, asked, false)
	if wait.For == 0 {
		return wait.Booked, true
	}
	if wait.For > g.hold || !g.ledger.Hold(asked.Client) {
		g.refuse(w, asked, wait)
		return b, false
	}
	for {
		timer := time.NewTimer(wait.For)
		select {
		case <-ctx.Done():
			timer.Stop()
			g.ledger.Held(asked.Client, time.Since(began), false)
			panic(http.ErrAbortHandler) // its client has gone, or we end: nobody may think that it was sent
		case now := <-timer.C:
			wait = g.ledger.Ask(now, asked, true)
		}
		switch held := time.Since(began); {
		case wait.For == 0:
			g.ledger.Held(asked.Client, held, true)
			return wait.Booked, true
		case held+wait.For > g.hold:
			g.ledger.Held(asked.Client, held, false)
			g.refuse(w, asked, wait)
			return b, false
		}
	}
}

// request is what the ledger is asked for.
func (g *guarded) request(r *http.Request) guard.Request {
	seen := wire.SeenOf(r)
	if seen == nil { // it asks for another protocol
		seen = &wire.Seen{Method: r.Method, URL: "http://" + r.Host + pathOf(r), Header: traffic.HeaderOf(r.Header)}
	}
	x := traffic.Exchange{Request: traffic.Request{Method: seen.Method, URL: seen.URL, Header: seen.Header}}
	var f traffic.Facts
	f.ScanRequest(g.edition.Dialect, &x)
	f.Era = time.Now()
	key, _ := seen.Header.Get(g.edition.Dialect.Fields.APIKey)
	account := g.ledger.Account(key)
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	e := g.edition.Catalogue.Lookup(seen.Method, f.Path)
	asked := guard.Request{
		Client:  g.ledger.Client(host, seen.Connection, account, r.UserAgent()),
		Account: account, Route: seen.Method + " " + f.Path, Weight: weight.Own(&f, e),
	}
	if e != nil {
		asked.Orders = int64(e.OrderCount)
	}
	return asked
}

// refuse answers in the venue's place, in its words, and says that it is not the venue.
func (g *guarded) refuse(w http.ResponseWriter, asked guard.Request, wait guard.Wait) {
	g.ledger.Refused(asked.Client)
	d := g.edition.Dialect
	seconds := int64(math.Ceil(wait.For.Seconds()))
	h := w.Header()
	h.Set(Mark, GuardMark+wait.Why)
	h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	h.Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	text := fmt.Sprintf("mbxcheck did not send this request: %s. Try again in %d s.", wait.Why, seconds)
	_, _ = w.Write(d.Refusal(d.Code(traffic.TooManyRequests), text))
}

// learn takes in what came of a request that went on.
func (g *guarded) learn(x *traffic.Exchange, b guard.Booked) {
	if g != nil && g.ledger.Learn(time.Now(), traffic.FactsOf(g.edition.Dialect, x), b) {
		g.save()
	}
}
