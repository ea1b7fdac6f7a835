package schemas

import (
	"slices"
	"time"
)

// Bans last from MinBan to MaxBan ("from 2 minutes to 3 days", L10 and L11).
const (
	MinBan = 2 * time.Minute
	MaxBan = 3 * 24 * time.Hour
)

// WeightHeader is the response header field that counts the weight used in the
// current minute (L07a). Compare without regard to case.
const WeightHeader = "X-MBX-USED-WEIGHT"

// WeightHeaderSuffixed is the later field name, with the window in it, sent
// beside the bare one since WeightHeaderSuffixedFrom; both then hold one value.
const WeightHeaderSuffixed = "X-MBX-USED-WEIGHT-1M"

// The days on which header fields appeared. Recordings made before them hold
// none, which violates nothing.
const (
	WeightHeaderFrom         Date = 2019_03_12
	RetryAfterFrom           Date = 2019_03_12
	WeightHeaderSuffixedFrom Date = 2019_08_15
)

// LimitTypes is what a rateLimits array could hold at a time.
type LimitTypes struct {
	From Date // the first day; the next era's From ends it

	// Types are the rateLimitType values. All are optional: recorded replies
	// leave some out.
	Types []string

	// IntervalNum says that objects carry intervalNum.
	IntervalNum bool
}

// limitTypes: recordings since December 2017, the venue's change log of
// 2018-07-18 (REQUESTS renamed) and of 2018-11-13 (intervalNum, RAW_REQUESTS).
var limitTypes = []LimitTypes{
	{From: 2018_01_01, Types: []string{"REQUESTS", "ORDERS"}},
	{From: 2018_07_18, Types: []string{"REQUEST_WEIGHT", "ORDERS"}},
	{From: 2018_11_13, Types: []string{"RAW_REQUESTS", "REQUEST_WEIGHT", "ORDERS"}, IntervalNum: true},
}

// LimitTypesAt returns the era of an instant. known is false for the zero
// instant, before the first era, and within a day of the day of a change.
func LimitTypesAt(at time.Time) (era LimitTypes, known bool) {
	day := DateOf(at)
	for i, e := range slices.Backward(limitTypes) {
		if i > 0 && near(day, e.From) {
			return LimitTypes{}, false
		}
		if day >= e.From {
			e.Types = slices.Clone(e.Types)
			return e, true
		}
	}
	return LimitTypes{}, false
}

// LimitType returns the enumerated spelling of a rateLimitType: the document's
// prose writes RAW_REQUEST and ORDER where its own enumeration and the wire
// have plurals, and REQUESTS was renamed REQUEST_WEIGHT in July 2018. Other
// values come back as they are, with known false.
func LimitType(s string) (enumerated string, known bool) {
	switch s {
	case "RAW_REQUEST", "RAW_REQUESTS":
		return "RAW_REQUESTS", true
	case "ORDER", "ORDERS":
		return "ORDERS", true
	case "REQUESTS", "REQUEST_WEIGHT":
		return "REQUEST_WEIGHT", true
	}
	return s, false
}

// Interval returns the length of a rate limit's interval, and false for a name
// outside the enumeration. A day is 24 hours: windows follow the venue's
// clock, which keeps UTC.
func Interval(name string) (time.Duration, bool) {
	switch name {
	case "SECOND":
		return time.Second, true
	case "MINUTE":
		return time.Minute, true
	case "HOUR":
		return time.Hour, true
	case "DAY":
		return 24 * time.Hour, true
	}
	return 0, false
}

// weightLimits are the REQUEST_WEIGHT limits of /api per IP and minute: 1200
// in every recording from July 2018 to May 2021, 6000 by the change log of
// 2023-08-25 and in recordings since.
var weightLimits = []struct {
	from      Date
	perMinute int
}{
	{2018_07_18, 1200},
	{2023_08_25, 6000},
}

// WeightLimitAt returns how much weight an IP could use on /api in one minute.
// known is false for the zero instant, before the first published figure, and
// within a day of the day of a change. An exchangeInfo reply in the traffic is
// better evidence.
func WeightLimitAt(at time.Time) (perMinute int, known bool) {
	day := DateOf(at)
	for i, l := range slices.Backward(weightLimits) {
		if i > 0 && near(day, l.from) {
			return 0, false
		}
		if day >= l.from {
			return l.perMinute, true
		}
	}
	return 0, false
}
