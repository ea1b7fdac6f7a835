package limits

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// seen are addresses of one shard, each as it stands at noon.
func seen(of ...usage) *shard {
	sh := &shard{at: map[string]int32{}, used: of, hand: -1}
	for i := range of {
		of[i].address = fmt.Sprint("ip", i)
		sh.at[of[i].address] = int32(i)
	}
	return sh
}

// used is an address that has used so much in the minute of noon.
func used(n uint32) (u usage) {
	u.counts[0] = count{window: uint32(noon.Unix() / 60), used: n}
	return u
}

// over is an address whose minute ended before noon's.
func over(n uint32) usage {
	u := used(n)
	u.counts[0].window--
	return u
}

// bannedTo is an address whose ban ends at noon and so much.
func bannedTo(after time.Duration) usage {
	return usage{bans: 1, bannedUntil: noon.Add(after).UnixMilli()}
}

func TestWhoGivesPlace(t *testing.T) {
	many := func(u usage) (list []usage) {
		for range sample {
			list = append(list, u)
		}
		return list
	}
	for _, c := range []struct {
		name string
		sh   *shard
		want int32
	}{
		{"the least used", seen(used(5), used(3), used(4)), 1},
		{"of two that used alike the first", seen(used(5), used(3), used(3)), 1},
		{"one whose minute is over, however much it used", seen(used(5), over(9), used(1)), 1},
		{"the first of those that are over", seen(used(5), over(1), over(1)), 1},
		{"nobody before one that used most, but a banned one never", seen(bannedTo(time.Minute), used(1<<31), bannedTo(0)), 1},
		{"of the banned the one whose ban ends first", seen(bannedTo(3*time.Minute), bannedTo(time.Minute), bannedTo(2*time.Minute)), 1},
		{"one whose ban is over but not forgiven only after counts", seen(bannedTo(-forgiveness), used(7), bannedTo(-forgiveness)), 1},
		{"one whose ban is forgiven first", seen(used(1), bannedTo(-forgiveness-time.Millisecond), used(1)), 1},
		{"nobody who was not looked at", seen(append(many(used(2)), over(1))...), 0},
		{"the last that is looked at", seen(append(many(used(2))[1:], used(1), over(1))...), sample - 1},
	} {
		if got := newCounter(t, Rules{Limits: []Limit{}}).evict(c.sh, noon); got != c.want {
			t.Errorf("%s: expected address %d to give its place, found %d", c.name, c.want, got)
		}
	}
}

// The use of all windows that last is what an address loses.
func TestLossIsOfAllWindowsThatLast(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RawRequests, 100, 1, "HOUR"}, {Orders, 100, 1, "SECOND"}}})
	u := used(5)
	u.counts[1] = count{window: uint32(noon.Unix() / 3600), used: 30}
	u.counts[2] = count{window: uint32(noon.Unix()), used: 200}
	for _, step := range []struct {
		at   time.Time
		want int64
	}{{noon, 235}, {noon.Add(time.Second), 35}, {noon.Add(time.Minute), 30}, {noon.Add(time.Hour), 0}} {
		if got := c.loss(&u, step.at); got != step.want {
			t.Errorf("at %s: expected %d to be lost, found %d", step.at, step.want, got)
		}
	}
}

// Who looks for a place goes on where the last one stopped, and round.
func TestPlacesAreLookedForInTurn(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{}})
	sh := seen(over(1), over(1), over(1))
	for i := range 7 {
		if got := c.evict(sh, noon); got != int32(i%3) {
			t.Errorf("look %d: expected address %d, found %d", i, i%3, got)
		}
	}
}

// A shard that may hold a few holds no more, and forgets who gave place.
func TestAddressThatGaveItsPlaceIsForgotten(t *testing.T) {
	for _, c := range []struct{ addresses, each int }{{shards * 3, 3}, {shards*4 - 1, 3}, {1, 1}} {
		counter := newCounter(t, Rules{Limits: []Limit{}, Addresses: c.addresses})
		sh := &counter.shards[0]
		for i := range c.each + 1 {
			counter.usageOf(sh, fmt.Sprint("ip", i), noon).counts[0] = count{window: uint32(noon.Unix() / 60), used: uint32(i + 1)}
		}
		if len(sh.used) != c.each || counter.Followed() != c.each {
			t.Errorf("%d addresses: expected %d to be followed in a shard, found %d and %d", c.addresses, c.each, len(sh.used), counter.Followed())
		}
		if u := counter.usageOf(sh, fmt.Sprint("ip", c.each), noon); u.counts[0].used != uint32(c.each+1) {
			t.Errorf("%d addresses: expected the last to be followed, found %+v", c.addresses, u)
		}
		if u := counter.usageOf(sh, "ip0", noon); u.counts[0].used != 0 || u.address != "ip0" {
			t.Errorf("%d addresses: expected the first to begin anew, found %+v", c.addresses, u)
		}
	}
}

// An address that was cut out of a header does not keep the header.
func TestAddressDoesNotKeepWhatItStoodIn(t *testing.T) {
	c := newCounter(t, Rules{})
	header := strings.Repeat("10.0.0.1, ", 100)
	address := header[:8]
	if u := c.usageOf(&c.shards[0], address, noon); u.address != address || unsafe.StringData(u.address) == unsafe.StringData(address) {
		t.Errorf("expected a copy of %q, found %q where it stood", address, u.address)
	}
}

// Followed returns how many addresses are followed now.
func (c *Counter) Followed() int {
	n := 0
	for i := range c.shards {
		c.shards[i].mu.Lock()
		n += len(c.shards[i].at)
		c.shards[i].mu.Unlock()
	}
	return n
}
