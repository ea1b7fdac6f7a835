package edition

import (
	"slices"
	"time"
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

// LimitTypesAt returns the era of an instant. known is false for the zero
// instant, before the first era, and within a day of the day of a change.
func (e *Edition) LimitTypesAt(at time.Time) (era LimitTypes, known bool) {
	return eraAt(e.LimitTypes, func(t LimitTypes) Date { return t.From }, at)
}

func eraAt[T any](eras []T, from func(T) Date, at time.Time) (era T, known bool) {
	day := DateOf(at)
	for i, e := range slices.Backward(eras) {
		if i > 0 && near(day, from(e)) {
			break
		}
		if day >= from(e) {
			return e, true
		}
	}
	return era, false
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

// WeightLimit is the REQUEST_WEIGHT limit of /api per IP and minute from a day on.
type WeightLimit struct {
	From      Date
	PerMinute int
}

// WeightLimitAt returns how much weight an IP could use on /api in one minute.
// known is false for the zero instant, before the first published figure, and
// within a day of the day of a change. An exchangeInfo reply in the traffic is
// better evidence.
func (e *Edition) WeightLimitAt(at time.Time) (perMinute int, known bool) {
	l, known := eraAt(e.WeightLimits, func(l WeightLimit) Date { return l.From }, at)
	return l.PerMinute, known
}
