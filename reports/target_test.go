package reports

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func TestTargetGolden(t *testing.T) {
	certified := func() *Report {
		return &Report{Tally: heardBy(keepsAll()), Target: sampleTarget(), Version: "0.2.0", Width: 100, Scenarios: []Scenario{
			{Name: "limit-429", Outcome: Played, Tally: heardBy(map[*rule.Rule]rule.Verdict{backsOff: rule.Pass, tellsLimit: rule.Pass})},
		}}
	}
	for format, ext := range map[string]string{"text": "txt", "json": "json", "markdown": "md"} {
		golden(t, "target-refused."+ext, written(t, format, refusedReport()))
		golden(t, "target-certified."+ext, written(t, format, certified()))
	}
	for _, r := range []*Report{refusedReport(), certified()} {
		judgeSchema(t, reportSchema, "target", written(t, "json", r))
	}
}

// TestTargetIsConcluded: nothing that failed is no certificate yet.
func TestTargetIsConcluded(t *testing.T) {
	unseen := keepsAll()
	unseen[banned] = rule.NotExercised
	for _, c := range []struct {
		said map[*rule.Rule]rule.Verdict
		want string
	}{
		{keepsAll(), "✓ certified for market-data: conformant"},
		{unseen, "? not certified for market-data: conformant"},
		{map[*rule.Rule]rule.Verdict{backsOff: rule.Fail}, "✗ not certified for market-data: 1 rule failed"},
	} {
		text := string(written(t, "text", &Report{Tally: heardBy(c.said), Target: sampleTarget()}))
		if !strings.Contains(text, c.want) {
			t.Errorf("expected %q in\n%s", c.want, text)
		}
	}
}

// TestScenarioNotComeTo: a clause that is kept beside the way is no pass of a
// scenario that the client did not come to; one that is broken there is broken.
func TestScenarioNotComeTo(t *testing.T) {
	for _, c := range []struct {
		outcome Outcome
		said    rule.Verdict
		want    rule.Verdict
	}{
		{Played, rule.Pass, rule.Pass},
		{NotReached, rule.Pass, rule.NotExercised},
		{NotReached, rule.Fail, rule.Fail},
		{Unsupported, rule.Pass, rule.NotExercised},
	} {
		s := Scenario{Name: "x", Outcome: c.outcome, Tally: heardBy(map[*rule.Rule]rule.Verdict{backsOff: c.said})}
		if got := s.verdict(); got != c.want {
			t.Errorf("%s, and the rule says %s: expected %s, found %s", c.outcome, c.said, c.want, got)
		}
	}
}

func TestHostileTargets(t *testing.T) {
	for _, text := range hostile {
		judgeHostileTarget(t, text)
	}
}

func FuzzHostileTarget(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { judgeHostileTarget(t, text) })
}

func judgeHostileTarget(t *testing.T, text string) {
	t.Helper()
	r := hostileReport(text)
	for _, format := range Formats() {
		out := written(t, format.Name, r)
		judgeVisible(t, format.Name, text, out)
		switch format.Name {
		case "json":
			judgeSchema(t, reportSchema, text, out)
		case "markdown":
			judgeTargetMarkdown(t, text, out)
		}
	}
	r.Color = true
	plain := sgr.ReplaceAll(written(t, "text", r), nil)
	r.Color = false
	if !bytes.Equal(plain, written(t, "text", r)) {
		t.Errorf("text of %q: colour changes more than colour", text)
	}
}

// judgeTargetMarkdown demands that tables stay tables and data stays data.
func judgeTargetMarkdown(t *testing.T, text string, out []byte) {
	t.Helper()
	markup := regexp.MustCompile(`</?(details|summary|code|br)>`)
	bars := -1
	for l := range strings.Lines(string(out)) {
		rest := withoutCode(strings.ReplaceAll(strings.TrimSpace(l), `\|`, ""))
		if !strings.HasPrefix(rest, "|") {
			bars = -1
		} else if n := strings.Count(rest, "|"); bars >= 0 && n != bars {
			t.Errorf("markdown of %q: expected a row of %d bars, found %q", text, bars, l)
		} else {
			bars = n
		}
		rest = strings.TrimPrefix(markup.ReplaceAllString(rest, ""), "### ")
		rest = strings.NewReplacer("**", "", "|", "").Replace(rest)
		if strings.ContainsAny(rest, "<>[]`@#*_\\~&$") || strings.Contains(rest, "://") || strings.Contains(rest, "www.") {
			t.Errorf("markdown of %q: markup stands in %q", text, l)
		}
	}
}

// TestTargetOnFullDisk: no writer of a target's report hides an error.
func TestTargetOnFullDisk(t *testing.T) {
	r := refusedReport()
	for _, f := range Formats() {
		size := len(written(t, f.Name, r))
		for room := 0; room < size; room += 997 {
			if err := f.Write(&full{room}, r); !errors.Is(err, errFull) {
				t.Errorf("%s: room for %d of %d bytes: expected %v, found %v", f.Name, room, size, errFull, err)
				break
			}
		}
	}
}
