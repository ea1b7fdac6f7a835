package guard

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// The kinds of limit, as rateLimitType has them.
const (
	weightLimit = "REQUEST_WEIGHT"
	rawLimit    = "RAW_REQUESTS"
	orderLimit  = "ORDERS"
)

// Limit is how much may be used in a stretch of time: of weight or requests by the
// address, of orders by an account.
type Limit struct {
	Type string        `json:"type"`
	Most int64         `json:"most"`
	Span time.Duration `json:"span"`
}

// String is the limit for people: "REQUEST_WEIGHT 1200 in 1m0s".
func (l Limit) String() string { return fmt.Sprintf("%s %d in %s", l.Type, l.Most, l.Span) }

// unknownWeight is the weight limit where the edition knows none for the day: the lowest
// that was ever published.
const unknownWeight = 1200

// limitsOf are the limits that hold until the venue tells its own: the weight of the
// edition, and what exchangeInfo told of orders and requests in June 2019.
func limitsOf(e *edition.Edition, now time.Time) []Limit {
	weight, known := e.WeightLimitAt(now)
	if !known {
		weight = unknownWeight
	}
	return []Limit{
		{weightLimit, int64(weight), time.Minute},
		{rawLimit, 5000, 5 * time.Minute},
		{orderLimit, 10, time.Second},
		{orderLimit, 100_000, 24 * time.Hour},
	}
}

// maxLimits bounds the limits of a venue, which never published more than four.
const maxLimits = 16

// maxSpan and maxMost bound what a limit says, beyond anything that was published.
const (
	maxSpan = 30 * 24 * time.Hour
	maxMost = 1 << 31
)

// told reads a rateLimits array; nil where it is none, or tells no limit of weight,
// without which no minute is safe.
func told(array []byte) (list []Limit) {
	var all []struct {
		Type  string `json:"rateLimitType"`
		Unit  string `json:"interval"`
		Num   *int64 `json:"intervalNum"`
		Limit int64  `json:"limit"`
	}
	if json.Unmarshal(array, &all) != nil || len(all) > maxLimits {
		return nil
	}
	units := map[string]time.Duration{"SECOND": time.Second, "MINUTE": time.Minute, "HOUR": time.Hour, "DAY": 24 * time.Hour}
	for _, l := range all {
		kind, known := edition.LimitType(l.Type)
		num := int64(1)
		if l.Num != nil {
			num = *l.Num
		}
		unit := units[l.Unit]
		if !known || unit == 0 || num < 1 || num > int64(maxSpan/unit) || l.Limit < 1 || l.Limit > maxMost {
			continue // of another kind, which nobody here counts
		}
		list = append(list, Limit{kind, l.Limit, time.Duration(num) * unit})
	}
	if !slices.ContainsFunc(list, func(l Limit) bool { return l.Type == weightLimit }) {
		return nil
	}
	return list
}
