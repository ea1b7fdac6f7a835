package format

import (
	"testing"
	"time"
)

func TestEpoch(t *testing.T) {
	for s, want := range map[string]string{
		"1563616800":                "2019-07-20T10:00:00Z",
		"1563616800.123":            "2019-07-20T10:00:00.123Z",
		"1563616800.1234567":        "2019-07-20T10:00:00.1234567Z",
		"1563616800.12345678987654": "2019-07-20T10:00:00.123456789Z",
		"1.5636168e+09":             "2019-07-20T10:00:00Z",
		"1563616800123":             "", // milliseconds
		"0.5":                       "",
		"-1563616800":               "",
		"1563616800.12x":            "",
		"1563616800.-1":             "",
		"":                          "",
		"NaN":                       "",
		"1e400":                     "",
	} {
		at, ok := Epoch(s)
		got := ""
		if ok {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q: %s, want %q", s, got, want)
		}
	}
}
