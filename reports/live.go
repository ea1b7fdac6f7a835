package reports

import (
	"bufio"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

//go:embed live.html
var livePage string

// liveTemplate is parsed by the first to ask, read-only, and escapes by context.
var liveTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("live").Parse(livePage))
})

// Live is what a page shows of traffic that passes. Its text may be anybody's: it is made
// clean and escaped.
type Live struct {
	Title string
	Nonce string // of the page's style and script, for its Content-Security-Policy

	Report   *Report // of what was judged so far
	Now      time.Time
	Ended    bool // nothing more comes
	Recorded string
	Failed   bool // what was to be recorded is not all there

	Minutes     []LiveMinute
	WeightLimit int64 // in a minute, 0 for unknown
	Silences    []LiveSilence
	SilentUntil time.Time // zero for not at all
	Clients     []LiveClient
}

// LiveMinute is the used weight that a minute's answers told at the most, -1 for none.
type LiveMinute struct {
	At                time.Time
	Used, Requests    int64
	Refused, Banned   int64 // answered 429 and 418
	FailedOrNoAnswers int64 // answered 5XX, or not at all
}

// LiveSilence is a refusal that asks for silence, for as long, -1 if it does not say.
type LiveSilence struct {
	At     time.Time
	Status int
	Call   string
	For    time.Duration
}

// LiveClient is what one client used.
type LiveClient struct {
	Name                                                string
	LastMinute, Weight, Requests, Orders, Held, Refused int64
}

// WriteLivePage writes one page that asks for nothing but "live", beside it, each second:
// what WriteLive writes.
func WriteLivePage(w io.Writer, l *Live) error { return l.write(w, "page") }

// WriteLive writes what changes of the page.
func WriteLive(w io.Writer, l *Live) error { return l.write(w, "live") }

func (l *Live) write(w io.Writer, part string) error {
	b := bufio.NewWriter(w)
	if err := liveTemplate().ExecuteTemplate(b, part, l.shown()); err != nil {
		return err
	}
	return b.Flush()
}

type shownLive struct {
	Title, Nonce, Now, Ended string
	Facts                    []liveFact
	Bars                     []liveBar
	Wide                     int
	Limit                    string // where the line stands, "" for none
	Chart                    string
	Silences                 []liveSilence
	Clients                  []LiveClient
	Findings                 []liveFinding
}

type liveFact struct{ Name, Value, Class string }

type liveBar struct {
	Class           string
	X               int
	Y, Height, Says string
}

type liveSilence struct{ At, Status, Class, For, Call string }

type liveFinding struct {
	Level                                       clause.Level
	Rule, Count, Where, Message, Expected, Seen string
}

const (
	liveClock = "15:04:05 UTC"
	liveDay   = "2006-01-02 15:04:05 UTC"

	// barStep is the room of one minute in the chart, whose height is 100.
	barStep = 10

	// maxLiveFindings bounds the findings that are shown, the latest first.
	maxLiveFindings = 50
)

func (l *Live) shown() *shownLive {
	s := &shownLive{Title: shown(l.Title), Nonce: l.Nonce, Now: l.Now.UTC().Format(liveDay), Clients: l.Clients}
	if l.Ended {
		s.Ended = "ended"
	}
	s.Facts = l.facts()
	l.chart(s)
	for _, q := range slices.Backward(l.Silences) {
		row := liveSilence{q.At.UTC().Format(liveClock), strconv.Itoa(q.Status), "should", "it does not say", shown(q.Call)}
		if q.Status == 418 {
			row.Class = "must"
		}
		if q.For >= 0 {
			row.For = q.For.String()
		}
		s.Silences = append(s.Silences, row)
	}
	for i := range s.Clients {
		s.Clients[i].Name = shown(s.Clients[i].Name)
	}
	s.Findings = l.findings()
	return s
}

// facts are what a person looks for first.
func (l *Live) facts() []liveFact {
	t := l.Report.Tally
	facts := []liveFact{{"Exchanges judged", strconv.FormatInt(t.Traffic.Exchanges, 10), ""}}
	if l.Recorded != "" {
		f := liveFact{"Recorded", l.Recorded, ""}
		if l.Failed {
			f.Value, f.Class = f.Value+", and not all of them", "must"
		}
		facts = append(facts, f)
	}
	for _, level := range []clause.Level{clause.Must, clause.Should, clause.Info} {
		var n int64
		for i := range t.Rules {
			if t.Rules[i].Level() == level {
				n += t.Rules[i].Failed
			}
		}
		f := liveFact{"Violations, " + string(level), strconv.FormatInt(n, 10), "ok"}
		if n > 0 {
			f.Class = string(level)
		}
		facts = append(facts, f)
	}
	if !l.SilentUntil.IsZero() {
		facts = append(facts, liveFact{"Silent until", l.SilentUntil.UTC().Format(liveDay), "must"})
	}
	return facts
}

// chart draws the minutes that told a used weight, against the limit where it is known.
func (l *Live) chart(s *shownLive) {
	highest, told := l.WeightLimit, int64(0)
	for _, m := range l.Minutes {
		highest, told = max(highest, m.Used), max(told, m.Used+1)
	}
	if told == 0 || highest <= 0 {
		return
	}
	scale := func(n int64) float64 { return float64(n) * 90 / float64(highest) }
	for i, m := range l.Minutes {
		says := fmt.Sprintf("%s: %s", m.At.UTC().Format("15:04"), wording.Plural(m.Requests, "request", "requests"))
		if m.Used >= 0 {
			says += fmt.Sprintf(", used weight %d", m.Used)
		}
		if m.Refused+m.Banned > 0 {
			says += fmt.Sprintf(", %d answered 429, %d 418", m.Refused, m.Banned)
		}
		if m.FailedOrNoAnswers > 0 {
			says += fmt.Sprintf(", %d failed or not answered", m.FailedOrNoAnswers)
		}
		bar := liveBar{Class: "bar", X: i * barStep, Says: says}
		if m.Refused+m.Banned > 0 {
			bar.Class = "full"
		}
		h := scale(max(m.Used, 0))
		bar.Y, bar.Height = strconv.FormatFloat(100-h, 'f', 1, 64), strconv.FormatFloat(h, 'f', 1, 64)
		s.Bars = append(s.Bars, bar)
	}
	s.Wide = max(len(l.Minutes), 30) * barStep
	last := l.Minutes[len(l.Minutes)-1]
	s.Chart = fmt.Sprintf("The latest minute, %s, told %d.", last.At.UTC().Format("15:04"), max(last.Used, 0))
	if l.WeightLimit > 0 {
		s.Limit = strconv.FormatFloat(100-scale(l.WeightLimit), 'f', 1, 64)
		s.Chart = fmt.Sprintf("The latest minute, %s, told %d of %d.", last.At.UTC().Format("15:04"), max(last.Used, 0), l.WeightLimit)
	}
}

// findings are those kept, the latest first.
func (l *Live) findings() (list []liveFinding) {
	type found struct {
		rule.Finding
		tally *rule.RuleTally
	}
	var all []found
	for i := range l.Report.Tally.Rules {
		t := &l.Report.Tally.Rules[i]
		for _, f := range t.Findings {
			all = append(all, found{f, t})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.At.Exchange, a.At.Exchange) })
	for _, f := range all[:min(len(all), maxLiveFindings)] {
		where := fmt.Sprintf("exchange %d, %s %s", f.At.Exchange, f.At.Method, f.At.Path)
		if !f.At.Time.IsZero() {
			where += ", " + f.At.Time.UTC().Format(liveClock)
		}
		list = append(list, liveFinding{f.tally.Level(), f.Rule, wording.Plural(f.tally.Failed, "violation in all;", "violations in all;"),
			shown(where), sentence(shown(f.Message)), shown(f.Expected), shown(f.Seen)})
	}
	return list
}
