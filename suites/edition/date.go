package edition

import (
	"fmt"
	"time"
)

// Date is a day of the UTC calendar, as its digits are written: 2019_03_12 is
// the twelfth of March 2019. The zero Date is none. Dates compare with < and ==.
type Date int32

// firstYear and lastYear are the years of four digits, the zero time.Time's
// first.
const (
	firstYear = 1
	lastYear  = 9999
)

// parseDate reads "2006-01-02", or "2006-01", which counts from the month's end: the
// first instant at which the fact surely held.
func parseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if len(s) == len("2006-01") {
		t, err = time.Parse("2006-01", s)
		t = t.AddDate(0, 1, 0)
	}
	// The venue opened in 2017.
	if err == nil && t.Year() < 2017 {
		err = fmt.Errorf("expected a day from 2017 on, found %q", s)
	}
	return DateOf(t), err
}

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
