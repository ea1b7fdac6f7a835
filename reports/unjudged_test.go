package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// leftOutTally is a passing one that left out so many exchanges of other hosts.
func leftOutTally(judged, left int64) *rule.Tally {
	t := passingTally()
	t.Traffic.Exchanges, t.Traffic.Skipped = judged, left
	t.LeftOut = rule.Counts[rule.HostCount]{"data-api.example": {Exchanges: left - 1, API: left - 1}, "fonts.example": {Exchanges: 1}}
	return t
}

// Hosts, routes and files that were not judged are named in the reports for
// people and programs, and nothing is said where there are none.
func TestNothingIsLeftOutInSilence(t *testing.T) {
	tally := leftOutTally(20, 8)
	tally.Traffic.Unknown = 12
	tally.UnknownRoutes.Counts = rule.Counts[int64]{"GET /api/v3/new/*": new(int64(7)), "POST /api/v3/other": new(int64(3)), "GET /a": new(int64(1)), "GET /b": new(int64(1))}
	tally.Traffic.Unrecognised = 9
	tally.PassedOver.Counts = rule.Counts[int64]{}
	for i := range 9 {
		tally.PassedOver.Counts[fmt.Sprintf("rec/notes-%d.txt", i)] = new(int64(1))
	}
	for format, want := range map[string][]string{
		"text": {"20 of 28 exchanges judged", "8 of 28 exchanges are of other hosts:", "7  data-api.example (--host data-api.example takes it)", "1  fonts.example\n",
			"12 exchanges on 4 unknown routes", "7  GET /api/v3/new/*", "9 files are no recordings:", "rec/notes-0.txt", "and 4 more files"},
		"markdown": {"20 of 28 exchanges judged", "7 `data-api.example (--host data-api.example takes it)`", "12 exchanges on 4 unknown routes", "`rec/notes-4.txt`, and 4 more files"},
		"json":     {`"take": "--host data-api.example"`, `"route": "POST /api/v3/other"`, `"rec/notes-8.txt"`, `"unknown": 12`},
	} {
		out := string(written(t, format, &Report{Tally: tally}))
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: expected %q in\n%s", format, w, out)
			}
		}
		if clean := string(written(t, format, &Report{Tally: passingTally()})); strings.Contains(clean, "ot judged") || strings.Contains(clean, "hosts_left_out") {
			t.Errorf("%s: nothing was left out, found\n%s", format, clean)
		}
	}
	judgeSchema(t, reportSchema, "left out", written(t, "json", &Report{Tally: tally}))
}

// A host is taken by a flag if it was asked for what the document has, or is the
// venue's by name, whatever it was asked for.
func TestWhichHostsAreTaken(t *testing.T) {
	tally := &rule.Tally{LeftOut: rule.Counts[rule.HostCount]{
		"fapi.binance.com": {Exchanges: 4}, "mirror.example": {Exchanges: 2, API: 1}, "fonts.example": {Exchanges: 9}, "": {Exchanges: 1},
	}}
	want := map[string]string{"fapi.binance.com": "--host fapi.binance.com", "mirror.example": "--host mirror.example", "fonts.example": "", "": ""}
	for _, h := range LeftHosts(tally) {
		if h.Take() != want[h.Name] {
			t.Errorf("%q: expected %q, found %q", h.Name, want[h.Name], h.Take())
		}
	}
}

// Who judged a small part of the traffic does not call it conformant without
// saying so.
func TestMostLeftOutIsToldWithTheVerdict(t *testing.T) {
	for _, c := range []struct {
		judged, left int64
		want         string
	}{
		{1, 8, "conformant in the 1 of 9 exchanges judged; 8 of other hosts were left out"},
		{2, 31, "conformant in the 2 of 33 exchanges judged; 31 of other hosts were left out"},
		{5, 5, "conformant"},
		{9, 2, "conformant"},
	} {
		if got := conclude(&Report{Tally: leftOutTally(c.judged, c.left)}); got.headline != c.want {
			t.Errorf("%d judged, %d left out: expected %q, found %q", c.judged, c.left, c.want, got.headline)
		}
	}
}

// What an interrupted run says is that of a part, in every report.
func TestPartialRunsAreToldSo(t *testing.T) {
	r := &Report{Tally: passingTally(), Partial: "interrupted after 3 of 5 files"}
	for _, f := range Formats() {
		if out := string(written(t, f.Name, r)); !strings.Contains(out, r.Partial) || strings.Contains(out, "✓ conformant") {
			t.Errorf("%s: expected %q and no bare verdict in\n%s", f.Name, r.Partial, out)
		}
	}
	judgeSchema(t, reportSchema, "partial", written(t, "json", r))
}
