package general

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func TestParamUnit(t *testing.T) {
	for value, want := range map[string]traffic.Unit{
		"1563616800000":           traffic.UnitMilliseconds,
		"1563616800":              traffic.UnitSeconds,
		"1563616800000000":        traffic.UnitMicroseconds,
		"1563616800000000000":     traffic.UnitNanoseconds,
		"1563616800.123":          traffic.UnitFraction,
		"1.5636168E12":            traffic.UnitFraction,
		"2019-07-20":              traffic.UnitDateString,
		"2019/07/20 10:00":        traffic.UnitDateString,
		"":                        traffic.UnitSentinel,
		"0":                       traffic.UnitSentinel,
		"-1":                      traffic.UnitUnknown,
		"123456789":               traffic.UnitUnknown,
		"99999999999999999999999": traffic.UnitOtherKind,
		"0.5":                     traffic.UnitOtherKind,
		"undefined":               traffic.UnitOtherKind,
		"[REDACTED]":              traffic.UnitOtherKind,
		"1563616800000ms":         traffic.UnitOtherKind,
	} {
		if got, _ := paramUnit(spoken, value); got != want {
			t.Errorf("%q: expected %s, found %s", value, want, got)
		}
	}
}

// A value has a number where it is one.
func TestNumbersOfParams(t *testing.T) {
	for value, want := range map[string]int64{
		"1563616800000": 1563616800000, "0123456789": 123456789, "9": 9, "-1": -1, "1563616800.9": 1563616800,
		"": 0, "0": 0, "2019-07-20": 0, "Sat, 20 Jul 2019 10:00:00 GMT": 0, "undefined": 0, "0x10": 0,
	} {
		if _, got := paramUnit(spoken, value); got != want {
			t.Errorf("%q: expected %d, found %d", value, want, got)
		}
	}
}
