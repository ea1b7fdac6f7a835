package rule

import (
	"time"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Case is what a rule is asked to judge, and where it says what it found. It is
// reused: a rule keeps neither the Case nor the facts or event that come with
// it, only copies of their values.
type Case struct {
	// Endpoint is nil when the catalogue does not know method and path.
	Endpoint *schemas.Endpoint
	Edition  clause.Edition

	// GatewayCounts and Reference are the engine's options of these names.
	GatewayCounts, Reference bool

	// OwnWeight is what the dated table says the request weighs, -1 where it
	// does not say.
	OwnWeight int64

	// One of the two is set, for where.
	facts *traffic.Facts
	event *Event

	step    WeightStep
	hasStep bool
	bans    *Bans
	company *company

	tally *RuleTally
	limit bounds
	hide  *mask.Masker
}

// Masked is text of the traffic as a finding may show it. What a rule cuts it takes
// from Excerpt: half a secret is not recognised as one. The rest is masked by Fail.
func (c *Case) Masked(s string) string { return c.hide.Text(s) }

// Excerpt is the beginning of text of the traffic as a finding may show it, in some
// bytes at the most, and whether there is more.
func (c *Case) Excerpt(s string, most int) (text string, more bool) { return c.hide.Excerpt(s, most) }

// WeightStep returns what the used weight of a response shows beside that of
// the answer before it to the same IP, for probes of scope PerIP; ok is false
// where one of the two has no counter.
func (c *Case) WeightStep() (step WeightStep, ok bool) { return c.step, c.hasStep }

// Bans returns what the answers to an IP show of its bans, that at hand
// included, for the Trouble of probes of scope PerIP. It is valid until the
// next event.
func (c *Case) Bans() *Bans { return c.bans }

// Beside reports whether the client had, or may have had, anything else under way
// when the answer to an exchange left: a 400 or above, or what Probe.Trouble is
// told beside. It is true of an answer that was forgotten.
func (c *Case) Beside(at traffic.Position) bool { return c.company.of(at.Number) }

// Report is what a rule says of a violation; empty fields are filled in:
// Message from the rule's Demands, Hint from its Mend.
type Report struct {
	Message  string
	Expected string
	Seen     string
	Hint     string
	Pointer  string // see Where.Pointer

	// At moves the finding to another exchange than the one judged. Method, Path
	// and Time are that one's, for those who tell of it later than it came.
	At           traffic.Position
	Method, Path string
	Time         time.Time
}

// Pass says that the occasion was there and the rule was kept.
func (c *Case) Pass() { c.tally.Passed++ }

// Inconclusive says that there was an occasion which the evidence does not
// decide; why is a constant sentence part, such as "the clock is too coarse".
func (c *Case) Inconclusive(why string) {
	c.tally.Inconclusive++
	c.tally.doubt(why, 1)
}

// Mend is what the rule says to do, for hints that say more.
func (c *Case) Mend() string { return c.tally.Rule.Doc.Mend }

// Fail says that the rule was broken: the evidence leaves no other reading. On
// the hosts of lookalikes it is inconclusive, but for rules of level info; so is
// what a server is to have done in an answer that somebody edited.
func (c *Case) Fail(r Report) {
	rule := c.tally.Rule
	if rule.Level != clause.Info && isLookalike(c.host()) {
		c.Inconclusive("the host is another venue's, which only looks alike")
		return
	}
	if rule.Party == clause.Server && c.editedBody() {
		c.Inconclusive("the body is not as long as Content-Length says: the answer was edited, or decoded by the recorder")
		return
	}
	c.tally.Failed++
	message, hint := rule.Doc.Demands, rule.Doc.Mend // which hold nothing of traffic
	if r.Message != "" {
		message = c.Masked(r.Message)
	}
	if r.Hint != "" {
		hint = c.Masked(r.Hint)
	}
	w := c.where()
	w.Pointer = c.Masked(r.Pointer)
	if r.At.Number != 0 {
		w.File, w.Line, w.Exchange = r.At.File, r.At.Line, r.At.Number
		if r.Method != "" {
			w.Method, w.Path, w.Time, w.Status = c.Masked(r.Method), c.Masked(r.Path), r.Time, 0
		}
	}
	f := Finding{
		Rule: rule, Message: message, Expected: c.Masked(r.Expected),
		Seen: c.Masked(r.Seen), Hint: hint, At: w,
	}
	c.tally.kinds.add(f.Kind(), 1)
	c.tally.keep(f, c.limit)
}

func (c *Case) editedBody() bool {
	if c.event != nil {
		return c.event.EditedBody
	}
	return c.facts.EditedBody
}

func (c *Case) host() string {
	if c.event != nil {
		return c.event.Host
	}
	return c.facts.Host
}

// where copies what must outlive the exchange.
func (c *Case) where() Where {
	if c.event != nil {
		e := c.event
		return Where{
			File: e.At.File, Line: e.At.Line, Exchange: e.At.Number, Time: middle(e.Sent),
			Method: c.Masked(e.Method), Path: c.Masked(e.Path), Status: e.Status,
		}
	}
	f := c.facts
	return Where{
		File: f.At.File, Line: f.At.Line, Exchange: f.At.Number, Time: middle(f.Sent),
		Method: c.Masked(cloned(short(f.Request.Method))), Path: c.Masked(cloned(shortPath(f.Path))), Status: f.Response.Status,
	}
}

// middle is the instant that stands for a span in a report: itself when exact,
// the Date when that is all there is. A span narrower than a Date is a watcher's,
// who saw the request arrive at its end.
func middle(s traffic.Span) time.Time {
	switch {
	case !s.Known() || s.Exact():
		return s.Earliest
	case s.Latest.Sub(s.Earliest) < traffic.DateWidth:
		return s.Latest
	}
	return s.Latest.Add(-traffic.DateWidth)
}
