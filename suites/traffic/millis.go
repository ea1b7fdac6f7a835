package traffic

import (
	"math"
	"strconv"
	"strings"
)

// Unit is what a value in the place of a time looks like.
type Unit uint8

// The units told apart by magnitude: an instant between 2017 and 2100 has 10
// digits in seconds, 13 in milliseconds, 16 in microseconds and 19 in
// nanoseconds, and the ranges do not meet.
const (
	UnitUnknown      Unit = iota // a number that is no instant of this century in any unit
	UnitMilliseconds             // what the document demands
	UnitSeconds
	UnitMicroseconds
	UnitNanoseconds
	UnitFraction   // a number with a fraction or an exponent
	UnitDigits     // an integer in a string
	UnitDateString // a date in words or ISO 8601
	UnitOtherKind  // a value of another kind, or a string that is no time
	UnitSentinel   // a value that stands for "none", or null
)

// String names the unit for a report.
func (u Unit) String() string {
	return [...]string{
		"an implausible number", "milliseconds", "seconds", "microseconds", "nanoseconds",
		"a number with a fraction", "digits in a string", "a date string", "not a time", "a sentinel",
	}[u]
}

const (
	// minSeconds is 2017-01-01, the venue's own lower bound for timestamps,
	// and maxSeconds 2100-01-01.
	minSeconds = 1483228800
	maxSeconds = 4102444800
)

// UnitOf tells by magnitude which unit an instant is given in.
func UnitOf(n int64) Unit {
	switch {
	case n >= minSeconds && n < maxSeconds:
		return UnitSeconds
	case n >= minSeconds*1e3 && n < maxSeconds*1e3:
		return UnitMilliseconds
	case n >= minSeconds*1e6 && n < maxSeconds*1e6:
		return UnitMicroseconds
	case n >= minSeconds*1e9 && n < maxSeconds*1e9:
		return UnitNanoseconds
	}
	return UnitUnknown
}

// TimeFact is what a scan found for one time query.
type TimeFact struct {
	Count     int // values found
	Good      int // of them in milliseconds
	Sentinels int // of them sentinels or null
	Unknown   int // of them numbers that are no instant in any unit

	// The rest are in another unit or form, but for those of which that may be
	// nobody's fault.
	Bad    BadTimes
	Micro  BadTimes // in microseconds, which a client may have asked for
	Masked int      // strings that a recorder may have put there
}

// BadTimes are values that are no times in milliseconds.
type BadTimes struct {
	Count   int
	Unit    Unit // of the first one
	Raw     []byte
	Pointer string // RFC 6901
}

// noteTime takes a value with what it is as an integer, if it is one.
func (s *scanner) noteTime(i int, k Kind, raw []byte, n int64, isInt bool) {
	f := &s.body.Times[i]
	f.Count++
	u := timeUnit(k, raw, n, isInt, s.plan.times[i].Sentinels)
	switch u {
	case UnitMilliseconds:
		f.Good++
	case UnitSentinel:
		f.Sentinels++
	case UnitUnknown:
		f.Unknown++
	case UnitMicroseconds:
		f.Micro.note(s, u, raw)
	case UnitOtherKind:
		if k == KindString && MayBePlaceholder(string(raw[1:len(raw)-1])) {
			f.Masked++
			return
		}
		f.Bad.note(s, u, raw)
	default:
		f.Bad.note(s, u, raw)
	}
}

func (b *BadTimes) note(s *scanner, u Unit, raw []byte) {
	if b.Count == 0 {
		b.Unit, b.Raw, b.Pointer = u, raw, s.pointer()
	}
	b.Count++
}

func timeUnit(k Kind, raw []byte, n int64, isInt bool, sentinels []int64) Unit {
	switch k {
	case KindNull:
		return UnitSentinel
	case KindNumber:
		if !isInt {
			if isBeyondTimes(raw) { // as all of more than 64 bits are
				return UnitUnknown
			}
			return UnitFraction
		}
		for _, s := range sentinels {
			if n == s {
				return UnitSentinel
			}
		}
		return UnitOf(n)
	case KindString:
		return stringUnit(string(raw[1 : len(raw)-1]))
	}
	return UnitOtherKind
}

// isBeyondTimes reports a number that is too great for an instant in any unit,
// whether it has a fraction or not.
func isBeyondTimes(raw []byte) bool {
	v, _ := strconv.ParseFloat(string(raw), 64) // infinite where it is too great for that
	return math.Abs(v) >= maxSeconds*1e9
}

// stringUnit tells a string in the place of a time apart: digits, a date, or
// neither.
func stringUnit(s string) Unit {
	if s == "" {
		return UnitSentinel
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if UnitOf(n) == UnitUnknown {
			return UnitOtherKind
		}
		return UnitDigits
	}
	if IsDateString(s) {
		return UnitDateString
	}
	return UnitOtherKind
}

// IsDateString reports whether s begins with a calendar date, as in
// "2019-07-20 10:00:00" or "2019/07/20", or is an HTTP date.
func IsDateString(s string) bool {
	if len(s) >= 10 && (s[4] == '-' || s[4] == '/') && s[7] == s[4] {
		_, ok1 := digits(s[:4])
		_, ok2 := digits(s[5:7])
		_, ok3 := digits(s[8:10])
		return ok1 && ok2 && ok3
	}
	_, ok := ParseDate(s)
	return ok
}

// pointer builds the JSON Pointer of where the scan stands; only bad values
// ask for it.
func (s *scanner) pointer() string {
	var b strings.Builder
	for _, st := range s.path[:min(s.n, maxPath)] {
		b.WriteByte('/')
		if st.name == nil {
			b.WriteString(strconv.Itoa(st.index))
		} else {
			b.WriteString(escapePointer(string(st.name)))
		}
	}
	return b.String()
}

// escapePointer escapes a member name for a JSON Pointer (RFC 6901 section 3).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
