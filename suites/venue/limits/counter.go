package limits

import (
	"fmt"
	"hash/maphash"
	"math"
	"strings"
	"sync"
	"time"
)

// Rules are what a Counter goes by. The zero value of a field takes its
// default.
type Rules struct {
	Limits []Limit // nil: Default(); not nil and empty: none

	// BanAfter is how many 429s on end inside one window, after the first,
	// an address may be given; the next is a ban. Default 10.
	BanAfter int

	// FirstBan is the length of an address's first ban, default 2 minutes;
	// each later one is twice as long, up to LongestBan, default 3 days.
	FirstBan, LongestBan time.Duration

	// Addresses bounds how many addresses are followed at once. Default
	// 131072, which take 32 MB at the most (measured: 28 MB). An address too many takes the place of one that has
	// nothing to lose (its windows are over, its bans forgotten) or, where all
	// have, of the least used of some.
	Addresses int
}

const (
	defaultBanAfter   = 10
	defaultFirstBan   = 2 * time.Minute
	defaultLongestBan = 3 * 24 * time.Hour
	defaultAddresses  = 1 << 17

	// forgiveness is how long after a ban's end the next is a first one
	// again.
	forgiveness = 3 * 24 * time.Hour

	shards = 64

	// longestAddress is how much of an address counts, in bytes: an IPv6
	// address with a zone has under 64. A header that names it may hold more.
	longestAddress = 64
)

// Cost is what one request takes of the limits.
type Cost struct {
	Weight int64
	Orders int64 // orders that it places
}

// Verdict says whether a request may be served.
type Verdict uint8

// The verdicts.
const (
	Serve Verdict = iota
	Refuse
	Banned
)

// Answer is what a Counter says of a request.
type Answer struct {
	Verdict Verdict

	// Weight is the weight used by the address in the current minute, this
	// request included.
	Weight int64

	// Broken is the index in Limits of the limit that was broken, -1 for none;
	// the broken window or the ban ends at Until. RetryAfter is how long that
	// is, in whole seconds, 1 or more.
	Broken     int
	Until      time.Time
	RetryAfter int64

	// Orders are the used counts of the ORDERS limits, in the order of Limits,
	// this request included.
	Orders [Most]int64
}

// Counter counts for any number of addresses. It is safe for concurrent use;
// its counts are exact, whatever the number of callers.
type Counter struct {
	rules   Rules
	windows [1 + Most]window // the first is the minute of the used weight
	n       int
	seed    maphash.Seed
	shards  [shards]shard
}

// window is a limit as it is counted.
type window struct {
	seconds int64
	limit   int64  // of the first, which is counted only, 0
	kind    string // RequestWeight, RawRequests or Orders
}

type shard struct {
	mu   sync.Mutex
	at   map[string]int32 // indexes into used
	used []usage
	hand int      // where evict looks next
	_    [16]byte // keeps neighbours off one cache line
}

// usage is what one address has used.
type usage struct {
	address string
	counts  [1 + Most]count

	// An address that was given a 429 shall wait until waitUntil; refused is
	// how many it was given since, in that wait.
	waitUntil int64 // seconds since 1970
	refused   int32

	bans        int32 // in a row
	broken      int8  // limit for which it is banned
	bannedUntil int64 // milliseconds since 1970, 0 for never
}

// count is the use in one window.
type count struct {
	window uint32 // number of the window since 1970
	used   uint32
}

// New makes a counter. It fails on a limit that cannot be.
func New(r Rules) (*Counter, error) {
	if r.Limits == nil {
		r.Limits = Default()
	}
	if len(r.Limits) > Most {
		return nil, fmt.Errorf("limits: expected %d at the most, found %d", Most, len(r.Limits))
	}
	if r.BanAfter == 0 {
		r.BanAfter = defaultBanAfter
	}
	if r.FirstBan == 0 {
		r.FirstBan = defaultFirstBan
	}
	if r.LongestBan == 0 {
		r.LongestBan = defaultLongestBan
	}
	if r.Addresses == 0 {
		r.Addresses = defaultAddresses
	}
	c := &Counter{rules: r, n: 1 + len(r.Limits), seed: maphash.MakeSeed()}
	c.windows[0] = window{seconds: 60, kind: RequestWeight}
	for i, l := range r.Limits {
		if err := l.valid(); err != nil {
			return nil, err
		}
		c.windows[1+i] = window{l.seconds(), l.Limit, l.Type}
	}
	for i := range c.shards {
		c.shards[i].at = map[string]int32{}
	}
	return c, nil
}

// Limits are the limits that the counter goes by: read only.
func (c *Counter) Limits() []Limit { return c.rules.Limits }

// Take counts a request of an address at a time and says what is to become of
// it. A request that is refused counts too, so that the counters never fall
// inside a window.
func (c *Counter) Take(address string, now time.Time, cost Cost) (a Answer) {
	address = address[:min(len(address), longestAddress)]
	sh := &c.shards[maphash.String(c.seed, address)%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	u := c.usageOf(sh, address, now)
	sec := now.Unix()
	a.Broken = -1
	for i := range c.n {
		w := &c.windows[i]
		used := u.counts[i].add(sec/w.seconds, w.take(cost))
		switch {
		case i == 0:
			a.Weight = used
			continue
		case w.kind == Orders:
			a.Orders[i-1] = used
		}
		// Of several broken limits the one that takes longest is told.
		if used > w.limit && w.take(cost) > 0 {
			if end := time.Unix((sec/w.seconds+1)*w.seconds, 0); end.After(a.Until) {
				a.Broken, a.Until = i-1, end
			}
		}
	}
	c.judge(u, now, &a)
	return a
}

// Refund takes back weight that a request turned out not to have, if the
// minute has not turned since, and returns the weight used now.
func (c *Counter) Refund(address string, now time.Time, weight int64) (used int64) {
	address = address[:min(len(address), longestAddress)]
	sh := &c.shards[maphash.String(c.seed, address)%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at, followed := sh.at[address]
	if !followed {
		return 0
	}
	u := &sh.used[at]
	for i := range c.n {
		w := &c.windows[i]
		if w.kind == RequestWeight && int64(u.counts[i].window) == now.Unix()/w.seconds {
			u.counts[i].used -= uint32(min(weight, int64(u.counts[i].used)))
		}
	}
	return int64(u.counts[0].used)
}

func (w *window) take(cost Cost) int64 {
	switch w.kind {
	case RequestWeight:
		return cost.Weight
	case Orders:
		return cost.Orders
	}
	return 1
}

func (k *count) add(window, n int64) int64 {
	if k.window != uint32(window) {
		*k = count{window: uint32(window)}
	}
	k.used += uint32(n)
	return int64(k.used)
}

// judge turns what was counted into a verdict.
func (c *Counter) judge(u *usage, now time.Time, a *Answer) {
	ms := now.UnixMilli()
	switch {
	case u.bannedUntil > ms:
		a.Verdict, a.Broken, a.Until = Banned, int(u.broken), time.UnixMilli(u.bannedUntil)
	case a.Broken < 0:
		return
	case now.Unix() >= u.waitUntil:
		a.Verdict, u.refused, u.waitUntil = Refuse, 0, a.Until.Unix()
	case int(u.refused) < c.rules.BanAfter:
		a.Verdict = Refuse
		u.refused++
	default:
		c.ban(u, ms, a)
	}
	a.RetryAfter = max(1, (a.Until.UnixMilli()-ms+999)/1000)
}

func (c *Counter) ban(u *usage, ms int64, a *Answer) {
	if ms-u.bannedUntil > forgiveness.Milliseconds() {
		u.bans = 0
	}
	length := c.rules.FirstBan
	for i := int32(0); i < u.bans && length < c.rules.LongestBan; i++ {
		length *= 2
	}
	length = min(length, c.rules.LongestBan)
	u.bans++
	u.bannedUntil, u.broken = ms+length.Milliseconds(), int8(a.Broken)
	u.waitUntil = 0
	a.Verdict, a.Until = Banned, time.UnixMilli(u.bannedUntil)
}

// usageOf returns what an address has used, making room for it if need be.
func (c *Counter) usageOf(sh *shard, address string, now time.Time) *usage {
	at, followed := sh.at[address]
	if !followed {
		address = strings.Clone(address) // it may be part of a larger text
		if len(sh.used) < max(1, c.rules.Addresses/shards) {
			at = int32(len(sh.used))
			sh.used = append(sh.used, usage{})
		} else {
			at = c.evict(sh, now)
			delete(sh.at, sh.used[at].address)
		}
		sh.used[at] = usage{address: address}
		sh.at[address] = at
	}
	return &sh.used[at]
}

// sample is how many addresses are looked at to find one that gives its place
// up: enough that one that is over is found while half of them are.
const sample = 8

// evict chooses, of the next addresses in turn, the first that has nothing to
// lose or else the one that has least.
func (c *Counter) evict(sh *shard, now time.Time) int32 {
	var least int
	leastLoss := int64(math.MaxInt64)
	for range sample {
		sh.hand = (sh.hand + 1) % len(sh.used)
		loss := c.loss(&sh.used[sh.hand], now)
		if loss < leastLoss {
			least, leastLoss = sh.hand, loss
		}
		if loss == 0 {
			break
		}
	}
	return int32(least)
}

// loss is what would be forgotten with an address: nothing where all its
// windows are over and its bans forgiven, more for a ban than for a count.
func (c *Counter) loss(u *usage, now time.Time) int64 {
	if now.UnixMilli()-u.bannedUntil <= forgiveness.Milliseconds() {
		return 1<<40 + u.bannedUntil
	}
	sum := int64(0)
	for i := range c.n {
		if k := u.counts[i]; int64(k.window) == now.Unix()/c.windows[i].seconds {
			sum += int64(k.used)
		}
	}
	return sum
}
