package format

import (
	"strconv"
	"strings"
	"time"
)

// Epoch reads seconds since 1970 with a decimal fraction, as Python's time.time
// and nginx's $msec are written, keeping every digit down to the nanosecond. It
// reports false for what is no number and for instants before 2000 or after
// 2100: those are in another unit.
func Epoch(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return epochOfFloat(s)
	}
	const digits = 9
	if len(fraction) > digits {
		fraction = fraction[:digits]
	}
	var nsec int64
	for i := range len(fraction) {
		if fraction[i] < '0' || fraction[i] > '9' {
			return epochOfFloat(s)
		}
		nsec = nsec*10 + int64(fraction[i]-'0')
	}
	for range digits - len(fraction) {
		nsec *= 10
	}
	return plausible(time.Unix(sec, nsec))
}

// epochOfFloat reads a number with an exponent.
func epochOfFloat(s string) (time.Time, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f < 1<<40) {
		return time.Time{}, false
	}
	sec := int64(f)
	return plausible(time.Unix(sec, int64((f-float64(sec))*1e9)))
}

func plausible(t time.Time) (time.Time, bool) {
	t = t.UTC()
	if t.Year() < 2000 || t.Year() > 2100 {
		return time.Time{}, false
	}
	return t, true
}
