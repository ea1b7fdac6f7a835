package engine

import "github.com/mbxcheck/mbxcheck/suites/rule"

// Part is what an engine made of a part of a recording, for the engine that
// judges the whole: see Engine.BeginPart. A Part may be used again; its zero
// value is ready.
type Part struct {
	tally  *rule.Tally
	events []rule.Event
}

// BeginPart has the engine judge, until EndPart, a part of a recording. It
// judges each exchange by itself; sequences wait in p for Absorb, by the engine
// that judges the recording. Several engines may judge parts of one recording
// at once. Numbers of exchanges are those within the part.
func (e *Engine) BeginPart(p *Part) {
	p.events = p.events[:0]
	e.part = p
}

// EndPart completes the part.
func (e *Engine) EndPart() {
	e.part.tally = e.Take()
	e.part = nil
}

// Absorb adds a part of the recording at hand, behind which before exchanges
// stand. Parts are absorbed in their order. It reports false, having done
// nothing, for a part in which something broke or whose exchanges are of too
// many hosts to count: what such a part comes to depends on what came before,
// and is for Observe to say.
func (e *Engine) Absorb(p *Part, before int) bool {
	if len(e.tally.LeftOut)+len(p.tally.LeftOut) > rule.MaxHosts {
		return false
	}
	for i := range p.tally.Rules {
		t := &p.tally.Rules[i]
		if t.Error != "" || e.tally.Rules[i].Error != "" {
			return false
		}
		for j := range t.Findings {
			t.Findings[j].At.Exchange += before
		}
	}
	e.tally.Merge(p.tally)
	for i := range p.events {
		ev := e.window.spare()
		*ev = p.events[i]
		ev.At.Number += before
		e.sequence(ev)
	}
	return true
}

// spare returns an event to be filled in and then handed to place.
func (e *Engine) spare() *rule.Event {
	if e.part == nil {
		return e.window.spare()
	}
	e.part.events = append(e.part.events, rule.Event{})
	return &e.part.events[len(e.part.events)-1]
}

// place hands the spare event to the rules that hear sequences, or leaves it
// to the engine that judges them.
func (e *Engine) place(ev *rule.Event) {
	if e.part == nil {
		e.sequence(ev)
	}
}
