package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func written(t *testing.T, format string, r *Report) []byte {
	t.Helper()
	f, ok := ByName(format)
	if !ok {
		t.Fatalf("no format is named %q", format)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextGolden(t *testing.T) {
	r := sampleReport()
	golden(t, "sample-short.txt", written(t, "text", r))
	r.Verbose = true
	golden(t, "sample-80.txt", written(t, "text", r))
	r.Width = 120
	golden(t, "sample-120.txt", written(t, "text", r))
	r.Color = true
	golden(t, "sample-120-colour.txt", written(t, "text", r))
	golden(t, "passing.txt", written(t, "text", &Report{Tally: passingTally(), Version: "0.1.0"}))
	quiet := sampleReport()
	quiet.Quiet = true
	golden(t, "sample-quiet.txt", written(t, "text", quiet))
	golden(t, "empty.txt", written(t, "text", &Report{Tally: emptyTally()}))
}

// No line is wider than the page, but for file names, which stay whole.
func TestTextKeepsItsWidth(t *testing.T) {
	for width := MinWidth; width <= 130; width++ {
		r := sampleReport()
		r.Width, r.Verbose = width, true
		for l := range strings.Lines(string(written(t, "text", r))) {
			l = strings.TrimSuffix(l, "\n")
			if columns(l) > width && !strings.HasPrefix(l, "    recordings/") {
				t.Errorf("%d columns: %d in %q", width, columns(l), l)
			}
			if strings.TrimRight(l, " ") != l {
				t.Errorf("%d columns: spaces end %q", width, l)
			}
		}
	}
}

// A pass that nobody exercised is never shown as one.
func TestNothingExercisedIsNoPass(t *testing.T) {
	for _, f := range Formats() {
		out := string(written(t, f.Name, &Report{Tally: emptyTally()}))
		for _, pass := range []string{"✓", `"verdict": "pass"`, `: "pass"`, "rule passed", "rules passed", "conformant"} {
			if strings.Contains(out, pass) {
				t.Errorf("%s: found %q in\n%s", f.Name, pass, out)
			}
		}
		if f.Name == "junit" && strings.Count(out, "<skipped") != len(sampleRules()) {
			t.Errorf("junit: expected %d skipped in\n%s", len(sampleRules()), out)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""}, {"one two three", 7, "one two|three"}, {"abcdefghijkl mn", 5, "abcde|fghij|kl mn"},
		{"  spaces   fold ", 20, "spaces fold"}, {"交易所交易所", 5, "交易|所交|易所"}, {"交", 1, "交"},
	} {
		if got := strings.Join(wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q in %d: expected %q, found %q", c.text, c.width, c.want, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234 * time.Millisecond: "1.23s", 12345 * time.Microsecond: "12.3ms", 754 * time.Nanosecond: "1µs", 95400 * time.Millisecond: "1m35s",
	} {
		if got := roundly(d); got != want {
			t.Errorf("%s: expected %s, found %s", fmt.Sprint(d), want, got)
		}
	}
}
