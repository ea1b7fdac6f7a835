package schemas

// Endpoints returns the catalogue in its fixed order: Endpoints()[i].Index is
// i. The slice is shared: read only.
func Endpoints() []Endpoint { return endpoints[:] }

// Lookup returns the endpoint of a method (upper case) and a path (exact, as
// sent, without the query string), or nil when the catalogue has none. It does
// not allocate.
func Lookup(method, path string) *Endpoint {
	i := endpointIndex(method, path)
	if i < 0 {
		return nil
	}
	return &endpoints[i]
}
