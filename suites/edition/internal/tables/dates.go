package main

import (
	"fmt"
	"time"
)

// date reads "2006-01-02", or "2006-01", which counts from the month's end: the
// first instant at which the fact surely held. It returns the Go of a
// edition.Date, "" for "", which is none.
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
	// The venue opened in 2017.
	if t.Year() < 2017 {
		return "", fmt.Errorf("expected a day from 2017 on, found %q", s)
	}
	return t.Format("2006_01_02"), nil
}
