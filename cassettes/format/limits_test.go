package format

import (
	"strings"
	"testing"
)

func TestLimitsSet(t *testing.T) {
	for in, want := range map[string]string{
		"entry-bytes=1":            "",
		"entry-bytes=128M":         "",
		"entry-bytes=0":            "expected a positive number",
		"entry-bytes=-1":           "expected a positive number",
		"entry-bytes=":             "expected a positive number",
		"entry-bytes=1m":           "expected a positive number",
		"entry-bytes=1.5M":         "expected a positive number",
		"entry-bytes=2000000000G":  "expected a positive number",
		"entry-bytes":              "expected NAME=VALUE",
		"=1":                       "expected one of entry-bytes, ",
		"bytes=1":                  "expected one of entry-bytes, ",
		"depth=99":                 "depth: expected a number from 100 to 10000, found 99",
		"depth=100":                "",
		"depth=10000":              "",
		"depth=10K":                "expected a number from 100 to 10000, found 10K",
		"file-seconds=1000000000":  "",
		"file-seconds=1000000001":  "expected a number from 1 to 1000000000",
		"file-seconds=99999999999": "expected a number from 1 to 1000000000",
	} {
		l := DefaultLimits()
		err := l.Set(in)
		if want == "" && (err != nil || l == DefaultLimits()) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: expected %q, found %v", in, want, err)
		}
	}
}

// TestLimitsAreSet: each limit has a member of its own.
func TestLimitsAreSet(t *testing.T) {
	l := DefaultLimits()
	for _, limit := range LimitList() {
		if err := l.Set(limit.Name + "=123"); err != nil {
			t.Error(err)
		}
	}
	for _, limit := range LimitList() {
		if *limit.of(&l) != 123 || limit.Default == 123 {
			t.Errorf("%s: found %d", limit.Name, *limit.of(&l))
		}
		if limit.Doc == "" {
			t.Errorf("%s says nothing", limit.Name)
		}
	}
}
