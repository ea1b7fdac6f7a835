package rule

import (
	"fmt"
	"strings"
)

// Counts holds what is counted by name: of the first names in order, so that what is
// kept does not depend on the order in which they were met. Names are taken from
// memory that a reader uses again. Each is copied when it is first met, and what is
// counted is reached by a pointer: who assigns to a known key of a map of strings
// would put the reader's string in the key's place.
type Counts[V any] map[string]*V

// Of returns what was counted under a name.
func (c Counts[V]) Of(name string) (counted V) {
	if v := c[name]; v != nil {
		counted = *v
	}
	return counted
}

// String writes what was counted for people who look for an error.
func (c Counts[V]) String() string {
	plain := map[string]V{}
	for name := range c {
		plain[name] = c.Of(name)
	}
	return fmt.Sprint(plain)
}

// at returns what is counted under a name, to be added to. Where as many names are kept
// as may be, a new one takes the place of the last in order; it is nil for one that is
// itself the last.
func (c *Counts[V]) at(name string, most int) *V {
	if v := (*c)[name]; v != nil {
		return v
	}
	if len(*c) >= most {
		last := c.last()
		if name > last {
			return nil
		}
		delete(*c, last)
	}
	if *c == nil {
		*c = Counts[V]{}
	}
	v := new(V)
	(*c)[strings.Clone(name)] = v
	return v
}

// last is the last name in order. Hostile recordings ask for it with each exchange: it
// takes no memory.
func (c *Counts[V]) last() (last string) {
	for name := range *c {
		last = max(last, name)
	}
	return last
}

// Named counts what was met by name.
type Named struct {
	Counts Counts[int64] `json:"counts,omitempty"`
	More   bool          `json:"more,omitempty"` // there were names beyond the bound
}

// maxNamed bounds the names kept: who reads a list of hundreds knows that
// something is wrong with all of them.
const maxNamed = 256

// add counts n more of a name.
func (m *Named) add(name string, n int64) {
	m.More = m.More || len(m.Counts) >= maxNamed && m.Counts[name] == nil
	if counted := m.Counts.at(name, maxNamed); counted != nil {
		*counted += n
	}
}

func (m *Named) merge(o *Named) {
	for name, n := range o.Counts {
		m.add(name, *n)
	}
	m.More = m.More || o.More
}
