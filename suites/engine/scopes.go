package engine

import (
	"maps"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// maxScopes bounds a generation of clients or keys. When one is full, those of
// the generation before it that were not met again are forgotten: what they
// would have shown is then not exercised, never violated. A scope takes about
// 6 KB, so that two generations come to 50 MB, and what the collector has not yet
// taken of those before them to several times that.
const maxScopes = 4096

// ear is one half of a probe: the rule it belongs to and what hears.
type ear struct {
	tally *rule.RuleTally // of the rule
	hear  func(*rule.Trial, *rule.Event)
}

// ears are the probes of one scope key, by the half of an exchange they hear.
type ears struct {
	requests, responses, trouble, next, told, tried, end []ear
	client                                               uint64         // whose they are: the key itself of the scope of a client
	troubled                                             bool           // a response that is trouble was heard
	shown                                                *rule.Evidence // of the client
}

// scopes holds the ears of each key of one Scope.
type scopes struct {
	rules   []int // indexes of the rules with probes of this scope
	byKey   map[uint64]*ears
	older   map[uint64]*ears // the generation before, but for those met again
	lastKey uint64
	last    *ears
}

func (s *scopes) reset() {
	clear(s.byKey)
	s.older, s.last = nil, nil
}

// all yields the ears of each key.
func (s *scopes) all(yield func(*ears) bool) {
	for _, generation := range [...]map[uint64]*ears{s.byKey, s.older} {
		for _, e := range generation {
			if !yield(e) {
				return
			}
		}
	}
}

// forget forgets all ears of a client.
func (s *scopes) forget(client uint64) {
	for _, generation := range [...]map[uint64]*ears{s.byKey, s.older} {
		maps.DeleteFunc(generation, func(_ uint64, e *ears) bool { return e.client == client })
	}
	s.last = nil
}

// of returns the ears of a client's key; probes are made when a key is first met.
// shown is the client's evidence, nil to make it.
func (s *scopes) of(key, client uint64, shown *rule.Evidence, tally *rule.Tally) *ears {
	if s.last != nil && s.lastKey == key {
		return s.last
	}
	e := s.byKey[key]
	if e == nil {
		if e = s.older[key]; e == nil {
			e = s.open(tally)
			if e.client, e.shown = client, shown; shown == nil {
				e.shown = new(rule.Evidence)
			}
		} else {
			delete(s.older, key)
		}
		if s.byKey == nil || len(s.byKey) >= maxScopes {
			s.byKey, s.older = make(map[uint64]*ears), s.byKey
		}
		s.byKey[key] = e
	}
	s.lastKey, s.last = key, e
	return e
}

// deafen stops the ears of the rules that broke.
func (s *scopes) deafen() {
	for e := range s.all {
		for _, list := range [][]ear{e.requests, e.responses, e.trouble, e.next, e.told, e.tried, e.end} {
			for i := range list {
				if list[i].tally.Error != "" {
					list[i].hear = func(*rule.Trial, *rule.Event) {}
				}
			}
		}
	}
}

func (s *scopes) open(tally *rule.Tally) *ears {
	e := new(ears)
	for _, i := range s.rules {
		t := &tally.Rules[i]
		if t.Error != "" {
			continue
		}
		p := t.Rule.New()
		var end func(*rule.Trial, *rule.Event)
		if p.End != nil {
			end = func(c *rule.Trial, _ *rule.Event) { p.End(c) }
		}
		for _, half := range []struct {
			list *[]ear
			hear func(*rule.Trial, *rule.Event)
		}{{&e.requests, p.Request}, {&e.responses, p.Response}, {&e.trouble, p.Trouble}, {&e.next, p.Next}, {&e.told, p.Told}, {&e.tried, p.Tried}, {&e.end, end}} {
			if half.hear != nil {
				*half.list = append(*half.list, ear{t, half.hear})
			}
		}
	}
	return e
}
