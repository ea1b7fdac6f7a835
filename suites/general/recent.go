package general

// recentKept bounds the calls that a rule follows at once for one client or key.
// The widest tables of symbols that a client reads in one go have some tens; a
// client with more in trouble at once is not trading but failing.
const recentKept = 32

// recent are calls that a rule follows, oldest first.
type recent[T any] []T

// follow adds a call. Those that are settled make room; if all are still open,
// the oldest is given up and returned.
func (r *recent[T]) follow(call T, settled func(*T) bool) (givenUp T, full bool) {
	open := (*r)[:0]
	for i := range *r {
		if t := &(*r)[i]; !settled(t) {
			open = append(open, *t)
		}
	}
	if full = len(open) == recentKept; full {
		givenUp = open[0]
		open = append(open[:0], open[1:]...)
	}
	*r = append(open, call)
	return givenUp, full
}
