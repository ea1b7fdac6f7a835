package rule

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Bench is the side of a Trial that belongs to who runs the rules: it says what is
// at hand, and which rule is asked. Rules are handed the Trial alone. It is used
// by one goroutine.
type Bench struct{ trial Trial }

// NewBench makes the bench of a pass: of t what holds for all of it is taken,
// hide hides secrets in findings, and limit bounds those that are kept.
func NewBench(t Trial, hide *mask.Masker, limit Bounds) *Bench {
	t.hide, t.limit = hide, limit
	return &Bench{t}
}

// Exchange lays an exchange before the rules that judge it by itself. ep is nil
// for one that the catalogue does not know; own is what the request weighs, -1
// where nobody knows.
func (b *Bench) Exchange(f *traffic.Facts, ep *edition.Endpoint, own int64) {
	b.trial.facts, b.trial.event, b.trial.evidence, b.trial.relay = f, nil, nil, nil
	b.trial.Endpoint, b.trial.OwnWeight = ep, own
}

// Event lays a half of an exchange before the probes of a client, and what is
// known of that client.
func (b *Bench) Event(ev *Event, shown *Evidence) {
	b.trial.facts, b.trial.event, b.trial.evidence, b.trial.relay = nil, ev, shown, nil
	b.trial.Endpoint, b.trial.OwnWeight = ev.Endpoint, ev.OwnWeight
}

// Asked is a rule and the tally in which what it says is counted. A bench is handed
// both by one pointer: every rule is asked of every exchange.
type Asked struct {
	Rule  *Rule
	Tally *RuleTally
}

// For is the trial as a rule is handed it, valid until the next one.
func (b *Bench) For(a *Asked) *Trial {
	b.trial.asked = a
	return &b.trial
}

// Asked is who was asked last.
func (b *Bench) Asked() *Asked { return b.trial.asked }

// Blame notes that the rule that was asked last broke, by what it panicked with.
func (b *Bench) Blame(p any) {
	t := &b.trial
	at := t.where()
	t.asked.Tally.Error = t.Masked(fmt.Sprintf("the check broke at %s:%d (exchange %d): %v", at.File, at.Line, at.Exchange, p))
}
