package general

import (
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Where a silence rests on how the document is read, and not on what the client
// was told, the finding says so.
func TestSilenceByReadingIsSaid(t *testing.T) {
	const reading = "as the document is read where Retry-After is missing"
	byReading := map[string]bool{"bad-next-minute.txt": true, "bad-one-second-early.txt": false}
	dirs := map[string]string{"bad-next-minute.txt": "waits-without-header", "bad-one-second-early.txt": "back-off-after-429"}
	for _, c := range all(t) {
		file := c.Exchanges[0].At.File
		dir, name := file[:strings.LastIndexByte(file, '/')+1], file[strings.LastIndexByte(file, '/')+1:]
		want, ok := byReading[name]
		if !ok || !strings.HasSuffix(dir, dirs[name]+"/") {
			continue
		}
		for at, finding := range failures(rule.Judge(rule.All(clause.DefaultEdition), edition(t), c)) {
			if !strings.HasPrefix(at, dirs[name]+" ") {
				continue
			}
			delete(byReading, name)
			if strings.Contains(finding, reading) != want {
				t.Errorf("%s: expected the reading to be told: %t, found %q", file, want, finding)
			}
		}
	}
	if len(byReading) > 0 {
		t.Errorf("expected findings in these cases, found none: %v", byReading)
	}
}

// A user who says that the limits are a gateway's of his own has clients held to
// its 429s.
func TestGatewayCounts(t *testing.T) {
	for _, c := range all(t) {
		if !strings.HasSuffix(c.Exchanges[0].At.File, "back-off-after-429/inconclusive-own-gateway.txt") {
			continue
		}
		for counts, want := range map[bool]rule.Verdict{false: rule.Inconclusive, true: rule.Fail} {
			rules := slices.DeleteFunc(rule.All(clause.DefaultEdition), func(r *rule.Rule) bool { return r.ID != "back-off-after-429" })
			e := rule.NewEngine(rules, rule.Options{Edition: edition(t), GatewayCounts: counts})
			e.Begin()
			for _, x := range c.Exchanges {
				e.Observe(x)
			}
			e.End()
			if v := e.Tally().Rules[0].Verdict(); v != want {
				t.Errorf("gateway counts %t: expected %s, found %s", counts, want, v)
			}
		}
		return
	}
	t.Error("expected the case of a gateway, found none")
}
