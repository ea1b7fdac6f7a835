package general

import (
	"fmt"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "tells-rate-limit",
	Clauses: []string{"L08", "L08b"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The error that a client library gives its caller for a 429 or 418 says that the caller is rate limited or banned.",
		Why:     "A library sends again because the program above it asks again: without a word of the limit no program can back off, and its IP is banned.",
		Mend:    "Keep the HTTP status and the venue's code on the error (429 or 418, -1003 or -1015), or give the two an error class of their own.",
		Reading: "The obligation to back off binds the whole client; of a library it takes that its caller can know. Judged are the words of a driven client, for commands whose last answer was the refusal: an outcome of rate_limited or banned, or an error that bears status or code.",
		Good:    "klines answered 429; the caller gets an error with status 429",
		Bad:     "klines answered 429; the caller gets \"request failed\"",
	},
	NotHere: "What a client tells its caller shows only to somebody who drives it.",
	Scope:   rule.PerIP,
	New:     func() rule.Probe { return answersProbe(judgeTellsRateLimit) },
	Plant: func(c *conversation.Conversation) {
		x := lastTold(c)
		x.Annotation.Told.Outcome, x.Annotation.Told.Status, x.Annotation.Told.Code = traffic.OutcomeError, 0, 0
	},
})

// answersProbe judges what a client tells of commands whose last answer was
// trouble.
func answersProbe(judge func(c *rule.Trial, last answer, e *rule.Event)) rule.Probe {
	var s answers
	return rule.Probe{
		Next:    s.next,
		Trouble: s.trouble,
		Told: func(c *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				s = answers{}
			} else if last, ok := s.told(e); ok {
				judge(c, last, e)
			}
		},
	}
}

func judgeTellsRateLimit(c *rule.Trial, last answer, e *rule.Event) {
	if last.status != 429 && last.status != 418 {
		return
	}
	t := e.Told()
	switch {
	case t.Outcome == traffic.OutcomeOK && last.other: // it got the data in another way
	case saysRateLimit(c.Edition.Dialect, t):
		c.Pass()
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The caller of %s is not told that exchange %d refused it with %d.", e.Path, last.at.Number, last.status),
			Expected: fmt.Sprintf("an error that says rate limited or banned, or bears status 429 or 418 or code %d or %d", c.Edition.Dialect.Code(traffic.TooManyRequests), c.Edition.Dialect.Code(traffic.TooManyOrders)),
			Seen:     words(c, t),
		})
	}
}

func saysRateLimit(d *traffic.Dialect, t traffic.Told) bool {
	means := d.Meaning(t.Code)
	return t.Outcome == traffic.OutcomeRateLimited || t.Outcome == traffic.OutcomeBanned ||
		t.Status == 429 || t.Status == 418 || means == traffic.TooManyRequests || means == traffic.TooManyOrders
}

// words is what a client told, for findings.
func words(c *rule.Trial, t traffic.Told) string {
	s := string(t.Outcome)
	if t.Type != "" {
		s += ", " + shown(c, t.Type)
	}
	if t.Status != 0 {
		s += ", status " + strconv.Itoa(t.Status)
	}
	if t.Code != 0 {
		s += ", code " + strconv.FormatInt(t.Code, 10)
	}
	if t.RetryAfter != 0 {
		s += ", wait " + t.RetryAfter.String()
	}
	return s
}

// lastTold returns the last statement of a conversation that is not the end of
// the watch, for plants; it panics if there is none.
func lastTold(c *conversation.Conversation) *traffic.Exchange {
	for i := len(c.Exchanges) - 1; i >= 0; i-- {
		if x := c.Exchanges[i]; x.Statement() && x.Annotation.Told.Outcome != traffic.OutcomeWatched {
			return x
		}
	}
	panic("plant: expected a statement")
}
