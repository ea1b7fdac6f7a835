package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxScenario bounds a scenario's name where columns stand beside it.
const maxScenario = 32

// scenario is one of a certificate, with what was seen of the client beside it.
type scenario struct {
	*certificate.ScenarioResult
	presence *certificate.Presence
}

// scenarios are those of the certificate.
func (r *Report) scenarios() []scenario {
	var all []scenario
	for i := range r.Scenarios {
		all = append(all, scenario{&r.Certificate.Scenarios[i], r.Scenarios[i].Presence})
	}
	return all
}

func (s scenario) shown() string { return shorten(clean(s.Name), maxScenario) }

// mark is the scenario in one column, with its colour: the most telling verdict
// of its clauses, but that what a client keeps beside the way, in a scenario that
// it did not come to, is no pass of that.
func (s scenario) mark(r *Report) (string, style) {
	worst, inDoubt, broken := rule.NotExercised, int64(0), clause.Level("")
	for _, c := range s.Clauses {
		inDoubt += c.InDoubt
		if v := c.Verdict.Verdict(); v.Telling() > worst.Telling() {
			worst = v
		}
		if c.Broken != "" && (broken == "" || rule.Severity(c.Broken) > rule.Severity(broken)) {
			broken = c.Broken
		}
	}
	if worst == rule.Pass && s.Outcome != certificate.Played {
		worst = rule.NotExercised
	}
	if s.Outcome == certificate.Broke && worst == rule.NotExercised {
		return mark(rule.Inconclusive, warns), yellow // and refuses a certificate
	}
	return doubtfully(worst, r.effect(broken), inDoubt)
}

// standing says which clauses a scenario showed, or why none, and for how long
// the client was watched for that.
func (s scenario) standing() string {
	var broken, kept, open []string
	for _, c := range s.Clauses {
		doubts := fmt.Sprintf("%s in doubt: %s", wording.Grouped(c.InDoubt), shown(c.Why))
		switch v := c.Verdict.Verdict(); {
		case v == rule.Fail && c.InDoubt > 0:
			broken = append(broken, c.ID)
			open = append(open, c.ID+" with "+doubts)
		case v == rule.Fail:
			broken = append(broken, c.ID)
		case v == rule.Pass && c.InDoubt > 0:
			open = append(open, "keeps "+c.ID+" with "+doubts)
		case v == rule.Pass:
			kept = append(kept, c.ID)
		case v == rule.Inconclusive:
			open = append(open, c.ID+" undecided: "+shown(c.Why))
		case v == rule.Broken:
			open = append(open, c.ID+" not judged: the check broke")
		}
	}
	said := func(word string, ids []string) string {
		if len(ids) == 0 {
			return ""
		}
		return word + " " + strings.Join(ids, ", ")
	}
	outcome := ""
	switch {
	case s.Outcome == certificate.NotReached && s.Unfinished != "":
		outcome = "not come to" // but reached
	case s.Outcome != certificate.Played:
		outcome = strings.ReplaceAll(clean(string(s.Outcome)), "-", " ")
	}
	return wording.Joined("; ", outcome, said("breaks", broken), said("keeps", kept), strings.Join(open, "; "),
		s.watch(kept), shown(s.Unfinished), shown(s.Note))
}

// watch says for how long silence was watched, and of what it is: "no
// blind resend within 25 s" where a call of unknown outcome was not sent again, or
// looked up before.
func (s scenario) watch(kept []string) string {
	ended := s.presence != nil && s.presence.Exit != ""
	watched := time.Duration(s.WatchedMs) * time.Millisecond
	switch {
	case watched < 100*time.Millisecond: // what is said has tenths of a second
		return ""
	case ended && slices.Contains(kept, "G10a"):
		return "no blind resend before it ended, " + seconds(watched) + " later"
	case ended:
		return "watched until it ended, " + seconds(watched) + " later"
	case slices.Contains(kept, "G10a"):
		return "no blind resend within " + seconds(watched)
	}
	return "watched for " + seconds(watched)
}

// seconds writes a duration of some seconds as people say it: "25 s", "7.5 s".
// It never says more than there was, and half a second is its finest step beyond
// the first: a busy machine ends a watch some milliseconds late, and the same
// client is to be told the same.
func seconds(d time.Duration) string {
	step := 500 * time.Millisecond
	switch {
	case d < time.Second:
		step = 100 * time.Millisecond
	case d >= 10*time.Second:
		step = time.Second
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Truncate(step).Seconds()), ".0") + " s"
}
