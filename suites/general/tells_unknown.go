package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "tells-unknown",
	Clauses: []string{"G10b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A client library tells its caller of a state-changing call answered with 5XX (504 on /wapi/v3), with code -1006 or -1007, or not answered, that the outcome is not known.",
		Why:     "A caller who is told that the order failed places it again, and has bought twice; one who is told that it was done counts on what may not be there.",
		Mend:    "Keep the HTTP status and the venue's code on the error, or give unknown outcomes an error class of their own; do not make them look like a refusal.",
		Reading: "Judged are the words of a driven client, for commands whose last answer was such a one or was lost. After such an answer an error that bears a 5XX or the code -1006 or -1007 is enough, and after a lost answer any transport error. A status that came before its body broke off counts as it stands: a 4XX refuses, and a 2XX may be told as done. Where that status is a 5XX, an error that bears nothing is left undecided: it may be that of the transport, which would tell enough. Where the client looked the order up by itself it may tell what it found. A code of the venue's own failures that is passed on without a status is left undecided.",
		Good:    "POST order: 504; the caller gets an error with status 504",
		Bad:     "POST order: 504; the caller gets \"order rejected\"",
	},
	NotHere: "What a client tells its caller shows only to somebody who drives it.",
	Scope:   rule.PerIP,
	New:     func() rule.Probe { return answersProbe(judgeTellsUnknown) },
	Plant: func(c *conversation.Conversation) {
		t := &lastTold(c).Annotation.Told
		t.Outcome, t.Status, t.Code = traffic.OutcomeRejected, 0, 0
	},
})

func judgeTellsUnknown(c *rule.Trial, last answer, e *rule.Event) {
	// A status that arrived says what it says, whatever became of the body.
	lost := last.lost != "" && (last.status == 0 || last.status/100 == 2)
	if !last.changes || !lost && !last.unknown {
		return
	}
	t := e.Told()
	looked := last.lookup.Number != 0
	switch {
	case t.Outcome == traffic.OutcomeUnsupported:
	case !last.unknown && last.status/100 == 2 && t.Outcome == traffic.OutcomeOK: // the status had said so
	case looked && (t.Outcome != traffic.OutcomeOK || !last.absent):
		c.Pass() // it tells what it found
	case t.Outcome == traffic.OutcomeOK:
		failTellsUnknown(c, last, e, "been done")
	case t.Outcome == traffic.OutcomeUnknown, t.Status/100 == 5, rule.TellsUnknown(c.Edition.Dialect.Meaning(t.Code)):
		c.Pass()
	case lost && t.Outcome == traffic.OutcomeError:
		c.Pass()
	case last.lost != "" && t.Outcome == traffic.OutcomeError && t.Status == 0 && t.Code == 0:
		c.Inconclusive("the body broke off behind a status that says as much, and the error may be that of the transport")
	case t.Code != 0 && t.Code == last.code && c.Edition.Dialect.Chapters.Venue.Has(t.Code):
		c.Inconclusive("the error bears the venue's code of a failure of its own, and no status")
	default:
		failTellsUnknown(c, last, e, "failed")
	}
}

func failTellsUnknown(c *rule.Trial, last answer, e *rule.Event, as string) {
	c.Fail(rule.Report{
		Message:  fmt.Sprintf("The call that exchange %d left UNKNOWN %s is told to have %s.", last.at.Number, last.call.how(), as),
		Expected: fmt.Sprintf("unknown, or an error that bears the 5XX or code %d or %d", c.Edition.Dialect.Code(traffic.UnexpectedResponse), c.Edition.Dialect.Code(traffic.TimedOut)),
		Seen:     words(c, e.Told()),
	})
}
