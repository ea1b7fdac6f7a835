package rule

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Trial is what a rule is asked to judge, and where it says what it found. It is
// reused: a rule keeps neither the Trial nor the facts or event that come with
// it, only copies of their values.
type Trial struct {
	// Endpoint is nil when the catalogue does not know method and path.
	Endpoint *edition.Endpoint
	Edition  *edition.Edition

	// GatewayCounts and Reference are the engine's options of these names.
	GatewayCounts, Reference bool

	// OwnWeight is what the dated table says the request weighs, -1 where it
	// does not say.
	OwnWeight int64

	// One of the two is set, for where. Of a relay facts are those of one exchange.
	facts *traffic.Facts
	event *Event
	relay *Relay // nil for all but a Pair's trial

	evidence *Evidence

	asked *Asked
	limit Bounds
	hide  *mask.Masker
}

// Masked is text of the traffic as a finding may show it. What a rule cuts it takes
// from Excerpt: half a secret is not recognised as one. The rest is masked by Fail.
// It is a copy: a finding outlives the memory that its exchange was read into.
func (t *Trial) Masked(s string) string { return strings.Clone(valid(t.hide.Text(s))) }

// Secret is a value that the edition says is secret, by the name of its parameter, as a
// finding may show it.
func (t *Trial) Secret(v string) string { return mask.Secret(v) }

// Excerpt is the beginning of text of the traffic as a finding may show it, in some
// bytes at the most, and whether there is more.
func (t *Trial) Excerpt(s string, most int) (text string, more bool) { return t.hide.Excerpt(s, most) }

// WeightStep returns what the used weight of a response shows beside that of
// the answer before it to the same IP, for probes of scope PerIP; ok is false
// where one of the two has no counter.
func (t *Trial) WeightStep() (step WeightStep, ok bool) {
	t.need(NeedsWeightSteps, "NeedsWeightSteps")
	return t.evidence.weights.step, t.evidence.weights.hasStep
}

// Bans returns what the answers to an IP show of its bans, that at hand
// included, for the Trouble of probes of scope PerIP. It is valid until the
// next event.
func (t *Trial) Bans() *Bans {
	t.need(NeedsBans, "NeedsBans")
	return t.evidence.bans
}

// Beside reports whether the client had, or may have had, anything else under way
// when the answer to an exchange left: a 400 or above, or what Probe.Trouble is
// told beside. It is true of an answer that was forgotten.
func (t *Trial) Beside(at traffic.Position) bool {
	t.need(NeedsCompany, "NeedsCompany")
	return t.evidence.company.of(at.Number)
}

// Report is what a rule says of a violation; empty fields are filled in:
// Message from the rule's Demands, Hint from its Mend.
type Report struct {
	Message  string
	Expected string
	Seen     string
	Hint     string
	Pointer  string // see Where.Pointer
	Cause    string // see Finding.Cause

	// At moves the finding to another exchange than the one judged. Method, Path
	// and Time are that one's, for those who tell of it later than it came.
	At           traffic.Position
	Method, Path string
	Time         time.Time

	// Side moves the finding of a Pair to that exchange of its relay; nil leaves it
	// at the side in front, or where there is none at the first behind.
	Side *traffic.Facts
}

// Pass says that the occasion was there and the rule was kept.
func (t *Trial) Pass() { t.asked.Tally.Passed++ }

// Inconclusive says that there was an occasion which the evidence does not
// decide; why is a constant sentence part, such as "the clock is too coarse".
func (t *Trial) Inconclusive(why string) {
	t.asked.Tally.Inconclusive++
	t.asked.Tally.doubt(why, 1)
}

// Mend is what the rule says to do, for hints that say more.
func (t *Trial) Mend() string { return t.asked.Rule.Doc.Mend }

// Fail says that the rule was broken: the evidence leaves no other reading. On
// the hosts of lookalikes it is inconclusive, but for rules of level info; so is
// what a server is to have done in an answer that somebody edited.
func (t *Trial) Fail(r Report) {
	rule := t.asked.Rule
	if t.asked.Tally.Level() != clause.Info && t.lookalike() {
		t.Inconclusive("the host is another venue's, which only looks alike")
		return
	}
	if rule.Party == clause.Server && t.editedBody() {
		t.Inconclusive("the body is not as long as Content-Length says: the answer was edited, or decoded by the recorder")
		return
	}
	t.asked.Tally.Failed++
	message, hint := rule.Doc.Demands, rule.Doc.Mend // which hold nothing of traffic
	if r.Message != "" {
		message = t.Masked(r.Message)
	}
	if r.Hint != "" {
		hint = t.Masked(r.Hint)
	}
	w := t.where()
	if r.Side != nil {
		w = t.whereOf(r.Side)
	}
	w.Pointer = t.Masked(r.Pointer)
	if r.At.Number != 0 {
		w.File, w.Line, w.Exchange = strings.Clone(valid(r.At.File)), r.At.Line, r.At.Number
		if r.Method != "" {
			w.Method, w.Path, w.Time, w.Status = t.Masked(r.Method), t.Masked(r.Path), writable(r.Time), 0
		}
	}
	f := Finding{
		Rule: rule.ID, Message: message, Expected: t.Masked(r.Expected),
		Seen: t.Masked(r.Seen), Hint: hint, Cause: t.Masked(r.Cause), At: w,
	}
	t.asked.Tally.Kinds.add(f.Kind(), 1)
	t.asked.Tally.keep(f, t.limit)
}

func (t *Trial) editedBody() bool {
	if t.event != nil {
		return t.event.EditedBody
	}
	return t.facts.EditedBody
}

func (t *Trial) lookalike() bool {
	switch {
	case t.event != nil:
		return t.Edition.IsLookalike(t.event.Host)
	case t.relay != nil:
		return t.relay.lookalike(t.Edition)
	}
	return t.Edition.IsLookalike(t.facts.Host)
}

// where copies what must outlive the exchange.
func (t *Trial) where() Where {
	if e := t.event; e != nil {
		return t.whereAt(e.At, e.Sent, e.Method, e.Path, e.Status)
	}
	return t.whereOf(t.facts)
}

func (t *Trial) whereOf(f *traffic.Facts) Where {
	return t.whereAt(f.At, f.Sent, ShortName(f.Request.Method), ShortPath(f.Path), f.Response.Status)
}

func (t *Trial) whereAt(at traffic.Position, sent traffic.Span, method, path string, status int) Where {
	return Where{
		File: strings.Clone(valid(at.File)), Line: at.Line, Exchange: at.Number, Time: writable(middle(sent)),
		Method: t.Masked(method), Path: t.Masked(path), Status: status,
	}
}

// middle is the instant that stands for a span in a report: itself when exact,
// the Date when that is all there is. A span narrower than a Date is a watcher's,
// who saw the request arrive at its end.
func middle(s traffic.Span) time.Time {
	if s.Latest.Sub(s.Earliest) < traffic.DateWidth {
		return s.Latest
	}
	return s.Latest.Add(-traffic.DateWidth)
}

// writable is an instant as RFC 3339 writes it, in UTC, which has no way to write the
// years that a recording's numbers may name: of them none is known.
func writable(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
