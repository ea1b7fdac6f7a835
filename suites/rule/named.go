package rule

// Named counts what was met by name. It keeps the first names in order, so that
// what it keeps does not depend on the order in which they were met.
type Named struct {
	Counts map[string]int64 `json:"counts,omitempty"`
	More   bool             `json:"more,omitempty"` // there were names beyond the bound
}

// maxNamed bounds the names kept: who reads a list of hundreds knows that
// something is wrong with all of them.
const maxNamed = 256

// add counts n more of a name, and keeps no more than its bytes.
func (m *Named) add(name []byte, n int64) {
	if _, ok := m.Counts[string(name)]; !ok {
		if len(m.Counts) == maxNamed {
			m.More = true
			last := lastName(m.Counts)
			if string(name) > last {
				return
			}
			delete(m.Counts, last)
		}
		if m.Counts == nil {
			m.Counts = map[string]int64{}
		}
	}
	m.Counts[string(name)] += n
}

func (m *Named) merge(o *Named) {
	for name, n := range o.Counts {
		m.add([]byte(name), n)
	}
	m.More = m.More || o.More
}

// hasRoom reports whether a name that is not among those counted is to be. Where as
// many are as may be, it takes the place of the last in order, or is itself the last.
func hasRoom[V any](named map[string]V, name string, most int) bool {
	if len(named) < most {
		return true
	}
	last := lastName(named)
	if name > last {
		return false
	}
	delete(named, last)
	return true
}

// lastName is the last name in order. Hostile recordings ask for it with each
// exchange: it takes no memory.
func lastName[V any](named map[string]V) (last string) {
	for name := range named {
		last = max(last, name)
	}
	return last
}
