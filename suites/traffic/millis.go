package traffic

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Unit is what a value in the place of a time looks like.
type Unit uint8

// The units told apart by magnitude: an instant of a venue that is no older than 2001, until 2100, has 10
// digits in seconds, 13 in milliseconds, 16 in microseconds and 19 in
// nanoseconds, and the ranges do not meet.
const (
	UnitUnknown Unit = iota // a number that is no instant of this century in any unit
	UnitMilliseconds
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

// maxSeconds is 2100-01-01. No recording is younger.
const maxSeconds = 4102444800

// perSecond is how many of the unit a second has, 0 where it counts no time.
func (u Unit) perSecond() int64 {
	return [...]int64{
		UnitSeconds: 1, UnitMilliseconds: 1e3, UnitMicroseconds: 1e6, UnitNanoseconds: 1e9, UnitSentinel: 0,
	}[u]
}

// Instant is what a number of the unit stands for, counted from 1970; zero where the
// unit counts no time.
func (u Unit) Instant(n int64) time.Time {
	scale := u.perSecond()
	if scale == 0 {
		return time.Time{}
	}
	return time.Unix(n/scale, n%scale*(1e9/scale)).UTC()
}

// Count is what stands for an instant in the unit, 0 where it counts no time.
func (u Unit) Count(t time.Time) int64 {
	scale := u.perSecond()
	if scale == 0 {
		return 0
	}
	return t.Unix()*scale + int64(t.Nanosecond())/(1e9/scale)
}

// TimeFact is what a scan found for one time query.
type TimeFact struct {
	Count     int // values found
	Good      int // of them in the dialect's unit
	Sentinels int // of them sentinels or null
	Unknown   int // of them numbers that are no instant in any unit

	// The rest are in another unit or form, but for those of which that may be
	// nobody's fault.
	Bad    BadTimes
	Asked  BadTimes // in the unit that a client may have asked for
	Masked int      // strings that a recorder may have put there
}

// BadTimes are values that are no times in the dialect's unit.
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
	d := s.plan.dialect
	switch u := d.timeUnit(k, raw, n, isInt, s.plan.times[i].Sentinels); u {
	case d.Clock.Unit:
		f.Good++
	case UnitSentinel:
		f.Sentinels++
	case UnitUnknown:
		f.Unknown++
	case d.Clock.AskedUnit:
		f.Asked.note(s, u, raw)
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

func (d *Dialect) timeUnit(k Kind, raw []byte, n int64, isInt bool, sentinels []int64) Unit {
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
		if slices.Contains(sentinels, n) {
			return UnitSentinel
		}
		return d.UnitOf(n)
	case KindString:
		return d.stringUnit(string(raw[1 : len(raw)-1]))
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
func (d *Dialect) stringUnit(s string) Unit {
	if s == "" {
		return UnitSentinel
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err == nil && d.UnitOf(n) != UnitUnknown:
		return UnitDigits
	case err != nil && IsDateString(s):
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
