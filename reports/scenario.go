package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// maxScenario bounds a scenario's name where columns stand beside it.
const maxScenario = 32

func (s Scenario) shown() string { return shorten(clean(s.Name), maxScenario) }

// worst is the most telling verdict of the scenario's clauses. What a client
// keeps beside the way, in a scenario that it did not come to, is no pass of
// that.
func (s Scenario) worst() rule.Verdict {
	worst := rule.NotExercised
	for _, d := range duties(s.Tally) {
		if v := d.worst(binding); telling(v) > telling(worst) {
			worst = v
		}
	}
	if worst == rule.Pass && s.Outcome != Played {
		return rule.NotExercised
	}
	return worst
}

// verdict is the scenario in one word: what leaves anything in doubt has not
// passed.
func (s Scenario) verdict() rule.Verdict {
	if v := s.worst(); v != rule.Pass || s.inDoubt() == 0 {
		return v
	}
	return rule.Inconclusive
}

// inDoubt counts the occasions that the scenario left undecided.
func (s Scenario) inDoubt() int64 {
	var n int64
	for _, d := range duties(s.Tally) {
		n += d.inDoubt(binding)
	}
	return n
}

// mark is the scenario in one column, with its colour.
func (s Scenario) mark(r *Report) (string, style) {
	if s.Outcome == Broke && s.worst() == rule.NotExercised {
		return mark(rule.Inconclusive, warns), yellow // and refuses a certificate
	}
	return doubtfully(s.worst(), r.effect(s.broken()), s.inDoubt())
}

// broken is the level of the strongest rule that the scenario saw broken.
func (s Scenario) broken() clause.Level {
	var l clause.Level
	for _, d := range duties(s.Tally) {
		if v := d.verdict(binding); v.Broken != "" && (l == "" || rule.Severity(v.Broken) > rule.Severity(l)) {
			l = v.Broken
		}
	}
	return l
}

// standing says which clauses a scenario showed, or why none, and for how long
// the client was watched for that.
func (s Scenario) standing() string {
	var broken, kept, open []string
	for _, d := range duties(s.Tally) {
		id, n := d.clause.ID, d.inDoubt(binding)
		doubts := func() string { return fmt.Sprintf("%s in doubt: %s", grouped(n), shown(d.doubts(binding))) }
		switch v := d.worst(binding); {
		case v == rule.Fail && n > 0:
			broken = append(broken, id)
			open = append(open, id+" with "+doubts())
		case v == rule.Fail:
			broken = append(broken, id)
		case v == rule.Pass && n > 0:
			open = append(open, "keeps "+id+" with "+doubts())
		case v == rule.Pass:
			kept = append(kept, id)
		case v == rule.Inconclusive:
			open = append(open, id+" undecided: "+shown(d.doubts(binding)))
		case v == rule.Broken:
			open = append(open, id+" not judged: the check broke")
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
	case s.Outcome == NotReached && s.Unfinished != "":
		outcome = "not come to" // but reached
	case s.Outcome != Played:
		outcome = strings.ReplaceAll(clean(string(s.Outcome)), "-", " ")
	}
	return joined("; ", outcome, said("breaks", broken), said("keeps", kept), strings.Join(open, "; "),
		s.watch(kept), shown(s.Unfinished), shown(s.Note))
}

// watch says for how long silence was watched, and of what it is: "no
// blind resend within 25 s" where a call of unknown outcome was not sent again, or
// looked up before.
func (s Scenario) watch(kept []string) string {
	ended := s.Presence != nil && s.Presence.Exit != ""
	switch {
	case s.Watched < 100*time.Millisecond: // what is said has tenths of a second
		return ""
	case ended && slices.Contains(kept, "G10a"):
		return "no blind resend before it ended, " + seconds(s.Watched) + " later"
	case ended:
		return "watched until it ended, " + seconds(s.Watched) + " later"
	case slices.Contains(kept, "G10a"):
		return "no blind resend within " + seconds(s.Watched)
	}
	return "watched for " + seconds(s.Watched)
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
