package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "tells-wait",
	Clauses: []string{"L08"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The error that a client library gives its caller for a 429 says for how long to wait.",
		Why:     "A caller who knows of the limit, but not of its end, guesses: too short is a ban, too long is a market missed.",
		Mend:    "Keep Retry-After, or the response's header fields, on the error.",
		Reading: "Judged are the words of a driven client, for commands whose last answer was a 429 with a Retry-After of 1 or more. A wait counted from the answer or from the statement is right; one that ends more than a second before Retry-After does is not.",
		Good:    "klines answered 429 with Retry-After: 5; the caller gets an error that holds 5 seconds",
		Bad:     "klines answered 429 with Retry-After: 5; the caller gets an error that bears status 429 alone",
	},
	NotHere: "What a client tells its caller shows only to somebody who drives it.",
	Scope:   rule.PerIP,
	New:     func() rule.Probe { return answersProbe(judgeTellsWait) },
	Plant: func(c *conversation.Conversation) {
		lastTold(c).Annotation.Told.RetryAfter = 0
	},
})

func judgeTellsWait(c *rule.Trial, last answer, e *rule.Event) {
	t := e.Told()
	if last.status != 429 || last.waitSec <= 0 || t.Outcome == traffic.OutcomeOK {
		return // what is told as done is errors-on-any-endpoint's to judge
	}
	// Whoever waits as long as he was told, from when he was told it.
	wait := time.Duration(min(last.waitSec, 1<<30)) * time.Second
	waits := e.Received.Latest.Sub(last.received.Earliest) + t.RetryAfter
	if t.RetryAfter > 0 && waits > wait-time.Second {
		c.Pass()
		return
	}
	c.Fail(rule.Report{
		Message:  fmt.Sprintf("The caller of %s is not told for how long the 429 of exchange %d forbids to send.", e.Path, last.at.Number),
		Expected: "an error that holds the wait of " + wait.String(),
		Seen:     words(c, t),
	})
}
