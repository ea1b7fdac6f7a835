package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
)

// Options are what a pass over traffic depends on beside the rules.
type Options struct {
	Edition clause.Edition
	Hosts   Hosts // whose traffic is judged; the zero value takes any

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
//	e := rule.NewEngine(rules, opts)
//	e.Begin("file.har")
//	for x := range exchanges { e.Observe(x) }
//	e.End()
//	t := e.Tally()
type Engine struct {
	opts  Options
	tally Tally

	// byEndpoint[i][a] are the Check rules that listen to answers of kind a
	// of the endpoint that slotOf gives the index i.
	byEndpoint [][len(answers)][]listener
	plans      []*traffic.Plan // by the same index

	facts traffic.Facts
	c     Trial

	names    interner
	window   window
	setBacks setBacks
	torn     bool      // the recording was cut: it doesn't show all that came before
	scopes   [2]scopes // by Scope
	clock    fileClock
	route    []byte // of the unknown one met last, memory to use again
	nothing  Event  // what probes hear at the end, of which no event tells
	host     host

	part *Part // of a recording whose sequences another engine judges; nil for none
}

// host is what the engine knows of the host it met last.
type host struct {
	name, port string
	gap, other bool // what else Hosts looks at
	taken      bool
	venue      uint64
}

// where looks a host up, once for all neighbours in a recording that share it.
func (e *Engine) where(f *traffic.Facts) *host {
	h := &e.host
	gap, other := f.Gaps.Has(traffic.GapHost), f.Family == traffic.FamilyOther
	if h.name != f.Host || h.port != f.Port || h.gap != gap || h.other != other || h.venue == 0 {
		*h = host{
			name: cloned(f.Host), port: cloned(f.Port), gap: gap, other: other,
			taken: e.opts.Hosts.match(f), venue: traffic.Hash(venueOf(f.Host)),
		}
	}
	return h
}

// NewEngine makes an engine for the rules, which it judges in their order.
func NewEngine(rules []*Rule, opts Options) *Engine {
	e := &Engine{opts: opts, names: interner{kept: map[string]string{}}}
	e.tally = Tally{Edition: opts.Edition.ID, Rules: make([]RuleTally, len(rules)), limit: bounds{opts.MaxFindings, opts.MaxOfAKind}}
	for i, r := range rules {
		e.tally.Rules[i].Rule = r
		if r.New != nil {
			e.scopes[r.Scope].rules = append(e.scopes[r.Scope].rules, i)
		}
	}
	n := len(schemas.Endpoints()) + len(occasionOfFamily)
	e.byEndpoint, e.plans = make([][len(answers)][]listener, n), make([]*traffic.Plan, n)
	e.c.limit, e.c.Edition = e.tally.limit, opts.Edition
	e.c.GatewayCounts, e.c.Reference, e.c.hide = opts.GatewayCounts, opts.Reference, opts.Hide
	return e
}

// Tally returns the outcome so far; it is complete after End. It is the
// engine's own until the engine is dropped.
func (e *Engine) Tally() *Tally { return &e.tally }

// Take returns the outcome so far, which is the caller's from now on, and
// starts counting anew. Between End and Begin it cuts a pass into tallies of
// one recording each, which merge to the same whole whoever judged which.
func (e *Engine) Take() *Tally {
	t := e.tally
	e.tally = Tally{Edition: t.Edition, Rules: t.Rules, limit: t.limit}
	t.Rules = slices.Clone(t.Rules) // those of the engine stay where its lists point
	for i := range e.tally.Rules {
		e.tally.Rules[i] = RuleTally{Rule: t.Rules[i].Rule}
	}
	return &t
}

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
		e.tally.leaveOut(f)
		return
	}
	e.tally.Traffic.Exchanges++
	ep := schemas.Lookup(x.Request.Method, f.Path)
	slot := slotOf(f, ep)
	if e.plans[slot] == nil {
		e.learn(slot, f.Family, ep)
	}
	f.ScanResponse(e.plans[slot])
	e.c.OwnWeight = weight.Recorded(f, ep)
	listening := e.byEndpoint[slot][answerOf(f)]
	if !tried(x.Annotation) {
		e.tally.Traffic.Artefacts.note(f, ep)
		if ep == nil {
			e.route = e.tally.unknown(f, e.route)
		}
	} else { // what is missing was left out on purpose
		listening = listenersBut(listening)
	}
	e.check(f, ep, listening)
	if e.sequences() {
		ev := e.spare()
		e.fill(ev, f, ep)
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
	tally *RuleTally // its own
	check func(*Trial, *traffic.Facts)
}

// listeners returns the Check rules that hear of an endpoint's answers of one
// kind, but for those that broke.
func (e *Engine) listeners(family traffic.Family, ep *schemas.Endpoint, answer int) []listener {
	var list []listener
	for i := range e.tally.Rules {
		t := &e.tally.Rules[i]
		r := t.Rule
		if r.Check != nil && t.Error == "" && r.On.hears(occasionOfFamily[family], answers[answer]) && (r.Only == nil || ep != nil && r.Only(ep)) {
			list = append(list, listener{t, r.Check})
		}
	}
	return list
}

// planOf is the scan plan of an endpoint. A path the plan cannot follow is a
// fault of the catalogue, which a test of it finds; here it only means that
// nothing is asked.
func planOf(ep *schemas.Endpoint) *traffic.Plan {
	if ep == nil {
		return traffic.DefaultPlan
	}
	p, err := compilePlan(ep)
	if err != nil {
		return traffic.DefaultPlan
	}
	return p
}

// compilePlan turns what the catalogue says of an endpoint's lists and times
// into a scan plan.
func compilePlan(ep *schemas.Endpoint) (*traffic.Plan, error) {
	var orders []traffic.OrderQuery
	for _, o := range ep.Orders {
		orders = append(orders, traffic.OrderQuery{Array: o.Array, Key: o.Key, Strict: o.Strict, GroupBySymbol: o.GroupBySymbol})
	}
	var times []traffic.TimeQuery
	for _, t := range ep.Times {
		times = append(times, traffic.TimeQuery{Path: t.Path, Sentinels: t.Sentinels})
	}
	return traffic.NewPlan(orders, times)
}

// check runs the rules that judge an exchange by itself. A rule that panics is
// marked broken and hears no more; the others go on.
func (e *Engine) check(f *traffic.Facts, ep *schemas.Endpoint, rules []listener) {
	e.c.facts, e.c.event, e.c.Endpoint = f, nil, ep
	for len(rules) > 0 {
		rules = e.checkFirst(rules)
	}
}

// checkFirst runs rules until one panics, and returns those behind it.
func (e *Engine) checkFirst(rules []listener) (rest []listener) {
	defer func() {
		if p := recover(); p != nil {
			e.blame(p)
			broken := slices.IndexFunc(rules, func(l listener) bool { return l.tally == e.c.tally })
			rest = rules[broken+1:]
		}
	}()
	for i := range rules {
		e.c.tally = rules[i].tally
		rules[i].check(&e.c, e.c.facts)
	}
	return nil
}

// blame marks the rule at work as broken, and takes it from all lists: they are
// made anew when next they are needed.
func (e *Engine) blame(p any) {
	at := e.c.where()
	e.c.tally.Error = e.c.Masked(fmt.Sprintf("the check broke at %s:%d (exchange %d): %v", at.File, at.Line, at.Exchange, p))
	clear(e.plans)
	clear(e.byEndpoint)
	for i := range e.scopes {
		e.scopes[i].deafen()
	}
}

// sequence hands the window's spare event to the rules that hear sequences, in
// time order.
func (e *Engine) sequence(ev *Event) {
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
	case e.window.late(ev.sentAt) || e.clock.steps(ev):
		e.flush()
		e.tear()
		e.setBacks.see(ev)
	case e.setBacks.see(ev):
		e.setBacks.pending = append(e.setBacks.pending, fall{ev.scopeIP, ev.At.Number})
	}
	e.window.add()
	for e.window.full() {
		e.deliverNext()
	}
}

// fill makes an exchange an event, in place.
func (e *Engine) fill(ev *Event, f *traffic.Facts, ep *schemas.Endpoint) {
	ev.fill(f, ep, &e.names)
	ev.OwnWeight = e.c.OwnWeight
	ev.scopeIP = e.host.venue*31 + traffic.Hash(f.Client)
	ev.scopeKey = ev.scopeIP*31 + f.APIKey
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
	e.c.facts, e.c.event, e.c.Endpoint = nil, &e.nothing, nil
	for i := range e.scopes {
		for who := range e.scopes[i].all {
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
	return len(e.scopes[PerIP].rules)+len(e.scopes[PerKey].rules) > 0
}

// statement puts what a client told its caller among the events. It belongs to
// no host: whoever drives a client has it speak to one venue.
func (e *Engine) statement(x *traffic.Exchange) {
	if !e.sequences() || !x.Sent.Known() || !x.Received.Known() {
		return
	}
	ev := e.spare()
	*ev = Event{
		At: x.At, Method: "command", Path: e.names.of(x.Annotation.Command.Op, &e.names.path),
		Sent: x.Sent, Received: x.Received, Exact: true, Annotation: x.Annotation,
	}
	ev.At.File = e.names.of(x.At.File, &e.names.file)
	ev.stamp()
	e.place(ev)
}

// tell lets all scopes hear a statement.
func (e *Engine) tell(ev *Event) {
	e.c.facts, e.c.event, e.c.Endpoint = nil, ev, nil
	for i := range e.scopes {
		for who := range e.scopes[i].all {
			e.heard(who.told, ev)
		}
	}
}

// deliver lets the probes of the event's scopes hear one half of it.
func (e *Engine) deliver(ev *Event, isRequest bool) {
	switch {
	case ev.Told().Outcome != "":
		if !isRequest {
			e.tell(ev)
		}
		return
	case !isRequest && !ev.Answered && ev.Lost() == "":
		e.scopes[PerIP].of(ev.scopeIP, ev.scopeIP, &e.tally).company.answered(ev, false)
		return
	}
	ev.CompleteHistory = ev.CompleteHistory && !e.torn
	e.c.facts, e.c.event, e.c.Endpoint = nil, ev, ev.Endpoint
	who := e.scopes[PerIP].of(ev.scopeIP, ev.scopeIP, &e.tally)
	e.evidence(who, ev, isRequest)
	e.deliverTo(who, ev, isRequest)
	if s := &e.scopes[PerKey]; len(s.rules) > 0 {
		e.deliverTo(s.of(ev.scopeKey, ev.scopeIP, &e.tally), ev, isRequest)
	}
}

// evidence updates what the rules on one IP share, and those on its keys.
func (e *Engine) evidence(who *ears, ev *Event, isRequest bool) {
	e.c.company = &who.company
	if isRequest {
		who.company.asked(ev)
		return
	}
	who.company.answered(ev, ev.isTrouble())
	if ev.Answered {
		e.c.step, e.c.hasStep = who.weights.next(ev)
	}
	who.bans.hear(ev)
	e.c.bans = &who.bans
}

func (e *Engine) deliverTo(who *ears, ev *Event, isRequest bool) {
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
	if ev.isTrouble() {
		who.troubled = true
		e.heard(who.trouble, ev)
	}
	if tried(ev.Annotation) {
		e.heard(who.tried, ev)
	}
}

// heard lets probes hear an event.
func (e *Engine) heard(list []ear, ev *Event) {
	if tried(ev.Annotation) {
		list = earsBut(list)
	}
	for len(list) > 0 {
		list = e.heardFirst(list, ev)
	}
}

// heardFirst lets probes hear an event until one panics, and returns those
// behind it.
func (e *Engine) heardFirst(list []ear, ev *Event) (rest []ear) {
	defer func() {
		if p := recover(); p != nil {
			e.blame(p)
			broken := slices.IndexFunc(list, func(l ear) bool { return l.tally == e.c.tally })
			rest = list[broken+1:]
		}
	}()
	for i := range list {
		e.c.tally = list[i].tally
		list[i].hear(&e.c, ev)
	}
	return nil
}

// interner keeps one copy of the strings that recordings repeat: file names,
// hosts, methods, paths.
type interner struct {
	kept                     map[string]string
	file, host, path, method string // those of the exchange before
}

// maxNames bounds the interner; a path with an id in every request must not
// fill the memory. Beyond it a string is cloned each time.
const maxNames = 4096

// of returns a lasting copy of s by way of last, the one it returned before in
// the same place: neighbours in a recording mostly agree.
func (n *interner) of(s string, last *string) string {
	if s == *last {
		return *last
	}
	kept, ok := n.kept[s]
	if !ok {
		kept = strings.Clone(s)
		if len(n.kept) < maxNames {
			n.kept[kept] = kept
		}
	}
	*last = kept
	return kept
}

func cloned(s string) string { return strings.Clone(s) }

// maxNameLen bounds, in bytes, what is kept of a host, a method or a path. A
// DNS name has 253 and the longest path of the document 40, but a recording may
// claim as many as an entry has, and thousands of names are kept at once.
const maxNameLen = 1024

func short(s string) string { return s[:min(len(s), maxNameLen)] }

// shortPath cuts between segments: what is left of a key that was cut would no
// longer be known as one, and not be masked.
func shortPath(s string) string {
	if len(s) <= maxNameLen {
		return s
	}
	s = s[:maxNameLen]
	return s[:strings.LastIndexByte(s, '/')+1]
}
