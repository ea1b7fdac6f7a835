package edition

// Catalogue is the endpoints of an edition. The nil one has none.
type Catalogue struct {
	Endpoints []Endpoint // Endpoints[i].Index is i

	// Index returns the place of a method and path in Endpoints, -1 where it has
	// none. It does not allocate.
	Index func(method, path string) int
}

// Lookup returns the endpoint of a method (upper case) and a path (exact, as
// sent, without the query string), or nil when the catalogue has none. It does
// not allocate.
func (c *Catalogue) Lookup(method, path string) *Endpoint {
	if c == nil {
		return nil
	}
	i := c.Index(method, path)
	if i < 0 {
		return nil
	}
	return &c.Endpoints[i]
}

// Len is how many endpoints the catalogue has.
func (c *Catalogue) Len() int {
	if c == nil {
		return 0
	}
	return len(c.Endpoints)
}
