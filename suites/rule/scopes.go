package rule

// maxScopes bounds the clients or keys followed at once. Beyond it the whole
// generation is forgotten: what it would have shown is then not exercised,
// never violated. At about 3 KB a scope the bound costs 100 MB at the most.
const maxScopes = 32768

// scopes holds one set of probes for each scope key.
type scopes struct {
	byKey   map[uint64][]Probe
	lastKey uint64
	last    []Probe
}

func (s *scopes) reset() {
	clear(s.byKey)
	s.last = nil
}

// of returns the probes of a key, one for each of the engine's probe rules.
func (s *scopes) of(key uint64, e *Engine) []Probe {
	if s.last != nil && s.lastKey == key {
		return s.last
	}
	probes, ok := s.byKey[key]
	if !ok {
		probes = make([]Probe, len(e.probes))
		for i, at := range e.probes {
			probes[i] = e.tally.Rules[at].Rule.New()
		}
		if s.byKey == nil || len(s.byKey) >= maxScopes {
			s.byKey = make(map[uint64][]Probe)
		}
		s.byKey[key] = probes
	}
	s.lastKey, s.last = key, probes
	return probes
}
