package schemas

import (
	"math"
	"time"
)

// Date is a day of the UTC calendar, in days since 1970-01-01. The zero Date is
// none. Dates compare with < and ==. Unlike time.Time, a Date can be a constant,
// so that tables of it are static data.
type Date int32

const secondsPerDay = 24 * 60 * 60

// DateOf returns the day on which an instant lies. That of the zero instant is
// earlier than any in this package; one millions of years away is moved to the
// end of what a Date holds.
func DateOf(at time.Time) Date {
	s := at.Unix()
	days := s / secondsPerDay
	if s%secondsPerDay < 0 {
		days--
	}
	return Date(min(max(days, math.MinInt32), math.MaxInt32))
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == 0 }

// Time returns the instant at which the day starts, in UTC, and the zero
// instant for no date.
func (d Date) Time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix(int64(d)*secondsPerDay, 0).UTC()
}

// String writes d as "2006-01-02", and as "none" when it is no date.
func (d Date) String() string {
	if d == 0 {
		return "none"
	}
	return d.Time().Format(time.DateOnly)
}
