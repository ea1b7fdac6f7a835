package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Variables that a playing process is given.
const (
	behaviourVariable = "BEHAVIOUR"       // the behaviour, in JSON
	diaryVariable     = "BEHAVIOUR_DIARY" // the directory for its diary
	quietVariable     = "BEHAVIOUR_QUIET" // how long it stays when it has done all; for good without
)

// player is a client that plays a behaviour.
type player struct {
	Behaviour
	base, key, secret string
	diary             *diary
	pool              *http.Client
	calls             atomic.Int64
	orders            atomic.Int64

	mu    sync.Mutex // what was decided and what was known stand in the diary in the order of the lock
	until time.Time  // when all threads may send again
	stop  bool       // nobody sends again
}

// thread is one of the player's.
type thread struct {
	*player
	number int
	http   *http.Client
	until  time.Time // when this one may send again
}

// answer is what came of a call.
type answer struct {
	status int // 0 for none
	body   map[string]any
	text   string
}

// play is the whole life of a playing process.
func play() int {
	began := time.Now()
	p := &player{base: cmp.Or(os.Getenv("MBXCHECK_URL"), "https://api.binance.com"), key: os.Getenv("MBXCHECK_API_KEY"), secret: os.Getenv("MBXCHECK_SECRET_KEY")}
	err := json.Unmarshal([]byte(os.Getenv(behaviourVariable)), &p.Behaviour)
	if err == nil {
		p.diary, err = newDiary(os.Getenv(diaryVariable), began)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "behaviours: %v\n", err)
		return 1
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-asked
		p.diary.add(note{Event: stopped})
		os.Exit(0)
	}()
	p.live()
	p.diary.add(note{Event: done})
	switch quiet, err := time.ParseDuration(os.Getenv(quietVariable)); {
	case p.Exits:
		time.Sleep(millis(p.StaysMs))
	case err == nil:
		time.Sleep(quiet)
	default:
		select {} // until asked
	}
	return 0
}

// live runs the threads to their ends.
func (p *player) live() {
	time.Sleep(millis(p.StartMs))
	p.pool = newHTTP(p.Connection)
	var all sync.WaitGroup
	for i := range p.Threads {
		t := &thread{player: p, number: i, http: p.pool}
		if p.Connection == Own {
			t.http = newHTTP(Own)
		}
		all.Go(func() {
			if p.Shifted {
				time.Sleep(time.Duration(i) * 40 * time.Millisecond)
			}
			t.work()
		})
	}
	all.Wait()
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// newHTTP makes a client without proxies and redirects.
func newHTTP(how Connection) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: how == Fresh, MaxIdleConnsPerHost: 16, Protocols: protocols(how),
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func protocols(how Connection) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(how == HTTP2)
	return p
}

// work makes the thread's calls.
func (t *thread) work() {
	if t.Warm {
		t.send(call{method: "GET", path: "/api/v1/ping"})
	}
	for n := range t.Calls {
		if n > 0 {
			time.Sleep(millis(t.PaceMs))
		}
		switch {
		case n > 0 || !changing(t.Scenario) || t.number > 0 && t.Others == Read:
			t.reading(klines(t.number + n))
		case strings.HasPrefix(t.Scenario, "withdraw-"):
			t.change(withdrawal(t.likeness()))
		case strings.HasPrefix(t.Scenario, "cancel-"):
			t.cancel()
		default:
			if strings.Contains(t.Scenario, "-warm-") {
				t.reading(account())
			}
			t.change(order(t.likeness(), 0))
		}
	}
}

// likeness is the number of the thread whose calls this one makes.
func (t *thread) likeness() int {
	if t.Others == Twin {
		return 0
	}
	return t.number
}

// refuses reports a scenario of 429 or 418, changing one about calls that change
// something.
func refuses(scenario string) bool { return scenario[0] == '4' }
func changing(scenario string) bool {
	return !refuses(scenario) || strings.Contains(scenario, "-order")
}

// reading makes a call that may be made again at will.
func (t *thread) reading(c call) {
	for try := 0; ; try++ {
		if a := t.send(c); !limited(a.status) || !t.again(try) {
			return
		}
	}
}

// again reports whether a refused call is made once more: the waiting was noted
// when the refusal was read.
func (t *thread) again(try int) bool {
	switch t.Refused {
	case Stop, "":
		return false
	case Ignore:
		return try < 3
	}
	return try < 1
}

func limited(status int) bool { return status == 429 || status == 418 }

// change makes a call that must not happen twice.
func (t *thread) change(c call) answer {
	for try := 0; ; try++ {
		named := c.named(t.nextID())
		a := t.send(named)
		switch {
		case limited(a.status) && t.again(try):
			continue // a refusal is definite
		case a.status == 0 || a.status/100 == 5:
			t.unknown(named)
		}
		return a
	}
}

func (t *thread) nextID() string { return fmt.Sprintf("behaviour-%d", t.orders.Add(1)) }

// cancel places an order and cancels it.
func (t *thread) cancel() {
	o := order(t.likeness(), 0)
	a := t.change(o)
	id, _ := a.body["orderId"].(float64)
	if id != 0 {
		t.change(cancel(o.params.Get("symbol"), strconv.FormatInt(int64(id), 10)))
	}
}

// unknown reacts to an outcome that nobody knows.
func (t *thread) unknown(c call) {
	time.Sleep(millis(t.AfterMs))
	again := c.named(t.nextID())
	switch t.Unknown {
	case Resend:
		t.send(again)
	case ResendSameID:
		t.send(c)
	case LookUp:
		t.send(c.lookUp())
	case LookUpResend:
		if a := t.send(c.lookUp()); !a.found(c) {
			t.send(again)
		}
	case ResendLookUp:
		t.send(again)
		t.send(c.lookUp())
	case TradeOn:
		if c.path == "/api/v3/order" {
			t.send(order(t.likeness(), 5).named(t.nextID()))
		}
	}
}

// found reports whether the answer to a look-up has the call's effect.
func (a answer) found(c call) bool {
	if c.method == "DELETE" {
		return a.body["status"] == "CANCELED"
	}
	return a.status == http.StatusOK && strings.Contains(a.text, c.id())
}

// send makes a call when it may, and notes all of it.
func (t *thread) send(c call) answer {
	n, ok := t.decide(c)
	if !ok {
		return answer{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), millis(t.TimeoutMs))
	defer cancel()
	what := note{Call: n, Thread: t.number}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(string, string) { t.diary.add(note{Event: dialled, Call: n, Thread: t.number}) },
		GotConn: func(i httptrace.GotConnInfo) {
			if i.Reused {
				t.diary.add(note{Event: got, Call: n, Thread: t.number})
			}
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { t.diary.add(note{Event: wrote, Call: n, Thread: t.number}) },
	})
	r, err := c.request(ctx, t.base, t.key, t.secret, t.InQuery)
	if err != nil {
		panic(err) // of a call that this program made up
	}
	a, header, err := t.exchange(r)
	what.Event, what.Status = read, a.status
	what.RetryAfter, what.Date = header.Get("Retry-After"), header.Get("Date")
	if id, ok := a.body["orderId"].(float64); ok {
		what.OrderID = strconv.FormatInt(int64(id), 10)
	}
	if err != nil {
		what.Error = err.Error()
	}
	t.hear(what)
	return a
}

// maxAnswer bounds an answer, in bytes: five klines have a kilobyte.
const maxAnswer = 1 << 20

// exchange sends a request and reads its answer to the end.
func (t *thread) exchange(r *http.Request) (answer, http.Header, error) {
	resp, err := t.http.Do(r)
	if err != nil {
		return answer{}, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, resp.Header, err
	}
	a := answer{status: resp.StatusCode, text: string(body)}
	_ = json.Unmarshal(body, &a.body) // arrays, and what is no JSON, tell nothing
	return a, resp.Header, nil
}

// decide waits until the call may be sent and notes the decision. It reports
// false for a client that sends nothing any more.
func (t *thread) decide(c call) (number int, ok bool) {
	for {
		t.mu.Lock()
		until := t.player.until
		if t.until.After(until) {
			until = t.until
		}
		left := time.Until(until)
		if t.stop || left <= 0 {
			n, goesOn := c.note(), !t.stop
			if goesOn {
				n.Call, n.Thread = int(t.calls.Add(1)), t.number
				t.diary.add(n)
			}
			t.mu.Unlock()
			return n.Call, goesOn
		}
		t.mu.Unlock()
		time.Sleep(left)
	}
}

// hear notes what was read, and what follows from a refusal.
func (t *thread) hear(n note) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.diary.add(n)
	if !limited(n.Status) {
		return
	}
	until := time.Now().Add(t.waitFor(n))
	switch {
	case t.Refused == Stop:
		t.stop = true
	case t.Refused == Ignore:
	case t.Refused == WaitAlone:
		t.until = until
	case until.After(t.player.until):
		t.player.until = until
	}
}

// longer is how much longer a client waits that is careful.
const longer = 700 * time.Millisecond

// waitFor is how long the client believes that a refusal wants it to wait.
func (t *thread) waitFor(n note) time.Duration {
	seconds, err := strconv.Atoi(n.RetryAfter)
	if err != nil { // to the venue's next minute
		date, _ := http.ParseTime(n.Date)
		seconds = 61 - date.Second()
	}
	switch wait := time.Duration(seconds) * time.Second; t.Refused {
	case WaitMillis:
		return millis(seconds)
	case WaitPartly:
		return wait * 4 / 10
	case WaitLonger:
		return wait + longer
	default:
		return wait
	}
}
