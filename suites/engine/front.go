package engine

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
)

// Front is the half of an engine that looks at exchanges: rules that judge an
// exchange by itself do so, and of what sequences need an Event is made, which is
// scalars only. It keeps nothing from one exchange to the next, so that several
// can read one recording, each on a core of its own: see Engine.Hear. It is not
// safe for concurrent use.
type Front struct {
	opts  Options
	known *edition.Catalogue // of opts.Edition
	words *traffic.Dialect   // likewise
	asked []rule.Asked       // the rules, in their order
	tally *rule.Tally        // of them

	// byEndpoint[i][a] are the Check rules that listen to answers of kind a
	// of the endpoint that slotOf gives the index i.
	byEndpoint [][len(answers)]audience[*traffic.Facts]
	plans      []*traffic.Plan // by the same index

	facts traffic.Facts
	bench rule.Bench

	names interner
	host  host
	route []byte // of the unknown one met last, memory to use again

	hop       relay // at hand
	sequences bool  // some rule hears them, or hops
}

// NewFront makes a front for the rules, which judge in their order but for those
// that bind the client, which come last.
func NewFront(rules []*rule.Rule, opts Options) *Front {
	return newFront(rules, opts.tally(rules), opts)
}

func newFront(rules []*rule.Rule, tally *rule.Tally, opts Options) *Front {
	known, words := opts.held().Catalogue, opts.held().Dialect
	n := 1 + len(words.Families) + known.Len()
	e := &Front{
		opts: opts, known: known, words: words, asked: asked(rules, tally), tally: tally, bench: *opts.bench(), names: interner{kept: map[string]string{}},
		byEndpoint: make([][len(answers)]audience[*traffic.Facts], n), plans: make([]*traffic.Plan, n),
		sequences: slices.ContainsFunc(rules, func(r *rule.Rule) bool { return r.New != nil || r.Pair != nil }),
	}
	e.hop.rules = e.relays()
	return e
}

// Take returns what was counted so far, which is the caller's from now on, and
// starts counting anew: rules that broke are asked again, of all endpoints, so that
// what is counted from now on does not depend on what was met before.
func (e *Front) Take() *rule.Tally {
	taken := e.tally.Take()
	if taken.Broke() {
		e.relearn()
	}
	return taken
}

// Read judges an exchange by itself, which it does not keep, and makes ev the event
// of it. It returns false where there is nothing for those who hear sequences or hops.
func (e *Front) Read(x *traffic.Exchange, ev *rule.Event) bool {
	if x.Statement() {
		return e.sequences && e.statement(x, ev)
	}
	f := &e.facts
	f.ScanRequest(e.words, x)
	if !e.where(f).taken {
		e.tally.LeaveOut(rule.ShortName(f.Host), f.Family.Known())
		return e.leftOut(ev, x)
	}
	e.tally.Traffic.Exchanges++
	ep := e.known.Lookup(x.Request.Method, f.Path)
	f.ScanResponse(e.plan(f, ep))
	own := weight.Recorded(f, ep)
	tried := tried(x.Annotation)
	if !tried { // what is missing there was left out on purpose
		note(&e.tally.Traffic.Artefacts, f, ep)
		if ep == nil {
			e.route = unknown(e.tally, f, e.route)
		}
	}
	e.bench.Exchange(f, ep, own)
	e.check(e.byEndpoint[e.slotOf(f, ep)][answerOf(f)].of(x.Annotation), f)
	if e.sequences {
		e.fill(ev, f, ep, own)
	}
	return e.sequences
}

// plan is what is read of an endpoint's bodies.
func (e *Front) plan(f *traffic.Facts, ep *edition.Endpoint) *traffic.Plan {
	slot := e.slotOf(f, ep)
	if e.plans[slot] == nil {
		e.learn(slot, f.Family, ep)
	}
	return e.plans[slot]
}

// leftOut makes an exchange of a host that is not judged an event for those who hear
// hops, of which the other side may be judged. It returns false where there is none.
func (e *Front) leftOut(ev *rule.Event, x *traffic.Exchange) bool {
	c := e.copyOf(x)
	if c != nil {
		*ev = rule.Event{At: x.At, Annotation: x.Annotation, Copy: c, LeftOut: true}
		ev.At.File = e.names.of(x.At.File, &e.names.file)
	}
	return c != nil
}

// copyOf is the side of a hop that is to be held for those who judge hops, nil for
// all other traffic.
func (e *Front) copyOf(x *traffic.Exchange) *traffic.Exchange {
	if x.Annotation.Side() == traffic.Alone || len(e.hop.rules) == 0 {
		return nil
	}
	c := new(traffic.Exchange)
	x.CopyTo(c, nil)
	return c
}

// slotOf is an endpoint's place in the engine's tables; unknown ones share a
// place by family.
func (e *Front) slotOf(f *traffic.Facts, ep *edition.Endpoint) int {
	if ep != nil {
		return 1 + len(e.words.Families) + ep.Index
	}
	return int(f.Family.Number)
}

// learn compiles, the first time an endpoint is met, what to read of its
// bodies and which rules hear of its answers.
func (e *Front) learn(slot int, family traffic.Family, ep *edition.Endpoint) {
	e.plans[slot] = planOf(e.words, ep)
	for a := range answers {
		e.byEndpoint[slot][a] = e.listeners(family, ep, a)
	}
}

// listeners returns the Check rules that hear of an endpoint's answers of one
// kind, but for those that broke.
func (e *Front) listeners(family traffic.Family, ep *edition.Endpoint, answer int) (list audience[*traffic.Facts]) {
	for i := range e.asked {
		a := &e.asked[i]
		if r := a.Rule; a.Tally.Error == "" && r.On.Hears(occasionOf(family), answers[answer]) && (r.Only == nil || ep != nil && r.Only(ep)) {
			list.add(a, r.Check)
		}
	}
	return list
}

// check asks the rules that judge an exchange by itself.
func (e *Front) check(rules []listener[*traffic.Facts], f *traffic.Facts) {
	ask(&e.bench, rules, f, e.relearn)
}

// relearn takes rules that broke from all lists: learn makes them anew, with the plans,
// when next they are needed.
func (e *Front) relearn() { clear(e.plans) }

// fill makes an exchange an event, in place.
func (e *Front) fill(ev *rule.Event, f *traffic.Facts, ep *edition.Endpoint, own int64) {
	fill(ev, f, ep, &e.names)
	ev.OwnWeight = own
	ev.Address = traffic.Hash(f.Client)
	ev.Client = e.host.venue*31 + ev.Address
	if side := f.Annotation.Side(); side != traffic.Alone { // of a proxy and its client each has its own limits
		ev.Client = ev.Client*31 + uint64(side)
	}
	ev.Key = ev.Client*31 + f.APIKey
	ev.Copy = e.copyOf(f.Exchange)
}

// statement makes what a client told its caller an event. It belongs to no host:
// whoever drives a client has it speak to one venue.
func (e *Front) statement(x *traffic.Exchange, ev *rule.Event) bool {
	if !x.Sent.Known() || !x.Received.Known() {
		return false
	}
	*ev = rule.Event{
		At: x.At, Method: "command", Path: e.names.of(x.Annotation.Command.Op, &e.names.path),
		Sent: x.Sent, Received: x.Received, Exact: true, Annotation: x.Annotation,
	}
	ev.At.File = e.names.of(x.At.File, &e.names.file)
	if x.Client != "" {
		ev.Address = traffic.Hash(x.Client)
	}
	return true
}
