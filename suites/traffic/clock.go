package traffic

import "time"

// SteadyClock returns a clock to read the instants of exchanges from: it shows
// what the machine's clock shows now, and counts on from there whatever that is
// set to later. Whoever times what it serves or sends asks one such clock for
// all of it; two differ where the machine's clock was set between them. It may
// be asked by many goroutines at once.
//
// While a machine sleeps the clock stands still on most systems. It is for runs,
// and not for days.
func SteadyClock() func() time.Time {
	began := time.Now()
	return SteadyClockOf(func() time.Time { return began }, func() time.Duration { return time.Since(began) })
}

// SteadyClockOf is SteadyClock over other sources: a clock that tells the time of
// day, which is asked once, and one that is never set, which tells how much time
// has passed since an instant of its own.
//
// Each of a program's readings is of the second one alone. time.Now reads both, one
// a little behind the other, by milliseconds where the processor is taken away
// between the two: by such readings a response could end before a request that was
// answered while it was made, and a recording would tell a wrong order.
func SteadyClockOf(timeOfDay func() time.Time, passed func() time.Duration) func() time.Time {
	began, from := timeOfDay().Round(0), passed()
	return func() time.Time { return began.Add(passed() - from) }
}
