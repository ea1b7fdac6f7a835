package guard

import "time"

const (
	// slots are how many stretches a window is counted in.
	slots = 64

	// underway is how much later than another a request may arrive that was sent
	// with it: within a limit of a second they count together.
	underway = 250 * time.Millisecond
)

// window counts what was used in the latest stretch of time: in at least its span, and no
// more than a sixtieth, or underway, and one slot more. The zero window counts nothing.
//
//	Slots[i%slots] is the use in slot number i for Latest-slots < i <= Latest
type window struct {
	Width  time.Duration `json:"width"` // of a slot
	Latest int64         `json:"latest"`
	Slots  []int64       `json:"slots"` // slots of them
}

func newWindow(span time.Duration) window {
	covered := span + max(underway, span/60)
	return window{Width: covered / (slots - 1), Slots: make([]int64, slots)}
}

// at moves the window on to an instant, and returns the number of its slot. Time that
// steps back is taken for the latest known; where it steps back by more than the window,
// the clock had been ahead, and what was used is taken for used now.
func (w *window) at(now time.Time) int64 {
	n := max(0, now.UnixNano()/int64(w.Width))
	if w.Latest-n >= slots {
		all := int64(0)
		for i, used := range w.Slots {
			all, w.Slots[i] = all+used, 0
		}
		w.Latest, w.Slots[n%slots] = n, all
	}
	n = max(n, w.Latest)
	for i := max(w.Latest+1, n-slots+1); i <= n; i++ {
		w.Slots[i%slots] = 0
	}
	w.Latest = n
	return n
}

// add counts n at an instant.
func (w *window) add(now time.Time, n int64) { w.Slots[w.at(now)%slots] += n }

// correct changes by n what was counted at an instant, if it is in the window still.
func (w *window) correct(then, now time.Time, n int64) {
	latest, i := w.at(now), then.UnixNano()/int64(w.Width)
	if i > latest-slots && i <= latest {
		w.Slots[i%slots] = max(0, w.Slots[i%slots]+n)
	}
}

// sum is what is in the window.
func (w *window) sum(now time.Time) (n int64) {
	w.at(now)
	for _, used := range w.Slots {
		n += used
	}
	return n
}

// latest is what is in the last n slots.
func (w *window) latest(now time.Time, n int64) (sum int64) {
	last := w.at(now)
	for i := max(0, last-n+1); i <= last; i++ {
		sum += w.Slots[i%slots]
	}
	return sum
}

// until is how long it takes until no more than most is in the window, if nothing comes.
func (w *window) until(now time.Time, most int64) time.Duration {
	n := w.sum(now)
	if n <= most {
		return 0
	}
	for i := w.Latest - slots + 1; i <= w.Latest; i++ {
		if n -= w.Slots[i%slots]; n <= most {
			return time.Duration((i+slots)*int64(w.Width) - now.UnixNano())
		}
	}
	return time.Duration(slots) * w.Width // most is below zero: never
}
