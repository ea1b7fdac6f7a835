package rule

import "fmt"

// Needs is a set of the kinds of evidence that several rules ask of a Trial, beside
// the events that they hear. A rule declares what its probe asks for: what no rule
// of a run needs is not made.
type Needs uint8

// The kinds of evidence. All are of one client at one venue.
const (
	NeedsBans        Needs = 1 << iota // Trial.Bans
	NeedsWeightSteps                   // Trial.WeightStep
	NeedsCompany                       // Trial.Beside
)

// Evidence is what the exchanges of one client at one venue show that several
// rules ask for, by way of the Trial. Who runs the rules keeps one for each client
// and has it hear what the client's probes hear, before they do.
//
//	each of bans, weights and company is there if the needs name it
type Evidence struct {
	bans    *Bans
	weights *weightSteps
	company *company
}

// NewEvidence makes the evidence that is needed, of a client that was not heard yet.
func NewEvidence(needed Needs) *Evidence {
	e := &Evidence{}
	if needed&NeedsBans != 0 {
		e.bans = new(Bans)
	}
	if needed&NeedsWeightSteps != 0 {
		e.weights = new(weightSteps)
	}
	if needed&NeedsCompany != 0 {
		e.company = new(company)
	}
	return e
}

// Request takes a request in.
func (e *Evidence) Request(ev *Event) {
	if e.company != nil {
		e.company.asked(ev)
	}
}

// Response takes an answer in, or that nobody knows of any.
func (e *Evidence) Response(ev *Event) {
	known := ev.Answered || ev.Lost() != ""
	if e.company != nil {
		e.company.answered(ev, known && ev.IsTrouble())
	}
	if e.weights != nil {
		e.weights.hear(ev)
	}
	if e.bans != nil {
		e.bans.hear(ev)
	}
}

// need panics for a rule that asks for what it doesn't declare: whether it is there
// would depend on which other rules run.
func (t *Trial) need(kind Needs, name string) {
	if r := t.asked.Rule; r.Needs&kind == 0 {
		panic(fmt.Sprintf("rule %s: expected Needs to have %s, which the rule asks for", r.ID, name))
	}
}
