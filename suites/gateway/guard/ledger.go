package guard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

const (
	// maxClients bounds who is told apart; those who come later are one.
	maxClients = 256

	// maxAccounts and maxRoutes bound the keys and the routes that are remembered:
	// more than one machine's bots have. maxRoute bounds a route, in bytes.
	maxAccounts, maxRoutes, maxRoute = 1024, 1024, 256
)

// Ledger is what is known of one address. It is safe for concurrent use.
type Ledger struct {
	edition *edition.Edition
	file    string
	salt    []byte // keys are known by their salted hashes alone

	saving   sync.Mutex // held before mu: what is written last is the latest
	mu       sync.Mutex
	limits   []Limit
	totals   []total // those of limits that hold for the address
	minute   int     // of totals: that of weight
	clients  map[string]*client
	accounts map[string]*account
	people   people
	silence  silence
	routes   map[string]int64 // what they were seen to weigh
	seen     map[string]int64 // what they weighed when they were seen last
	counter  counter
	order    int // clients so far
	changed  bool
}

// total is what all clients used of a limit together.
type total struct {
	Limit
	window
}

// client is one of those who ask.
type client struct {
	name        string
	order       int    // in which they came
	used, asked window // weight that went on, and that was asked for
	habit       habit
	use         Use
	waiting     int // requests that are held
}

// account is what is known of one API key.
type account struct {
	orders  []window // a window for each limit of orders, in their order
	silence silence
}

// Use is what one client used since the ledger began.
type Use struct {
	Client           string
	Requests, Weight int64 // that went on
	Orders           int64
	Held             int64         // requests that waited and then went on
	HeldFor          time.Duration // all of them together
	Refused          int64         // requests that did not go on
	Waiting          int           // requests that are held now
	LastMinute       int64         // weight used in the last minute
}

// Request is one that somebody wants to send.
type Request struct {
	Client  string // what Client returned for it
	Account string // what Account returned for its key, "" without one
	Route   string // "GET /api/v3/depth", by which weights are learned
	Weight  int64  // what the edition says, less than 1 for unknown
	Orders  int64  // orders that it places
}

// Wait says what is to become of a request.
type Wait struct {
	For    time.Duration // 0: it may go on, and is booked
	Why    string        // it must wait, for people
	Booked Booked        // where it may go on
}

// Booked is a request that went on, for Learn.
type Booked struct {
	at      time.Time
	request Request
	weight  int64
	serial  int64 // of all that went on
}

// Ask says whether a request may go on now. again: it has asked before, and waited.
func (l *Ledger) Ask(now time.Time, r Request, again bool) Wait {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.of(r.Client)
	weight := l.weightOf(r)
	if !again {
		c.asked.add(now, weight)
		c.habit.hear(now, c.asked.sum(now))
	}
	if w := l.wait(now, c, r, weight); w.For > 0 {
		return w
	}
	return Wait{Booked: l.book(now, c, r, weight)}
}

// dearest is the part of the limit that a route is taken to weigh at the most, one in ten:
// a call that would never go on would never be seen to weigh less either.
const dearest = 10

// weightOf is what a request weighs: what its route was seen to weigh, or what the
// edition says.
func (l *Ledger) weightOf(r Request) int64 {
	return max(1, r.Weight, min(l.routes[r.Route], l.totals[l.minute].Most/dearest))
}

// wait is how long a request must wait.
func (l *Ledger) wait(now time.Time, c *client, r Request, weight int64) Wait {
	if left := l.silence.left(now); left > 0 {
		return Wait{For: left, Why: l.silence.Why}
	}
	a := l.accounts[r.Account]
	if a != nil && r.Orders > 0 {
		if left := a.silence.left(now); left > 0 {
			return Wait{For: left, Why: a.silence.Why}
		}
		for i, limit := range l.ordersLimits() {
			if left := a.orders[i].until(now, limit.Most-r.Orders); left > 0 {
				return Wait{For: left, Why: fmt.Sprintf("it would go past the account's limit, %s", limit)}
			}
		}
	}
	for i := range l.totals {
		t := &l.totals[i]
		if left := t.until(now, t.Most-t.cost(weight)); left > 0 {
			return Wait{For: left, Why: fmt.Sprintf("it would go past the address's limit, %s", t.Limit)}
		}
	}
	if left := l.waitForShare(now, c, weight); left > 0 {
		return Wait{For: left, Why: "this client used its share of the address's limit, and the rest is kept for the others"}
	}
	return Wait{}
}

// cost is what a request takes of a limit of the address.
func (t *total) cost(weight int64) int64 {
	if t.Type == rawLimit {
		return 1
	}
	return weight
}

// book counts a request that goes on.
func (l *Ledger) book(now time.Time, c *client, r Request, weight int64) Booked {
	for i := range l.totals {
		t := &l.totals[i]
		t.add(now, t.cost(weight))
	}
	c.used.add(now, weight)
	c.use.Requests++
	c.use.Weight += weight
	c.use.Orders += r.Orders
	if r.Orders > 0 && r.Account != "" {
		for i := range l.account(r.Account, now).orders {
			l.accounts[r.Account].orders[i].add(now, r.Orders)
		}
	}
	l.counter.sent++
	l.changed = true
	return Booked{at: now, request: r, weight: weight, serial: l.counter.sent}
}

// maxWaiting is how many requests of one client may be held at a time: more than a
// pool of connections has.
const maxWaiting = 64

// Hold reports whether one more request of a client may wait here. Each that may is
// told of by Held or Refused in the end.
func (l *Ledger) Hold(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.of(who)
	if c.waiting >= maxWaiting {
		return false
	}
	c.waiting++
	return true
}

// Held notes that a request that waited goes on, or that its client left: then went is
// false.
func (l *Ledger) Held(who string, d time.Duration, went bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.of(who)
	c.waiting = max(0, c.waiting-1)
	if went {
		c.use.Held++
	}
	c.use.HeldFor += d
}

// Refused notes that a request was refused.
func (l *Ledger) Refused(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(who).use.Refused++
}

// Uses are what each client used, those who used most first.
func (l *Ledger) Uses(now time.Time) []Use {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Use
	for _, c := range l.clients {
		u := c.use
		u.Client, u.LastMinute, u.Waiting = c.name, c.used.sum(now), c.waiting
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b Use) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(l.clients[a.Client].order, l.clients[b.Client].order))
	})
	return list
}

// Standing is what the address used of its weight in the last minute, what it may, and
// until when it has to be silent, the zero time for not at all.
func (l *Ledger) Standing(now time.Time) (used, most int64, silentUntil time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &l.totals[l.minute]
	if l.silence.left(now) > 0 {
		silentUntil = l.silence.Until
	}
	return t.sum(now), t.Most, silentUntil
}

// of returns the client of a name.
func (l *Ledger) of(name string) *client {
	c := l.clients[name]
	if c == nil {
		l.order++
		span := l.totals[l.minute].Span
		c = &client{name: name, order: l.order, used: newWindow(span), asked: newWindow(span)}
		l.clients[name] = c
	}
	return c
}

// account returns that of a hash.
func (l *Ledger) account(hash string, now time.Time) *account {
	a := l.accounts[hash]
	if a == nil {
		if len(l.accounts) >= maxAccounts { // nobody has so many: they are made up, but for those that the venue refused
			maps.DeleteFunc(l.accounts, func(_ string, a *account) bool { return a.silence.left(now) == 0 })
		}
		if len(l.accounts) >= maxAccounts {
			clear(l.accounts)
		}
		a = &account{}
		for _, limit := range l.ordersLimits() {
			a.orders = append(a.orders, newWindow(limit.Span))
		}
		l.accounts[hash] = a
	}
	return a
}

// ordersLimits are those that hold for an account.
func (l *Ledger) ordersLimits() (list []Limit) {
	for _, limit := range l.limits {
		if limit.Type == orderLimit {
			list = append(list, limit)
		}
	}
	return list
}

// limit has other limits hold from now on. What was used is counted on where a limit is
// over the same span.
func (l *Ledger) limit(list []Limit) {
	if slices.Equal(list, l.limits) {
		return
	}
	before, orders, span := l.totals, l.ordersLimits(), time.Duration(0)
	if len(before) > 0 {
		span = before[l.minute].Span
	}
	l.limits, l.totals, l.minute = list, nil, -1
	for _, limit := range list {
		if limit.Type == orderLimit {
			continue
		}
		t := total{limit, newWindow(limit.Span)}
		for i := range before {
			if before[i].Type == t.Type && before[i].Span == t.Span {
				t.window = before[i].window
			}
		}
		if limit.Type == weightLimit && (l.minute < 0 || limit.Span < l.totals[l.minute].Span) {
			l.minute = len(l.totals)
		}
		l.totals = append(l.totals, t)
	}
	for _, a := range l.accounts {
		a.limit(orders, l.ordersLimits())
	}
	if span != l.totals[l.minute].Span {
		clear(l.clients) // whose windows are those of weight
	}
	l.changed = true
}

// limit has other limits of orders hold for an account, as Ledger.limit does.
func (a *account) limit(before, list []Limit) {
	windows := a.orders
	a.orders = nil
	for _, limit := range list {
		w := newWindow(limit.Span)
		for i := range windows {
			if before[i].Span == limit.Span {
				w = windows[i]
			}
		}
		a.orders = append(a.orders, w)
	}
}
