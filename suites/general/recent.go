package general

import "slices"

// recentKept bounds the calls that a rule follows at once for one client or key.
// The widest tables of symbols that a client reads in one go have some tens; a
// client with more in trouble at once is not trading but failing.
const recentKept = 32

// recent are calls that a rule follows, oldest first.
type recent[T any] []T

// follow adds a call. Those that are settled make room; if all are still open,
// the oldest is given up and returned.
func (r *recent[T]) follow(call T, settled func(*T) bool) (givenUp T, full bool) {
	*r = slices.DeleteFunc(*r, func(t T) bool { return settled(&t) })
	if full = len(*r) == recentKept; full {
		givenUp = (*r)[0]
		*r = append((*r)[:0], (*r)[1:]...)
	}
	*r = append(*r, call)
	return givenUp, full
}
