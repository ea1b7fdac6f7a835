package engine

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
)

// Options are what a pass over traffic depends on beside the rules.
type Options struct {
	Edition clause.Edition
	Hosts   rule.Hosts // whose traffic is judged; the zero value takes any

	// GatewayCounts holds a client to a 429 whoever made it: the limits are those of
	// a gateway of the user's own.
	GatewayCounts bool

	// Reference says that the reference venue answered, which takes what the
	// edition has and nothing that the real one has come to take since.
	Reference bool

	// Hide hides secrets in findings; nil is a masker that knows no values.
	Hide *mask.Masker

	// MaxFindings bounds the findings kept for one rule (counts go on); 0
	// keeps all.
	MaxFindings int
	// MaxOfAKind bounds those of one Kind; 0 keeps any.
	MaxOfAKind int
}

// Engine judges recordings by a set of rules in one streaming pass: constant
// memory for a file of any length, and no allocation per exchange once its
// buffers have grown. It is not safe for concurrent use: one a goroutine, and
// merge their tallies.
//
//	e := engine.New(rules, opts)
//	e.Begin("file.har")
//	for x := range exchanges { e.Observe(x) }
//	e.End()
//	t := e.Tally()
type Engine struct {
	opts  Options
	tally *rule.Tally

	// byEndpoint[i][a] are the Check rules that listen to answers of kind a
	// of the endpoint that slotOf gives the index i.
	byEndpoint [][len(answers)][]listener
	plans      []*traffic.Plan // by the same index

	facts traffic.Facts
	bench *rule.Bench

	names    interner
	window   window
	setBacks setBacks
	torn     bool      // the recording was cut: it doesn't show all that came before
	scopes   [2]scopes // by Scope
	clock    fileClock
	route    []byte     // of the unknown one met last, memory to use again
	nothing  rule.Event // what probes hear at the end, of which no event tells
	host     host

	part *Part // of a recording whose sequences another engine judges; nil for none
}

// New makes an engine for the rules, which it judges in their order.
func New(rules []*rule.Rule, opts Options) *Engine {
	e := &Engine{opts: opts, names: interner{kept: map[string]string{}}}
	limit := rule.Bounds{Findings: opts.MaxFindings, OfAKind: opts.MaxOfAKind}
	e.tally = rule.NewTally(opts.Edition.ID, rules, limit)
	e.bench = rule.NewBench(rule.Trial{Edition: opts.Edition, GatewayCounts: opts.GatewayCounts, Reference: opts.Reference}, opts.Hide, limit)
	for i, r := range rules {
		if r.New != nil {
			e.scopes[r.Scope].rules = append(e.scopes[r.Scope].rules, i)
		}
	}
	n := len(schemas.Endpoints()) + len(occasionOfFamily)
	e.byEndpoint, e.plans = make([][len(answers)][]listener, n), make([]*traffic.Plan, n)
	return e
}

// Tally returns the outcome so far; it is complete after End. It is the
// engine's own until the engine is dropped.
func (e *Engine) Tally() *rule.Tally { return e.tally }

// Take returns the outcome so far, which is the caller's from now on, and
// starts counting anew. Between End and Begin it cuts a pass into tallies of
// one recording each, which merge to the same whole whoever judged which.
func (e *Engine) Take() *rule.Tally { return e.tally.Take() }

// Begin starts a recording: its sequences have nothing to do with those of the
// recording before it.
func (e *Engine) Begin() {
	e.tally.Traffic.Files++
	e.cut()
	e.torn, e.setBacks.pairs, e.setBacks.disordered = false, 0, 0
}

// End finishes a recording and judges what still waits to be put in order.
func (e *Engine) End() {
	e.flush()
	e.cut()
}

// Observe judges one exchange, which it does not keep.
func (e *Engine) Observe(x *traffic.Exchange) {
	if x.Statement() {
		e.statement(x)
		return
	}
	f := &e.facts
	f.ScanRequest(x)
	if !e.where(f).taken {
		leaveOut(e.tally, f)
		return
	}
	e.tally.Traffic.Exchanges++
	ep := schemas.Lookup(x.Request.Method, f.Path)
	slot := slotOf(f, ep)
	if e.plans[slot] == nil {
		e.learn(slot, f.Family, ep)
	}
	f.ScanResponse(e.plans[slot])
	own := weight.Recorded(f, ep)
	listening := e.byEndpoint[slot][answerOf(f)]
	if !tried(x.Annotation) {
		note(&e.tally.Traffic.Artefacts, f, ep)
		if ep == nil {
			e.route = unknown(e.tally, f, e.route)
		}
	} else { // what is missing was left out on purpose
		listening = listenersBut(listening)
	}
	e.bench.Exchange(f, ep, own)
	e.check(listening, f)
	if e.sequences() {
		ev := e.spare()
		e.fill(ev, f, ep, own)
		e.place(ev)
	}
}

// slotOf is an endpoint's place in the engine's tables; unknown ones share a
// place by family.
func slotOf(f *traffic.Facts, ep *schemas.Endpoint) int {
	if ep != nil {
		return len(occasionOfFamily) + ep.Index
	}
	return int(f.Family)
}

// learn compiles, the first time an endpoint is met, what to read of its
// bodies and which rules hear of its answers.
func (e *Engine) learn(slot int, family traffic.Family, ep *schemas.Endpoint) {
	e.plans[slot] = planOf(ep)
	for a := range answers {
		e.byEndpoint[slot][a] = e.listeners(family, ep, a)
	}
}

// listener is a rule that judges exchanges by themselves.
type listener struct {
	tally *rule.RuleTally // its own
	check func(*rule.Trial, *traffic.Facts)
}

// listeners returns the Check rules that hear of an endpoint's answers of one
// kind, but for those that broke.
func (e *Engine) listeners(family traffic.Family, ep *schemas.Endpoint, answer int) []listener {
	var list []listener
	for i := range e.tally.Rules {
		t := &e.tally.Rules[i]
		r := t.Rule
		if r.Check != nil && t.Error == "" && r.On.Hears(occasionOfFamily[family], answers[answer]) && (r.Only == nil || ep != nil && r.Only(ep)) {
			list = append(list, listener{t, r.Check})
		}
	}
	return list
}

// check runs the rules that judge an exchange by itself. A rule that panics is
// marked broken and hears no more; the others go on.
func (e *Engine) check(rules []listener, f *traffic.Facts) {
	for len(rules) > 0 {
		rules = e.checkFirst(rules, f)
	}
}

// checkFirst runs rules until one panics, and returns those behind it.
func (e *Engine) checkFirst(rules []listener, f *traffic.Facts) (rest []listener) {
	defer func() {
		if p := recover(); p != nil {
			e.blame(p)
			broken := slices.IndexFunc(rules, func(l listener) bool { return l.tally == e.bench.Asked() })
			rest = rules[broken+1:]
		}
	}()
	for i := range rules {
		rules[i].check(e.bench.For(rules[i].tally), f)
	}
	return nil
}

// blame marks the rule at work as broken, and takes it from all lists: they are
// made anew when next they are needed.
func (e *Engine) blame(p any) {
	e.bench.Blame(p)
	clear(e.plans)
	clear(e.byEndpoint)
	for i := range e.scopes {
		e.scopes[i].deafen()
	}
}

// sequence hands the window's spare event to the rules that hear sequences, in
// time order.
func (e *Engine) sequence(ev *rule.Event) {
	if !ev.Exact {
		e.flush()
		switch {
		case ev.Alone:
			e.cut()
			defer e.cut()
		case e.clock.jumps(ev):
			e.tear()
		}
		e.deliver(ev, true)
		e.deliver(ev, false)
		return
	}
	switch {
	case ev.Told().Outcome != "":
		if e.window.late(ev.Sent.Latest.UnixNano()) {
			e.tally.Traffic.Late++
			return
		}
	case e.window.late(sentAt(ev)) || e.clock.steps(ev):
		e.flush()
		e.tear()
		e.setBacks.see(ev)
	case e.setBacks.see(ev):
		e.setBacks.pending = append(e.setBacks.pending, fall{ev.Client, ev.At.Number})
	}
	e.window.add()
	for e.window.full() {
		e.deliverNext()
	}
}

// fill makes an exchange an event, in place.
func (e *Engine) fill(ev *rule.Event, f *traffic.Facts, ep *schemas.Endpoint, own int64) {
	fill(ev, f, ep, &e.names)
	ev.OwnWeight = own
	ev.Client = e.host.venue*31 + traffic.Hash(f.Client)
	ev.Key = ev.Client*31 + f.APIKey
}

// flush delivers all that waits in the window.
func (e *Engine) flush() {
	for !e.window.empty() {
		e.deliverNext()
	}
}

func (e *Engine) deliverNext() {
	if len(e.setBacks.pending) > 0 {
		e.cutSetBacks()
		if e.window.empty() {
			return
		}
	}
	ev, isRequest := e.window.next()
	e.deliver(ev, isRequest)
	e.window.release(isRequest)
}

// tear cuts a recording in two.
func (e *Engine) tear() {
	e.cut()
	e.torn = true
	e.tally.Traffic.Cuts++
}

// cut ends all sequences: what comes is another episode.
func (e *Engine) cut() {
	for i := range e.scopes {
		for who := range e.scopes[i].all {
			e.bench.Event(&e.nothing, who.shown)
			e.heard(who.end, &e.nothing)
		}
	}
	e.window.reset()
	e.setBacks.cut()
	e.clock = fileClock{}
	for i := range e.scopes {
		e.scopes[i].reset()
	}
}

// sequences reports whether any rule hears sequences.
func (e *Engine) sequences() bool {
	return len(e.scopes[rule.PerIP].rules)+len(e.scopes[rule.PerKey].rules) > 0
}

// statement puts what a client told its caller among the events. It belongs to
// no host: whoever drives a client has it speak to one venue.
func (e *Engine) statement(x *traffic.Exchange) {
	if !e.sequences() || !x.Sent.Known() || !x.Received.Known() {
		return
	}
	ev := e.spare()
	*ev = rule.Event{
		At: x.At, Method: "command", Path: e.names.of(x.Annotation.Command.Op, &e.names.path),
		Sent: x.Sent, Received: x.Received, Exact: true, Annotation: x.Annotation,
	}
	ev.At.File = e.names.of(x.At.File, &e.names.file)
	e.place(ev)
}

// tell lets all scopes hear a statement.
func (e *Engine) tell(ev *rule.Event) {
	for i := range e.scopes {
		for who := range e.scopes[i].all {
			e.bench.Event(ev, who.shown)
			e.heard(who.told, ev)
		}
	}
}

// deliver lets the probes of the event's scopes hear one half of it.
func (e *Engine) deliver(ev *rule.Event, isRequest bool) {
	switch {
	case ev.Told().Outcome != "":
		if !isRequest {
			e.tell(ev)
		}
		return
	case !isRequest && !ev.Answered && ev.Lost() == "":
		e.client(ev).shown.Response(ev)
		return
	}
	ev.CompleteHistory = ev.CompleteHistory && !e.torn
	who := e.client(ev)
	if isRequest {
		who.shown.Request(ev)
	} else {
		who.shown.Response(ev)
	}
	e.bench.Event(ev, who.shown)
	e.deliverTo(who, ev, isRequest)
	if s := &e.scopes[rule.PerKey]; len(s.rules) > 0 {
		e.deliverTo(s.of(ev.Key, ev.Client, who.shown, e.tally), ev, isRequest)
	}
}

// client returns the ears of the event's client.
func (e *Engine) client(ev *rule.Event) *ears {
	return e.scopes[rule.PerIP].of(ev.Client, ev.Client, nil, e.tally)
}

func (e *Engine) deliverTo(who *ears, ev *rule.Event, isRequest bool) {
	if isRequest {
		e.heard(who.requests, ev)
		if who.troubled {
			e.heard(who.next, ev)
		}
		return
	}
	if ev.Answered {
		e.heard(who.responses, ev)
	}
	if ev.IsTrouble() {
		who.troubled = true
		e.heard(who.trouble, ev)
	}
	if tried(ev.Annotation) {
		e.heard(who.tried, ev)
	}
}

// heard lets probes hear an event.
func (e *Engine) heard(list []ear, ev *rule.Event) {
	if tried(ev.Annotation) {
		list = earsBut(list)
	}
	for len(list) > 0 {
		list = e.heardFirst(list, ev)
	}
}

// heardFirst lets probes hear an event until one panics, and returns those
// behind it.
func (e *Engine) heardFirst(list []ear, ev *rule.Event) (rest []ear) {
	defer func() {
		if p := recover(); p != nil {
			e.blame(p)
			broken := slices.IndexFunc(list, func(l ear) bool { return l.tally == e.bench.Asked() })
			rest = list[broken+1:]
		}
	}()
	for i := range list {
		list[i].hear(e.bench.For(list[i].tally), ev)
	}
	return nil
}
