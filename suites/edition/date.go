package edition

import "time"

// Date is a day of the UTC calendar, as its digits are written: 2019_03_12 is
// the twelfth of March 2019. The zero Date is none. Dates compare with < and ==.
// Unlike time.Time, a Date can be a constant, so that tables of it are static
// data.
type Date int32

// firstYear and lastYear are the years of four digits, the zero time.Time's
// first.
const (
	firstYear = 1
	lastYear  = 9999
)

// DateOf returns the day on which an instant lies. That of the zero instant is
// earlier than any in this package; one outside the years of four digits is
// moved to the nearest of those.
func DateOf(at time.Time) Date {
	year, month, day := at.UTC().Date()
	year = min(max(year, firstYear), lastYear)
	return Date(year*1_00_00 + int(month)*1_00 + day)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == 0 }

// Time returns the instant at which the day starts, in UTC, and the zero
// instant for no date.
func (d Date) Time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Date(int(d/1_00_00), time.Month(d/1_00%1_00), int(d%1_00), 0, 0, 0, 0, time.UTC)
}

// String writes d as "2006-01-02", and as "none" when it is no date.
func (d Date) String() string {
	if d == 0 {
		return "none"
	}
	return d.Time().Format(time.DateOnly)
}
