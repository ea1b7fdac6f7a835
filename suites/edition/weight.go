package edition

import (
	"slices"
	"strconv"
	"time"
)

// WeightRow is what a call weighs from a date on.
type WeightRow struct {
	From Date // zero: from the beginning
	WeightRule
}

// WeightKind says what a weight depends on.
type WeightKind string

// The kinds of weight rule, as they stand in endpoints.json.
const (
	WeightFixed        WeightKind = "fixed"
	WeightByLimit      WeightKind = "by_limit"
	WeightByPresence   WeightKind = "by_param_presence"
	WeightByValue      WeightKind = "by_param_value"
	WeightByOutcome    WeightKind = "by_outcome"
	WeightUndocumented WeightKind = "undocumented"
)

// WeightRule computes a call's weight. A kind reads only the fields that name
// it.
type WeightRule struct {
	Kind WeightKind

	// Param is the one request parameter that decides; "" when none does.
	Param string

	Weight int // WeightFixed

	// WeightByLimit: the weight of the first step whose Max is at least the
	// parameter, which is Default when absent. Valid lists the only values
	// that the venue took at the time; nil when it took any in the steps.
	Default int
	Steps   []WeightStep
	Valid   []int

	// WeightByPresence; and WeightByValue, where Present is the weight when
	// the parameter equals Value. NotDecided when one parameter is not enough.
	Present, Absent int
	Value           string

	// WeightByOutcome: by whether the request succeeded. NotDecided when
	// something else decides.
	Success, Failure int
}

// WeightStep is one step of a weight that grows with a limit.
type WeightStep struct{ Max, Weight int }

// NotDecided marks a weight that the facts at hand do not decide.
const NotDecided = -1

// Weigh returns the weight of a call, given its value of r.Param (the query's
// when it was sent in both places, G19), whether the parameter was sent, and
// whether the venue accepted the request.
//
// known is false when the rule is undocumented, when more than this one
// parameter decides, and when the value is one that the venue refuses: what a
// refused request weighs is not documented. A nil rule knows nothing. Weigh
// does not allocate.
func (r *WeightRule) Weigh(value string, present, success bool) (weight int, known bool) {
	if r == nil {
		return 0, false
	}
	weight = NotDecided
	switch r.Kind {
	case WeightFixed:
		weight = r.Weight
	case WeightByLimit:
		weight = r.byLimit(value, present)
	case WeightByPresence:
		weight = r.byPresence(value, present)
	case WeightByValue:
		weight = r.byValue(value, present)
	case WeightByOutcome:
		weight = r.Failure
		if success {
			weight = r.Success
		}
	}
	if weight == NotDecided {
		return 0, false
	}
	return weight, true
}

func (r *WeightRule) byLimit(value string, present bool) int {
	limit := r.Default
	if present {
		n, ok := limitValue(value)
		if !ok || r.Valid != nil && !slices.Contains(r.Valid, n) {
			return NotDecided
		}
		limit = n
	}
	for _, s := range r.Steps {
		if limit <= s.Max {
			return s.Weight
		}
	}
	return NotDecided
}

// limitDigits bounds the digits of a limit: the greatest documented one is
// 10000, and nine digits never overflow an int.
const limitDigits = 9

// limitValue reads a positive decimal integer. strconv.Atoi alone would also
// take a sign, and would allocate its error.
func limitValue(s string) (int, bool) {
	if s == "" || len(s) > limitDigits {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0
}

func (r *WeightRule) byPresence(value string, present bool) int {
	switch {
	case !present:
		return r.Absent
	case value == "": // refused with -1105
		return NotDecided
	}
	return r.Present
}

func (r *WeightRule) byValue(value string, present bool) int {
	switch {
	case present && value == r.Value:
		return r.Present
	case !present || value == "false":
		return r.Absent
	}
	return NotDecided
}

// WeightAt returns the rule that surely held at the given instant, or nil:
// before the first row, within a day of the day of a change, after the weights
// were no longer published, and for a zero instant unless one row holds always.
func (e *Endpoint) WeightAt(at time.Time) *WeightRule {
	day := DateOf(at)
	if !e.WeightsUntil.IsZero() && day >= e.WeightsUntil {
		return nil
	}
	for i := len(e.Weights) - 1; i >= 0; i-- {
		row := &e.Weights[i]
		if i > 0 && near(day, row.From) {
			return nil
		}
		if row.From.IsZero() || day >= row.From {
			return &row.WeightRule
		}
	}
	return nil
}

// near reports whether a day is that of a change of weights, or next to it. On
// those either row may have held: changelogs name a day, not an instant, and
// deployments were seen to run ahead of and behind their announcement.
func near(day, change Date) bool {
	earlier, later := min(day, change), max(day, change)
	switch {
	case later-earlier <= 1:
		return true
	case later%1_00 != 1: // within a month, or months apart
		return false
	}
	return DateOf(earlier.Time().AddDate(0, 0, 1)) == later
}
