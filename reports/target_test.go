package reports

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func TestTargetGolden(t *testing.T) {
	certified := func() *Report {
		return of(sampleTarget(), Report{Tally: heardBy(keepsAll()), Version: "0.2.0", Width: 100, Scenarios: []certificate.Scenario{
			{Name: "limit-429", Outcome: certificate.Played, Tally: heardBy(map[*rule.Rule]rule.Verdict{backsOff: rule.Pass, tellsLimit: rule.Pass})},
		}})
	}
	for format, ext := range map[string]string{"text": "txt", "json": "json", "markdown": "md"} {
		golden(t, "target-refused."+ext, written(t, format, refusedReport()))
		golden(t, "target-certified."+ext, written(t, format, certified()))
	}
	for _, r := range []*Report{refusedReport(), certified()} {
		judgeSchema(t, reportSchema, "target", written(t, "json", r))
	}
}

// TestTargetIsConcluded: nothing that failed is no certificate yet, and what
// fails no run is not red.
func TestTargetIsConcluded(t *testing.T) {
	but := func(r *rule.Rule, v rule.Verdict) map[*rule.Rule]rule.Verdict {
		said := keepsAll()
		said[r] = v
		return said
	}
	for _, c := range []struct {
		failOn clause.Level
		said   map[*rule.Rule]rule.Verdict
		want   string
	}{
		{"", keepsAll(), "✓ certified for market-data: it was seen to keep each MUST that it was asked for\n"},
		{"", but(banned, rule.NotExercised), "? not certified for market-data: it was not seen to break a MUST, but it gave no occasion for L08b\n"},
		{"", but(banned, rule.Inconclusive), "? not certified for market-data: it was not seen to break a MUST, but the evidence leaves L08b in doubt\n"},
		{"", but(backsOff, rule.Fail), "✗ not certified for market-data: it breaks L08, which it must keep\n"},
		{FailOnNone, but(backsOff, rule.Fail), "⚠ not certified for market-data: it breaks L08, which it must keep\n"},
		{"", but(once, rule.Fail), "⚠ certified for market-data: it was seen to keep each MUST that it was asked for; breaks of level should: G19c\n"},
		{clause.Should, but(once, rule.Fail), "✗ certified for market-data: it was seen to keep each MUST that it was asked for; breaks of level should: G19c\n"},
		{"", but(tellsLimit, rule.Fail), "⚠ certified for market-data: it was seen to keep each MUST that it was asked for; breaks of level should: L08 (tells)\n"},
	} {
		text := string(written(t, "text", of(sampleTarget(), Report{Tally: heardBy(c.said), FailOn: c.failOn, Width: 200})))
		if !strings.Contains(text, c.want) {
			t.Errorf("expected %q in\n%s", c.want, text)
		}
	}
}

// TestPicked: who picks scenarios does not ask for a certificate, and is not told
// that there is none; a doubt or a breach among them is told all the same.
func TestPicked(t *testing.T) {
	for _, c := range []struct {
		said map[*rule.Rule]rule.Verdict
		want string
	}{
		{map[*rule.Rule]rule.Verdict{backsOff: rule.Pass}, "✓ conformant in the scenarios picked; a certificate takes all of them\n"},
		{map[*rule.Rule]rule.Verdict{backsOff: rule.Pass, tellsLimit: rule.Fail}, "⚠ conformant, with warnings of 1 rule (1 should) in the scenarios picked; a certificate"},
		{map[*rule.Rule]rule.Verdict{backsOff: rule.Inconclusive, query: rule.Pass}, "? not certified for market-data: it was not seen to break a MUST, but it gave no occasion"},
		{map[*rule.Rule]rule.Verdict{backsOff: rule.Fail}, "✗ not certified for market-data: it breaks L08"},
	} {
		if text := string(written(t, "text", of(sampleTarget(), Report{Tally: heardBy(c.said), Picked: true, Width: 300}))); !strings.Contains(text, c.want) {
			t.Errorf("expected %q in\n%s", c.want, text)
		}
	}
}

// TestPickedAndNotComeTo: what was picked and not come to is no part of what is
// conformant.
func TestPickedAndNotComeTo(t *testing.T) {
	kept := heardBy(map[*rule.Rule]rule.Verdict{backsOff: rule.Pass})
	for _, c := range []struct {
		outcomes []certificate.Outcome
		want     string
	}{
		{[]certificate.Outcome{certificate.Played, certificate.Played}, "✓ conformant in the scenarios picked; a certificate takes all of them\n"},
		{[]certificate.Outcome{certificate.Played, certificate.NotReached, certificate.Unsupported}, "✓ conformant in 1 of the 3 scenarios picked, to the others of which it did not come; a certificate"},
		{[]certificate.Outcome{certificate.NotReached}, "? conformant in the scenarios picked, to none of which it came; a certificate"},
		{[]certificate.Outcome{certificate.Played, certificate.Broke}, "? not certified for market-data: it was not seen to break a MUST, but not all scenarios were played to their end, and"},
	} {
		r := Report{Tally: kept, Picked: true, Width: 300}
		for i, o := range c.outcomes {
			r.Scenarios = append(r.Scenarios, certificate.Scenario{Name: string(rune('a' + i)), Outcome: o, Tally: kept})
		}
		if text := string(written(t, "text", of(sampleTarget(), r))); !strings.Contains(text, c.want) {
			t.Errorf("%v: expected %q in\n%s", c.outcomes, c.want, text)
		}
	}
}

// TestCutShort: a client of which not all was seen that was to be has no
// certificate, however much of it was.
func TestCutShort(t *testing.T) {
	for _, c := range []struct {
		partial   string
		scenarios []certificate.Scenario
		want, why string
	}{
		{"", []certificate.Scenario{{Name: "x", Outcome: certificate.NotReached}}, "✓ certified for market-data: it was seen", ""},
		{"", []certificate.Scenario{{Name: "x", Outcome: certificate.Broke, Note: "The client ended."}}, "? not certified for market-data: it was not seen to break a MUST, but not all scenarios were played to their end\n",
			"Scenarios that did not end as scripted: x."},
		{"interrupted after 3 of 41 scenarios", nil, "? interrupted after 3 of 41 scenarios; not certified for market-data: it was not seen to break a MUST, but not all scenarios were played to their end\n",
			"Not all scenarios were played: interrupted after 3 of 41 scenarios."},
	} {
		r := of(sampleTarget(), Report{Tally: heardBy(keepsAll()), Partial: c.partial, Scenarios: c.scenarios, Width: 200})
		if text := string(written(t, "text", r)); !strings.Contains(text, c.want) || !strings.Contains(text, c.why) {
			t.Errorf("expected %q and %q in\n%s", c.want, c.why, text)
		}
		cert := reread(t, r.Certificate)
		if (cert.Verdict == certificate.Certified) != (c.why == "") || c.why != "" && (cert.Reasons[0].Kind != certificate.BecauseCutShort || cert.Reasons[0].Why != c.why) {
			t.Errorf("expected %q, found %s with %v", c.why, cert.Verdict, cert.Reasons)
		}
		judgeSchema(t, reportSchema, c.want, written(t, "json", r))
	}
}

// TestMarksOfParts: the marks of grades are red where that fails the run, as all
// else in a report.
func TestMarksOfParts(t *testing.T) {
	for _, c := range []struct {
		failOn      clause.Level
		must, tells string
	}{{"", "✗ obeys", "⚠ tells"}, {clause.Should, "✗ obeys", "✗ tells"}, {FailOnNone, "⚠ obeys", "⚠ tells"}} {
		said := keepsAll()
		said[backsOff], said[tellsLimit] = rule.Fail, rule.Fail
		r := of(sampleTarget(), Report{Tally: heardBy(said), FailOn: c.failOn, Width: 200})
		for _, format := range []string{"text", "markdown"} {
			out := string(written(t, format, r))
			if !strings.Contains(out, c.must) || !strings.Contains(out, c.tells) || c.failOn == FailOnNone && strings.Contains(out, "✗") {
				t.Errorf("%s, --fail-on %q: expected %q and %q in\n%s", format, c.failOn, c.must, c.tells, out)
			}
		}
	}
}

// TestEveryMemberHasASchema: a report and a certificate with all that a run can
// say of a client keep their schemas.
func TestEveryMemberHasASchema(t *testing.T) {
	all, target := refused(), sampleTarget()
	all.Partial, all.Warning = "interrupted after 4 of 41 scenarios", "every signed call was refused with -2014 (3 calls)"
	target.Profile, target.Mode = "all", certificate.Observe
	target.LeftOut = []certificate.LeftOut{{Profile: "withdraw", Why: "it made no withdrawal on /wapi while it was watched"}}
	last := &all.Scenarios[len(all.Scenarios)-1]
	last.Watched, last.Unfinished, last.Output = 25*time.Second, "the 418 did not come: no call of klines within 65 s", "last words\n"
	last.Presence = &certificate.Presence{Waited: time.Second, Exit: "exit code 1", Connections: 2, Names: []string{"dns.google"}, Told: "time: error: no network"}
	r := of(target, all)
	out := written(t, "json", r)
	judgeSchema(t, reportSchema, "report", out)
	for _, member := range []string{"partial", "warning", "left_out", "not_asked", "reasons", "presence", "told", "names", "exit", "output", "unfinished", "watched_ms"} {
		if !bytes.Contains(out, []byte(`"`+member+`":`)) {
			t.Errorf("expected the member %s in\n%s", member, out)
		}
	}
	reread(t, r.Certificate)
}

// TestDoubtsAreTold: a clause that was seen to be kept, and elsewhere left in
// doubt, says so wherever it stands, and is nowhere a bare tick.
func TestDoubtsAreTold(t *testing.T) {
	const why = "the request may have been on the wire when the answer arrived"
	doubting := func(v rule.Verdict) *rule.Tally {
		tally := heardBy(map[*rule.Rule]rule.Verdict{resend: v})
		for i := range tally.Rules {
			if one := &tally.Rules[i]; one.ID == resend.ID {
				one.Inconclusive, one.Doubts = 2, rule.Counts[int64]{why: new(int64(2))}
			}
		}
		return tally
	}
	kept, mixed, open := heardBy(map[*rule.Rule]rule.Verdict{resend: rule.Pass}), doubting(rule.Pass), doubting(rule.NotExercised)
	total := heardBy(map[*rule.Rule]rule.Verdict{})
	for _, one := range []*rule.Tally{kept, mixed, open} {
		total.Merge(one)
	}
	r := of(sampleTarget(), Report{Tally: total, Width: 200, Scenarios: []certificate.Scenario{
		{Name: "kept", Place: "/api", Outcome: certificate.Played, Tally: kept},
		{Name: "mixed", Place: "/api", Outcome: certificate.Played, Tally: mixed},
		{Name: "open", Place: "/api", Outcome: certificate.Played, Tally: open},
	}})
	for format, wants := range map[string][]string{
		"text": {"◐ G10a ", "◐ kept, 4 in doubt\n", "✓ kept   keeps G10a\n", "◐ mixed  keeps G10a with 2 in doubt: " + why + " (2)\n",
			"? open   G10a undecided: " + why + " (2)\n", "partly in doubt: G10a (4)"},
		"markdown": {"| G10a | ◐ (4 in doubt) |", "| ✓ | `kept` | keeps G10a |", "| ◐ | `mixed` | keeps G10a with 2 in doubt:", "| ? | `open` | G10a undecided: the request"},
		"json": {`"in_doubt": 4`, `"doubts": "` + why + ` (4)"`,
			`"verdict": "inconclusive",
          "in_doubt": 2,
          "why": "` + why + ` (2)"`},
	} {
		out := written(t, format, r)
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: expected %q in\n%s", format, want, out)
			}
		}
		if format == "json" {
			judgeSchema(t, reportSchema, "doubts", out)
		}
	}
	c := reread(t, r.Certificate)
	verdicts := []certificate.Result{c.Scenarios[0].Verdict, c.Scenarios[1].Verdict, c.Scenarios[2].Verdict}
	if want := []certificate.Result{"pass", "inconclusive", "inconclusive"}; !slices.Equal(verdicts, want) {
		t.Errorf("scenarios: expected %q, found %q", want, verdicts)
	}
	table := string(matrixText(t, "markdown", []certificate.Row{{File: "x.yaml", Certificate: c}}, "."))
	if !strings.Contains(table, "◐ (4 in doubt)") {
		t.Errorf("expected the doubts in\n%s", table)
	}
}

// TestWatchIsTold: silence says no more than the time for which it was watched.
func TestWatchIsTold(t *testing.T) {
	silent := heardBy(map[*rule.Rule]rule.Verdict{resend: rule.Pass})
	banning := heardBy(map[*rule.Rule]rule.Verdict{banned: rule.Pass})
	r := of(sampleTarget(), Report{Tally: silent, Width: 200, Scenarios: []certificate.Scenario{
		{Name: "order", Outcome: certificate.Played, Tally: silent, Watched: 25 * time.Second},
		{Name: "ban", Outcome: certificate.Played, Tally: banning, Watched: 7500 * time.Millisecond, Unfinished: "the 418 did not come"},
		{Name: "nobody-says", Outcome: certificate.Played, Tally: silent},
		{Name: "hardly", Outcome: certificate.Played, Tally: silent, Watched: time.Millisecond},
		{Name: "busy", Outcome: certificate.Played, Tally: silent, Watched: 25*time.Second + 480*time.Millisecond},
		{Name: "late", Outcome: certificate.Played, Tally: banning, Watched: 7700 * time.Millisecond},
		{Name: "others", Outcome: certificate.NotReached, Tally: banning, Unfinished: "the 504 did not come"},
		{Name: "gone", Outcome: certificate.Played, Tally: silent, Watched: 2340 * time.Millisecond, Presence: &certificate.Presence{Exit: "exit code 0"}},
	}})
	text, data := string(written(t, "text", r)), string(written(t, "json", r))
	for _, want := range []string{"keeps G10a; no blind resend within 25 s\n", "keeps L08b; watched for 7.5 s; the 418 did not come\n", "nobody-says  keeps G10a\n", "hardly       keeps G10a\n",
		"busy         keeps G10a; no blind resend within 25 s\n", "late         keeps L08b; watched for 7.5 s\n",
		"gone         keeps G10a; no blind resend before it ended, 2 s later\n",
		"others       not come to; keeps L08b; the 504 did not come\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q in\n%s", want, text)
		}
	}
	if strings.Count(data, `"watched_ms"`) != 6 || !strings.Contains(data, `"watched_ms": 25000`) || !strings.Contains(data, `"unfinished": "the 418 did not come"`) {
		t.Errorf("found\n%s", data)
	}
	judgeSchema(t, reportSchema, "watch", []byte(data))
	if c := reread(t, r.Certificate); c.Scenarios[0].WatchedMs != 25000 || c.Scenarios[1].Unfinished == "" {
		t.Errorf("found %+v", c.Scenarios)
	}
}

// TestScenarioNotComeTo: a clause that is kept beside the way is no pass of a
// scenario that the client did not come to; one that is broken there is broken.
func TestScenarioNotComeTo(t *testing.T) {
	for _, c := range []struct {
		outcome certificate.Outcome
		said    rule.Verdict
		want    rule.Verdict
	}{
		{certificate.Played, rule.Pass, rule.Pass},
		{certificate.NotReached, rule.Pass, rule.NotExercised},
		{certificate.NotReached, rule.Fail, rule.Fail},
		{certificate.Unsupported, rule.Pass, rule.NotExercised},
	} {
		r := of(sampleTarget(), Report{Tally: emptyTally(), Scenarios: []certificate.Scenario{{Name: "x", Outcome: c.outcome, Tally: heardBy(map[*rule.Rule]rule.Verdict{backsOff: c.said})}}})
		if got := r.Certificate.Scenarios[0].Verdict.Verdict(); got != c.want {
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
