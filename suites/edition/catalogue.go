package edition

import (
	"errors"
	"fmt"
)

// Catalogue is the endpoints of an edition. The nil one has none.
type Catalogue struct {
	Endpoints []Endpoint // Endpoints[i].Index is i

	at [1 << 8][]*Endpoint // by slotOf
}

// slotOf spreads paths, two or three to a slot. Each exchange is looked up, and the
// hash of a map takes longer than all that is compared here.
func slotOf(path string) uint8 {
	n := len(path)
	if n == 0 {
		return 0
	}
	return uint8(n)*17 + path[n/2]*3 + path[n-1]*5
}

// NewCatalogue checks routes, and gives them their places and IDs. It takes the
// slice over.
func NewCatalogue(routes []Endpoint) (*Catalogue, error) {
	if len(routes) == 0 {
		return nil, errors.New("expected routes, found none")
	}
	c := &Catalogue{Endpoints: routes}
	for i := range routes {
		e := &routes[i]
		e.Index, e.ID = i, e.Method+" "+e.Path
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("route %d, %s: %w", i+1, e.ID, err)
		}
		if c.Lookup(e.Method, e.Path) != nil {
			return nil, fmt.Errorf("route %d, %s: expected it once, found it twice", i+1, e.ID)
		}
		c.at[slotOf(e.Path)] = append(c.at[slotOf(e.Path)], e)
	}
	return c, nil
}

func (e *Endpoint) check() error {
	again, changes := &e.Repetition, !e.Safe && e.Method != "GET"
	switch {
	case e.Method == "" || e.Path == "":
		return errors.New("expected a method and a path, found not both")
	case e.TopRule != "" && e.TopRule != TopBySymbol:
		return fmt.Errorf("top_rule: expected %s, found %q", TopBySymbol, e.TopRule)
	case !changes && again.Because != "":
		return errors.New("repetition: expected none for a route that changes nothing, found one")
	case changes && again.Because == "":
		return errors.New("repetition: expected one for a route that changes state, found none")
	case again.ActsTwice && len(again.NamedBy) > 0:
		return errors.New("repetition: expected named_by only where a repetition can't act twice, found it where it can")
	}
	return nil
}

// Lookup returns the endpoint of a method (upper case) and a path (exact, as
// sent, without the query string), or nil when the catalogue has none. It does
// not allocate.
func (c *Catalogue) Lookup(method, path string) *Endpoint {
	if c == nil {
		return nil
	}
	for _, e := range c.at[slotOf(path)] {
		if e.Path == path && e.Method == method {
			return e
		}
	}
	return nil
}

// Len is how many endpoints the catalogue has.
func (c *Catalogue) Len() int {
	if c == nil {
		return 0
	}
	return len(c.Endpoints)
}
