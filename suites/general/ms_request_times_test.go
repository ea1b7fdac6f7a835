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
		if got, _ := paramUnit(value); got != want {
			t.Errorf("%q: expected %s, found %s", value, want, got)
		}
	}
}
