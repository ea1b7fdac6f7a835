package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
)

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func sampleTimeline() Timeline {
	return Timeline{
		{At: ms(-3), Who: certificate.Caller, Text: `klines {"symbol":"BTCUSDT","interval":"1m"}`},
		{At: ms(0), Who: certificate.Client, Text: "GET /api/v1/klines?symbol=BTCUSDT&interval=1m"},
		{At: ms(12), Who: certificate.Venue, Text: "429 Retry-After: 2"},
		{At: ms(14), Who: certificate.Caller, Text: "is told rate_limited: RateLimitExceeded, wait 2000 ms"},
		{At: ms(1032), Who: certificate.Client, Text: "GET /api/v1/klines?symbol=BTCUSDT&interval=1m  980 ms too early", Finding: true},
		{At: ms(1040), Who: certificate.Venue, Text: "418 Retry-After: 120"},
	}
}

// longTimeline polls 200 times, with findings at the indexes.
func longTimeline(findings ...int) Timeline {
	var t Timeline
	for i := range int64(200) {
		t = append(t, certificate.Moment{At: ms(i * 250), Who: certificate.Client, Text: fmt.Sprintf("GET /api/v1/time  %d", i)})
	}
	for _, i := range findings {
		t[i].Finding = true
	}
	return t
}

func timelines(t *testing.T, line Timeline, s Style) []byte {
	t.Helper()
	var b bytes.Buffer
	p := s.page(&b)
	line.page(p, 0)
	p.w.WriteString("\n")
	line.markdown(p.w)
	if err := p.w.Flush(); err != nil {
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
		line := Timeline{{Who: certificate.Speaker(text), Text: text}, {At: 1 << 62, Who: certificate.Venue, Text: text, Finding: true}, {At: -1 << 62, Who: certificate.Caller, Finding: true}}
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
