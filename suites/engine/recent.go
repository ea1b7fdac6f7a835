package engine

// maxRecent bounds a generation of clients or keys. When one is full, those of
// the generation before it that were not met again are forgotten: what they
// would have shown is then not exercised, never violated. The probes of one take
// about 6 KB, so that two generations come to 50 MB, and what the collector has not
// yet taken of those before them to several times that.
const maxRecent = 4096

// recent keeps a value for each of the keys met last. The zero value is ready.
//
//	no key is in both generations
//	len(newer) <= maxRecent, and so is len(older)
//	last is the value of lastKey in newer, or nil
type recent[T any] struct {
	newer   map[uint64]*T
	older   map[uint64]*T // the generation before, but for those met again
	lastKey uint64
	last    *T
	forgot  bool // some key that was met is not known any more
}

// of returns the value of a key, and whether it is a new one, of a key that was not
// met before or is forgotten.
func (r *recent[T]) of(key uint64) (v *T, isNew bool) {
	if r.last != nil && r.lastKey == key {
		return r.last, false // as neighbours mostly are
	}
	return r.meet(key)
}

// meet is of for a key that is not the last one.
func (r *recent[T]) meet(key uint64) (v *T, isNew bool) {
	if v = r.newer[key]; v == nil {
		if v = r.older[key]; v == nil {
			v, isNew = new(T), true
		}
		delete(r.older, key)
		if r.newer == nil || len(r.newer) >= maxRecent {
			r.forgot = r.forgot || len(r.older) > 0
			r.newer, r.older = make(map[uint64]*T), r.newer
		}
		r.newer[key] = v
	}
	r.lastKey, r.last = key, v
	return v, isNew
}

// has reports whether a key is known.
func (r *recent[T]) has(key uint64) bool { return r.newer[key] != nil || r.older[key] != nil }

// all yields the values in no order.
func (r *recent[T]) all(yield func(*T) bool) {
	for _, generation := range [...]map[uint64]*T{r.newer, r.older} {
		for _, v := range generation {
			if !yield(v) {
				return
			}
		}
	}
}

// reset forgets all keys.
func (r *recent[T]) reset() {
	clear(r.newer)
	r.older, r.last, r.forgot = nil, nil, false
}
