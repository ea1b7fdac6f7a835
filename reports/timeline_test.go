package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func sampleTimeline() Timeline {
	return Timeline{
		{ms(-3), Caller, `klines {"symbol":"BTCUSDT","interval":"1m"}`, false},
		{ms(0), Client, "GET /api/v1/klines?symbol=BTCUSDT&interval=1m", false},
		{ms(12), Venue, "429 Retry-After: 2", false},
		{ms(14), Caller, "is told rate_limited: RateLimitExceeded, wait 2000 ms", false},
		{ms(1032), Client, "GET /api/v1/klines?symbol=BTCUSDT&interval=1m  980 ms too early", true},
		{ms(1040), Venue, "418 Retry-After: 120", false},
	}
}

// longTimeline polls 200 times, with findings at the indexes.
func longTimeline(findings ...int) Timeline {
	var t Timeline
	for i := range int64(200) {
		t = append(t, Moment{ms(i * 250), Client, fmt.Sprintf("GET /api/v1/time  %d", i), false})
	}
	for _, i := range findings {
		t[i].Finding = true
	}
	return t
}

func timelines(t *testing.T, line Timeline, s Style) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := line.Text(&b, s); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n")
	if err := line.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTimelineGolden(t *testing.T) {
	golden(t, "timeline.txt", timelines(t, sampleTimeline(), Style{}))
	golden(t, "timeline-colour.txt", timelines(t, sampleTimeline(), Style{Color: true, Width: 60}))
	golden(t, "timeline-long.txt", timelines(t, longTimeline(0, 77, 198), Style{}))
}

// TestTimelineIsElided: long ones are cut, findings stay, and what is left out
// is counted.
func TestTimelineIsElided(t *testing.T) {
	all := make([]int, 200)
	for i := range all {
		all[i] = i
	}
	for _, findings := range [][]int{nil, {0}, {100}, {199}, {50, 51, 52, 150}, all} {
		shown, left := 0, 0
		found := 0
		for _, m := range longTimeline(findings...).shown() {
			if m.left > 0 {
				left += m.left
				continue
			}
			shown++
			if m.Finding {
				found++
			}
		}
		if shown+left != 200 || shown > maxMoments*2 || shown < maxMoments || found < min(len(findings), maxMoments) {
			t.Errorf("%d findings: %d shown, %d of them findings, %d left out", len(findings), shown, found, left)
		}
	}
	for n := range maxMoments + 1 {
		if got := longTimeline()[:n].shown(); len(got) != n {
			t.Errorf("%d events: expected all of them, found %d", n, len(got))
		}
	}
}

func TestHostileTimelines(t *testing.T) {
	for _, text := range append(hostile, strings.Repeat("x", 5000)) {
		line := Timeline{{0, Speaker(text), text, false}, {1 << 62, Venue, text, true}, {-1 << 62, Caller, "", true}}
		out := timelines(t, line, Style{})
		judgeVisible(t, "timeline", text, out)
		_, table, _ := strings.Cut(string(out), "\n\n")
		for l := range strings.Lines(table) {
			if rest := withoutCode(strings.ReplaceAll(strings.TrimSpace(l), `\|`, "")); strings.Count(rest, "|") != 5 || strings.ContainsAny(rest, "<>[]") {
				t.Errorf("timeline of %q: expected a row of four cells, found %q", text, l)
			}
		}
	}
}
