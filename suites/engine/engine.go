package engine

import (
	"cmp"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Options are what a pass over traffic depends on beside the rules.
type Options struct {
	// Edition is what the traffic is held against; nil is the default one.
	Edition *edition.Edition

	Hosts rule.Hosts // whose traffic is judged; the zero value takes any

	// GatewayCounts holds a client to a 429 whoever made it: the limits are those of
	// a gateway of the user's own.
	GatewayCounts bool

	// Reference says that the reference venue answered, which takes what the
	// edition has and nothing that the real one has come to take since.
	Reference bool

	// Live says that what is judged comes over the wire: what Begin begins is no
	// file, and is not counted as one.
	Live bool

	// Hide hides secrets in findings; nil is a masker that knows no values.
	Hide *mask.Masker

	// MaxFindings bounds the findings kept for one rule (counts go on); 0
	// keeps all.
	MaxFindings int
	// MaxOfAKind bounds those of one Kind; 0 keeps any.
	MaxOfAKind int
}

// held is the edition that the traffic is held against.
func (o *Options) held() *edition.Edition { return cmp.Or(o.Edition, edition.Default()) }

// tally is the empty one of a pass by the rules.
func (o *Options) tally(rules []*rule.Rule) *rule.Tally {
	return rule.NewTally(o.held(), rules, o.limit())
}

// asked are the rules, each with its own part of the tally.
func asked(rules []*rule.Rule, t *rule.Tally) []rule.Asked {
	list := make([]rule.Asked, len(rules))
	for i, r := range rules {
		list[i] = rule.Asked{Rule: r, Tally: &t.Rules[i]}
	}
	return list
}

func (o *Options) limit() rule.Bounds {
	return rule.Bounds{Findings: o.MaxFindings, OfAKind: o.MaxOfAKind}
}

func (o *Options) bench() *rule.Bench {
	return rule.NewBench(rule.Trial{Edition: o.held(), GatewayCounts: o.GatewayCounts, Reference: o.Reference}, o.Hide, o.limit())
}

// Engine judges recordings by a set of rules in one streaming pass: constant
// memory for a file of any length, and no allocation per exchange once its
// buffers have grown. It is not safe for concurrent use: one a goroutine, and
// merge their tallies.
//
//	e := engine.New(rules, opts)
//	e.Begin()
//	for x := range exchanges { e.Observe(x) }
//	e.End()
//	t := e.Tally()
//
// It is a Front, which makes events of exchanges, an Order, which puts those of a
// recording in time order and finds where its clocks can't be followed, a
// Sequencer, which hears each client's events, and a Joiner, which hears both sides
// of a proxy.
type Engine struct {
	live  bool
	tally *rule.Tally
	front *Front
	hops  *Joiner
	order *Order
	heard *Sequencer
}

// New makes an engine for the rules.
func New(rules []*rule.Rule, opts Options) *Engine {
	e := &Engine{live: opts.Live, tally: opts.tally(rules)}
	e.front, e.heard = newFront(rules, e.tally, opts), newSequencer(rules, e.tally, opts)
	e.hops = newJoiner(e.front)
	e.order = NewOrder(&e.tally.Traffic, e.heard.Hear)
	return e
}

// Tally returns the outcome so far; it is complete after End. It is the
// engine's own until the engine is dropped.
func (e *Engine) Tally() *rule.Tally { return e.tally }

// Take returns the outcome so far, which is the caller's from now on, and
// starts counting anew. Between End and Begin it cuts a pass into tallies of
// one recording each, which merge to the same whole whoever judged which.
func (e *Engine) Take() *rule.Tally { return e.front.Take() }

// Begin starts a recording, or a connection to what is live: its sequences have nothing to do with those of the
// recording before it.
func (e *Engine) Begin() {
	if !e.live {
		e.tally.Traffic.Files++
	}
	e.order.Begin()
	e.hops.Begin()
	e.heard.End()
}

// Continue says that the recording goes on in another file.
func (e *Engine) Continue() { e.tally.Traffic.Files++ }

// Observe judges one exchange, which it does not keep.
func (e *Engine) Observe(x *traffic.Exchange) {
	if ev := e.order.spare(); e.front.Read(x, ev) {
		e.hops.Hear(ev)
		e.order.place()
	}
}

// Hear takes an event that another Front of the same rules made of the recording's
// next exchange, for those who hear sequences and hops. Its number is that within the
// recording. What that Front counted is to be merged with what Take returns.
func (e *Engine) Hear(ev *rule.Event) {
	e.hops.Hear(ev)
	e.order.Put(ev)
}

// Missed says that an entry of the recording could not be read, which stood here: see
// Joiner.Missed.
func (e *Engine) Missed() { e.hops.Missed() }

// Advance says that nothing that happened earlier than t is still to be observed,
// so that what waits before it is judged at once. It changes no verdict, only when
// it is there. See Order.Advance for what waits all the same, and
// Joiner for how long a hop does.
func (e *Engine) Advance(t time.Time) {
	e.order.Advance(t)
	e.hops.Advance(t)
}

// End finishes a recording and judges what still waits to be put in order.
func (e *Engine) End() {
	e.order.End()
	e.heard.End()
	e.hops.End()
}
