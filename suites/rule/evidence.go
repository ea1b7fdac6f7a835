package rule

// Evidence is what the exchanges of one client at one venue show that several
// rules ask for, by way of the Trial. Who runs the rules keeps one for each client
// and has it hear what the client's probes hear, before they do.
type Evidence struct {
	weights stepper
	step    WeightStep
	hasStep bool
	bans    Bans
	company company
}

// Request takes a request in.
func (e *Evidence) Request(ev *Event) { e.company.asked(ev) }

// Response takes an answer in, or that nobody knows of any.
func (e *Evidence) Response(ev *Event) {
	if e.hasStep = false; !ev.Answered && ev.Lost() == "" {
		e.company.answered(ev, false)
		return
	}
	e.company.answered(ev, ev.IsTrouble())
	if ev.Answered {
		e.step, e.hasStep = e.weights.next(ev)
	}
	e.bans.hear(ev)
}
