package main

import (
	"fmt"
	"time"
)

// date reads "2006-01-02", or "2006-01", which counts from the month's end: the
// first instant at which the fact surely held. It returns the Go of a
// schemas.Date, "" for "", which is none.
func date(s string) (string, error) {
	var t time.Time
	var err error
	switch len(s) {
	case 0:
		return "", nil
	case len("2006-01"):
		t, err = time.Parse("2006-01", s)
		t = t.AddDate(0, 1, 0)
	default:
		t, err = time.Parse(time.DateOnly, s)
	}
	if err != nil {
		return "", err
	}
	// A schemas.Date counts days since 1970-01-01, and 0 is none.
	const secondsPerDay = 24 * 60 * 60
	days := t.Unix() / secondsPerDay
	if days <= 0 {
		return "", fmt.Errorf("expected a day after 1970-01-01, found %q", s)
	}
	return fmt.Sprintf("%d /* %s */", days, t.Format(time.DateOnly)), nil
}
