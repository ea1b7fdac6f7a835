package judge

import (
	"iter"
	"sync"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// inParts judges a recording in parts, each read and judged by a core of its own,
// so that no core touches what another one read. What the parts come to is
// absorbed by the worker's engine in the order of the recording. At the first
// part that is out of the ordinary it ends: the worker reads on from there.
type inParts struct {
	w     *worker
	parts *cassettes.Parts

	free    chan *judgedPart // that hold no part; all there are fit in
	stopped chan struct{}    // nothing more is to be cut off
	stop    func()

	cutting  sync.Mutex // held to cut off the next part
	taken    int        // how many were
	panicked *panicked  // by what reads the stream

	absorbing sync.Mutex          // held to use the worker's engine, and what follows
	judged    map[int]*judgedPart // that wait for their turn
	next      int                 // whose turn it is
	odd       bool                // that one can't be absorbed
	entries   int64
	numbers   int
	faults    faults
}

// judgedPart is a part at work, used again and again.
type judgedPart struct {
	turn    int
	part    *cassettes.Part
	tally   *rule.Tally  // of the rules that judge an exchange by itself
	events  []rule.Event // for those that hear sequences
	entries int64
	faults  faults
	missed  int // how many events stand before the first fault
	odd     bool
}

// faults are the first errors of a recording, and how many there were.
type faults struct {
	errs []error
	n    int64
}

func (f *faults) add(err error) {
	if f.n++; f.n <= maxErrors {
		f.errs = append(f.errs, err)
	}
}

func (f *faults) addAll(o *faults) {
	f.errs = append(f.errs, o.errs[:min(len(o.errs), maxErrors-len(f.errs))]...)
	f.n += o.n
}

// judgeInParts judges the recording's parts on so many cores, and returns what is
// left to be judged by one.
func (w *worker) judgeInParts(parts *cassettes.Parts, cores int) (rest iter.Seq2[*traffic.Exchange, error], found faults) {
	atWork := 2*cores + 2 // that cores need not wait for one that another program holds up
	a := &inParts{w: w, parts: parts, free: make(chan *judgedPart, atWork), stopped: make(chan struct{}), judged: map[int]*judgedPart{}}
	a.stop = sync.OnceFunc(func() { close(a.stopped) })
	for range atWork {
		a.free <- &judgedPart{}
	}
	for len(w.fronts) < cores {
		w.fronts = append(w.fronts, engine.NewFront(w.p.o.Rules, w.p.o.Engine))
	}
	var all sync.WaitGroup
	for _, e := range w.fronts[:cores] {
		all.Go(func() { a.work(e) })
	}
	all.Wait()
	if a.panicked != nil {
		panic(a.panicked)
	}
	var left []*cassettes.Part
	for turn := a.next; turn < a.taken; turn++ {
		left = append(left, a.judged[turn].part)
	}
	return parts.Rest(left, a.numbers, a.entries, a.faults.n), a.faults
}

func (a *inParts) work(e *engine.Front) {
	for a.w.p.ctx.Err() == nil {
		select {
		case p := <-a.free:
			if !a.cut(p) {
				a.stop()
				return
			}
			p.judge(e)
			a.hand(p)
		case <-a.stopped:
			return
		}
	}
}

// cut fills a judgedPart with the next part.
func (a *inParts) cut(p *judgedPart) bool {
	a.cutting.Lock()
	defer a.cutting.Unlock()
	defer func() {
		if v := recover(); v != nil {
			a.panicked = caught(v)
		}
	}()
	select {
	case <-a.stopped:
		return false
	default:
	}
	part := a.parts.Next(p.part)
	if part == nil {
		return false
	}
	*p = judgedPart{turn: a.taken, part: part, events: p.events[:0]}
	a.taken++
	return true
}

// judge has e judge the part. A panic makes it odd: who reads it again, in its
// turn, will meet it.
func (p *judgedPart) judge(e *engine.Front) {
	defer func() { p.tally = e.Take() }()
	defer func() {
		if recover() != nil {
			p.odd = true
		}
	}()
	for x, err := range p.part.Exchanges() {
		switch p.entries++; {
		case err != nil:
			if p.faults.add(err); p.faults.n == 1 {
				p.missed = len(p.events)
			}
		default:
			p.read(e, x)
		}
	}
}

// read has e judge an exchange by itself, and keeps the event of it.
func (p *judgedPart) read(e *engine.Front, x *traffic.Exchange) {
	n := len(p.events)
	p.events = append(p.events, rule.Event{})
	if !e.Read(x, &p.events[n]) {
		p.events = p.events[:n]
	}
}

// hand absorbs a part that was judged, and those that waited for it.
func (a *inParts) hand(p *judgedPart) {
	a.absorbing.Lock()
	defer a.absorbing.Unlock()
	a.judged[p.turn] = p
	for !a.odd {
		p := a.judged[a.next]
		if p == nil {
			return
		}
		if !a.absorb(p) {
			a.odd = true
			a.stop()
			return
		}
		delete(a.judged, a.next)
		a.next++
		a.free <- p
	}
}

// absorb adds a part to what the worker's engine has of the recording. It reports
// false, having done nothing, for one that is odd or in which a check broke: what
// such a part comes to depends on what came before, and is for the worker to find.
func (a *inParts) absorb(p *judgedPart) bool {
	entries, broken := a.entries+p.entries, a.faults.n+p.faults.n
	if p.odd || !a.parts.Allow(entries, broken) || p.tally.Broke() || a.w.engine.Tally().Broke() {
		return false
	}
	p.tally.Behind(a.numbers)
	a.w.sum.Merge(p.tally)
	for i := 0; i <= len(p.events); i++ {
		if p.faults.n > 0 && i == p.missed {
			a.w.engine.Missed()
		}
		if i < len(p.events) {
			p.events[i].At.Number += a.numbers
			a.w.engine.Hear(&p.events[i])
		}
	}
	a.entries = entries
	a.numbers += p.part.Numbers()
	a.faults.addAll(&p.faults)
	a.w.p.o.Meter.exchanges.Add(p.entries)
	return true
}
