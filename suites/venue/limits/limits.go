// Package limits counts what each address uses of the venue's limits, refuses
// what goes past them and bans who goes on all the same.
//
// Windows are calendar windows of the venue's clock: a limit of a minute counts
// from the start of the minute. A 429 tells how long the window lasts; an
// address that has 429s on end inside one window is banned, for two minutes at
// first and twice as long each time after, up to three days.
//
// It must not know routes or HTTP: it is told a time, an address and a weight.
package limits

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The types of limit, as rateLimitType has them.
const (
	RequestWeight = "REQUEST_WEIGHT"
	RawRequests   = "RAW_REQUESTS"
	Orders        = "ORDERS"
)

// Limit is how much of something an address may use in a window.
type Limit struct {
	Type  string // RequestWeight, RawRequests or Orders
	Limit int64  // greatest use that is served, 1 or more
	Num   int64  // the window is Num intervals long, 1 or more
	Unit  string // the interval: "SECOND", "MINUTE", "HOUR" or "DAY"
}

// Default are the limits that exchangeInfo told in June 2019, with the
// RAW_REQUESTS of the document's enumeration.
func Default() []Limit {
	return []Limit{
		{RequestWeight, 1200, 1, "MINUTE"},
		{Orders, 10, 1, "SECOND"},
		{Orders, 100000, 1, "DAY"},
		{RawRequests, 5000, 5, "MINUTE"},
	}
}

// Most bounds the limits of one venue: the counters of an address take eight
// bytes each, and the venue never published more than four.
const Most = 7

var units = []struct {
	name   string
	letter byte // of the command line; the header's is its capital
	length int64
}{
	{"SECOND", 's', 1}, {"MINUTE", 'm', 60}, {"HOUR", 'h', 3600}, {"DAY", 'd', 86400},
}

// seconds is the length of the window, 0 for a unit that is none.
func (l Limit) seconds() int64 {
	for _, u := range units {
		if u.name == l.Unit {
			return l.Num * u.length
		}
	}
	return 0
}

// Letter is the unit's letter in header names: S, M, H or D.
func (l Limit) Letter() string {
	for _, u := range units {
		if u.name == l.Unit {
			return string(u.letter - 'a' + 'A')
		}
	}
	return ""
}

// String is the limit as Parse reads it: "REQUEST_WEIGHT=1200/1m".
func (l Limit) String() string {
	return fmt.Sprintf("%s=%d/%d%s", l.Type, l.Limit, l.Num, strings.ToLower(l.Letter()))
}

// Parse reads "REQUEST_WEIGHT=100/1m": a type, a number and a window of s, m,
// h or d.
func Parse(s string) (Limit, error) {
	fail := func(expected string) (Limit, error) {
		return Limit{}, fmt.Errorf("limit %q: expected %s, as in REQUEST_WEIGHT=1200/1m", s, expected)
	}
	name, rest, _ := strings.Cut(s, "=")
	number, window, _ := strings.Cut(rest, "/")
	if window == "" {
		return fail("TYPE=NUMBER/WINDOW")
	}
	l := Limit{Type: name}
	var err1, err2 error
	l.Limit, err1 = strconv.ParseInt(number, 10, 64)
	letter := window[len(window)-1]
	l.Num, err2 = 1, error(nil)
	if n := window[:len(window)-1]; n != "" {
		l.Num, err2 = strconv.ParseInt(n, 10, 32)
	}
	for _, u := range units {
		if u.letter == letter {
			l.Unit = u.name
		}
	}
	if err1 != nil || err2 != nil || l.Unit == "" {
		return fail("a whole number and a window of s, m, h or d")
	}
	return l, l.valid()
}

// longest bounds a window: the venue's longest is a day.
const longest = 30 * 24 * time.Hour

func (l Limit) valid() error {
	if !slices.Contains([]string{RequestWeight, RawRequests, Orders}, l.Type) {
		return fmt.Errorf("limit %s: expected REQUEST_WEIGHT, RAW_REQUESTS or ORDERS, found %q", l, l.Type)
	}
	if l.Limit < 1 || l.Limit > 1<<31-1 {
		return fmt.Errorf("limit %s: expected 1 to %d", l, 1<<31-1)
	}
	if n := l.seconds(); n < 1 || n > int64(longest/time.Second) {
		return fmt.Errorf("limit %s: expected a window of 1 s to %s", l, longest)
	}
	return nil
}
