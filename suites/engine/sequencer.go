package engine

import (
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// probes are those of one scope key in one episode, by the half of an exchange
// they hear.
type probes struct {
	requests, responses, trouble, next, told, tried, end audience[*rule.Event]

	client   uint64 // whose they are: the key itself of the scope of a client
	episode  int64
	troubled bool           // a response that is trouble was heard
	shown    *rule.Evidence // of the client, in the episode
}

// scopes holds the probes of each key of one rule.Scope.
type scopes struct {
	rules [traffic.Behind + 1][]int // indexes of the rules with probes of this scope, by the side they hear
	keys  recent[probes]
}

// Sequencer is the half of an engine that hears sequences: events in, verdicts out.
// It knows no recording and has no clock. Of each client, which Event.Client names,
// it must be told the halves of exchanges in the order of time; clients may come in
// any order, or each to a Sequencer of its own, and tallies are merged then. It is
// not safe for concurrent use.
//
//	all probes of a client that hear are of one episode, that of the event
//	heard last; those of an episode before have ended, or end when their
//	key is met again, at the latest at End
type Sequencer struct {
	asked   []rule.Asked // the rules, in their order
	tally   *rule.Tally  // of them
	bench   rule.Bench
	scopes  [2]scopes  // by rule.Scope
	needs   rule.Needs // of all rules
	nothing rule.Event // what probes hear at the end, of which no event tells
}

// NewSequencer makes a sequencer for the rules.
func NewSequencer(rules []*rule.Rule, opts Options) *Sequencer {
	return newSequencer(rules, opts.tally(rules), opts)
}

func newSequencer(rules []*rule.Rule, tally *rule.Tally, opts Options) *Sequencer {
	s := &Sequencer{asked: asked(rules, tally), tally: tally, bench: *opts.bench()}
	for i, r := range rules {
		if r.New != nil {
			for side := range s.scopes[r.Scope].rules {
				if by := &s.scopes[r.Scope].rules[side]; hears(r.Party, traffic.Side(side)) {
					*by = append(*by, i)
				}
			}
			s.needs |= r.Needs
		}
	}
	return s
}

// Tally returns the outcome so far; it is complete after End.
func (s *Sequencer) Tally() *rule.Tally { return s.tally }

// Hear lets the probes of the event's client, and of its key, hear one half of it.
// An event of another episode than the one before it ends the client's sequences.
// Of a statement there is but the second half.
func (s *Sequencer) Hear(ev *rule.Event, isRequest bool) {
	if ev.Statement() {
		s.tell(ev)
		return
	}
	who := s.of(rule.PerIP, ev.Client, ev)
	if isRequest {
		who.shown.Request(ev)
	} else if who.shown.Response(ev); !ev.Answered && ev.Lost() == "" {
		return
	}
	s.bench.Event(ev, who.shown)
	s.deliver(who, ev, isRequest)
	if len(s.scopes[rule.PerKey].rules[ev.Annotation.Side()]) > 0 {
		of := s.of(rule.PerKey, ev.Key, ev)
		of.shown = who.shown
		s.bench.Event(ev, who.shown) // the key's probes of another episode may have ended on it
		s.deliver(of, ev, isRequest)
	}
}

// End ends all sequences: nothing more comes of any client.
func (s *Sequencer) End() {
	for i := range s.scopes {
		for who := range s.scopes[i].keys.all {
			s.end(who)
		}
		s.scopes[i].keys.reset()
	}
}

// of returns the probes of a key in the event's episode, which are made when it is
// first met there.
func (s *Sequencer) of(scope rule.Scope, key uint64, ev *rule.Event) *probes {
	who, isNew := s.scopes[scope].keys.of(key)
	if isNew || who.episode != ev.Episode {
		if !isNew {
			s.end(who)
		}
		*who = probes{client: ev.Client, episode: ev.Episode}
		if scope == rule.PerIP {
			who.shown = rule.NewEvidence(s.needs)
		}
		s.open(who, s.scopes[scope].rules[ev.Annotation.Side()])
	}
	return who
}

// open makes the probes of rules, but for those that broke.
func (s *Sequencer) open(who *probes, rules []int) {
	for _, i := range rules {
		a := &s.asked[i]
		if a.Tally.Error != "" {
			continue
		}
		p := a.Rule.New()
		var end func(*rule.Trial, *rule.Event)
		if p.End != nil {
			end = func(t *rule.Trial, _ *rule.Event) { p.End(t) }
		}
		who.requests.add(a, p.Request)
		who.responses.add(a, p.Response)
		who.trouble.add(a, p.Trouble)
		who.next.add(a, p.Next)
		who.told.add(a, p.Told)
		who.tried.add(a, p.Tried)
		who.end.add(a, end)
	}
}

// tell lets all probes of a client hear a statement.
func (s *Sequencer) tell(ev *rule.Event) {
	for i := range s.scopes {
		for who := range s.scopes[i].keys.all {
			if who.client == ev.Client && who.episode == ev.Episode {
				s.bench.Event(ev, who.shown)
				s.heard(&who.told, ev)
			}
		}
	}
}

// end lets the probes of a key hear that nothing more will come.
func (s *Sequencer) end(who *probes) {
	s.bench.Event(&s.nothing, who.shown)
	s.heard(&who.end, &s.nothing)
}

func (s *Sequencer) deliver(who *probes, ev *rule.Event, isRequest bool) {
	if isRequest {
		s.heard(&who.requests, ev)
		if who.troubled {
			s.heard(&who.next, ev)
		}
		return
	}
	if ev.Answered {
		s.heard(&who.responses, ev)
	}
	if ev.IsTrouble() {
		who.troubled = true
		s.heard(&who.trouble, ev)
	}
	if tried(ev.Annotation) {
		s.heard(&who.tried, ev)
	}
}

// heard lets probes hear an event.
func (s *Sequencer) heard(who *audience[*rule.Event], ev *rule.Event) {
	ask(&s.bench, who.of(ev.Annotation), ev, s.deafen)
}

// deafen stops all ears of the rules that broke.
func (s *Sequencer) deafen() {
	for i := range s.scopes {
		for who := range s.scopes[i].keys.all {
			who.deafen()
		}
	}
}

// deafen stops the ears of the rules that broke.
func (p *probes) deafen() {
	for _, list := range [...]*audience[*rule.Event]{&p.requests, &p.responses, &p.trouble, &p.next, &p.told, &p.tried, &p.end} {
		for i := range list.all {
			if list.all[i].asked.Tally.Error != "" {
				list.all[i].hear = func(*rule.Trial, *rule.Event) {}
			}
		}
	}
}
