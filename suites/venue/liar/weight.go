package liar

import (
	"strconv"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// weightLiars tell another used weight than was used.
var weightLiars = []Liar{
	{"no-used-weight", "tells no used weight", []string{"used-weight-header"}, after(func(c *venue.Call, a *venue.Answer) {
		a.Del(c.Names.UsedWeight)
		a.Del(c.Names.UsedWeightMinute)
	})},
	{"suffixed-name-only", "tells the used weight under the later name alone", []string{"used-weight-legacy-name"}, telling(func(c *venue.Call, a *venue.Answer, used int64) {
		a.Set(c.Names.UsedWeightMinute, strconv.FormatInt(used, 10))
		a.Del(c.Names.UsedWeight)
	})},
	{"two-counters", "tells one weight under one name and another under the other", []string{"used-weight-agrees"}, telling(func(c *venue.Call, a *venue.Answer, used int64) {
		a.Set(c.Names.UsedWeightMinute, strconv.FormatInt(used+100, 10))
	})},
	{"counts-one-less", "tells one less than the weight used", []string{"used-weight-covers-own"}, telling(func(c *venue.Call, a *venue.Answer, used int64) {
		setUsed(c, a, used-1)
	})},
	{"weight-resets", "forgets half of the used weight at every third answer", []string{"used-weight-per-minute"}, func() venue.Hooks {
		return remembering(func(m *memory, c *venue.Call, used int64) int64 {
			own := used - m.used
			m.used = used
			// Only where the rest still covers the request's own weight.
			if m.calls%3 == 0 && used/2 >= own {
				return used / 2
			}
			return used
		})
	}},
	{"flat-weight", "counts every request as one", []string{"weight-counted"}, func() venue.Hooks {
		return remembering(func(m *memory, c *venue.Call, used int64) int64 { return heaviestEver + m.calls })
	}},
	{"heavy-symbols", "weighs a ticker of one symbol heavier than that of all", []string{"heavier-calls-weigh-more"}, func() venue.Hooks {
		return remembering(func(m *memory, c *venue.Call, used int64) int64 {
			if _, one := c.Get("symbol"); one && last(c) == "24hr" {
				m.extra += heaviest
			}
			return used + m.extra
		})
	}},
	{"weight-per-key", "counts each API key by itself", []string{"weight-per-ip", "used-weight-per-minute", "weight-counted"}, func() venue.Hooks {
		return remembering(func(m *memory, c *venue.Call, used int64) int64 {
			own := used - m.used
			m.used = used
			if m.keys == nil {
				m.keys = map[string]int64{}
			}
			m.keys[c.APIKey] += own
			return m.keys[c.APIKey]
		})
	}},
}

// heaviest is no less than the weight of any one request of the edition's
// public routes: tickers of all symbols weigh 40.
const heaviest = 40

// heaviestEver is no less than the weight of any one request that a prober
// sends, in whichever year: tickers of all symbols came to weigh 80.
const heaviestEver = 100

// telling is a liar that rewrites the field of the used weight where it is.
func telling(lie func(*venue.Call, *venue.Answer, int64)) func() venue.Hooks {
	return after(func(c *venue.Call, a *venue.Answer) {
		if used, ok := usedWeight(c, a); ok {
			lie(c, a, used)
		}
	})
}

func usedWeight(c *venue.Call, a *venue.Answer) (int64, bool) {
	used, err := strconv.ParseInt(a.Get(c.Names.UsedWeight), 10, 64)
	return used, err == nil
}

// setUsed tells a used weight, under both names where both are sent.
func setUsed(c *venue.Call, a *venue.Answer, used int64) {
	text := strconv.FormatInt(used, 10)
	a.Set(c.Names.UsedWeight, text)
	if a.Get(c.Names.UsedWeightMinute) != "" {
		a.Set(c.Names.UsedWeightMinute, text)
	}
}

// memory is what a liar remembers of an address in a minute.
type memory struct {
	minute int64
	calls  int64 // answers, this one included
	used   int64
	extra  int64
	keys   map[string]int64
}

// maxRemembered bounds the addresses that a liar remembers: it is for tests
// with a few clients. Past it, it forgets them all.
const maxRemembered = 1 << 12

// remembering makes the hooks of a liar that tells a used weight by what it
// remembers.
func remembering(lie func(m *memory, c *venue.Call, used int64) int64) venue.Hooks {
	var mu sync.Mutex
	known := map[string]*memory{}
	return venue.Hooks{After: func(c *venue.Call, a *venue.Answer) {
		used, ok := usedWeight(c, a)
		if !ok {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if len(known) >= maxRemembered {
			clear(known)
		}
		m := known[c.Address]
		if minute := c.At.Unix() / int64(time.Minute/time.Second); m == nil || m.minute != minute {
			m = &memory{minute: minute}
			known[c.Address] = m
		}
		m.calls++
		setUsed(c, a, lie(m, c, used))
	}}
}
