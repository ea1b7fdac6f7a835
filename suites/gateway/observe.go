package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// settled is how long nobody may hear of a request after its first byte was read:
	// as long as its header may take. What was sent earlier than that, and before all
	// that are in progress, is all known.
	settled = headerTimeout + time.Second

	// tick is how often it is looked what can be judged and told: a person does not
	// read faster.
	tick = time.Second

	// few is how many findings of a rule are told as they come.
	few = 3

	// self is the client behind: the gateway.
	self = "mbxcheck"
)

// RecordError says that a recording could not be begun.
type RecordError struct{ Err error }

// Error implements error.
func (e *RecordError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// observer judges and records both sides of what passes, in the order in which
// exchanges end, which is that of the recording.
//
//	inProgress holds the instants of the requests of which ended has not been told
type observer struct {
	clock       func() time.Time
	dialect     *traffic.Dialect
	found       func(rule.Finding)
	notRecorded func(error)
	file        string // that findings name
	both        bool   // sides are recorded
	stop, done  chan struct{}

	mu         sync.Mutex
	engine     *engine.Engine
	record     *cassettes.Rotated // nil for none
	inProgress map[int64]time.Time
	heard      int   // exchanges, of both sides
	exchanges  int64 // of clients
	due        int64 // exchanges to be recorded
	failed     bool  // an exchange could not be recorded
	history    history
	told       map[string][]rule.Where
	closed     bool // what ends later is not heard
}

func newObserver(c Config, clock func() time.Time) (*observer, error) {
	o := &observer{
		clock: clock, found: c.Found, notRecorded: c.NotRecorded, stop: make(chan struct{}), done: make(chan struct{}),
		inProgress: map[int64]time.Time{}, told: map[string][]rule.Where{},
	}
	if c.Record != "" {
		var err error
		if o.record, err = cassettes.CreateRotated(c.Record, c.Hide, c.Rotate); err != nil {
			return nil, &RecordError{err}
		}
		if cassettes.KeepsAnnotations(c.Record) {
			o.file, o.both = c.Record, true
		}
	}
	c.Engine.Live = true
	o.dialect = cmp.Or(c.Engine.Edition, edition.Default()).Dialect
	o.engine = engine.New(c.Rules, c.Engine)
	o.engine.Begin()
	go o.advance()
	return o, nil
}

// arrived hears of a request before it is passed on.
func (o *observer) arrived(s *wire.Seen) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inProgress[s.Number] = s.FirstByteAt
}

// behind hears of an exchange with the venue.
func (o *observer) behind(id uint64, x *traffic.Exchange) {
	x.Client = self
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.history.hear(o.dialect, o.clock(), x)
	}
	o.hear(id, traffic.Behind, x)
}

// ended hears of an exchange with a client.
func (o *observer) ended(s *wire.Seen) {
	x := s.Exchange()
	x.CompleteHistory = false // the client may have asked others before
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.inProgress, s.Number)
	o.exchanges++
	o.hear(uint64(s.Number), traffic.Front, x)
}

// hear judges and records one side of a hop.
func (o *observer) hear(id uint64, side traffic.Side, x *traffic.Exchange) {
	if o.closed {
		return
	}
	var note traffic.Annotation
	if x.Annotation != nil {
		note = *x.Annotation
	}
	note.Hop = traffic.Hop{ID: id, Side: side}
	x.Annotation = &note
	o.heard++
	x.At = traffic.Position{File: o.file, Number: o.heard}
	o.engine.Observe(x)
	if o.record == nil || side == traffic.Behind && !o.both {
		return
	}
	o.due++
	err := o.record.Add(x)
	if o.failed = o.failed || err != nil; err != nil && o.notRecorded != nil {
		o.notRecorded(err)
	}
}

// advance judges what waits for others, and tells what is found, until stop.
func (o *observer) advance() {
	defer close(o.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-o.stop:
			return
		case <-ticker.C:
			o.mu.Lock()
			o.engine.Advance(o.known().Add(-settled))
			o.mu.Unlock()
			o.tell()
		}
	}
}

// known is an instant before which no request was sent that is still in progress.
func (o *observer) known() time.Time {
	at := o.clock()
	for _, first := range o.inProgress {
		if first.Before(at) {
			at = first
		}
	}
	return at
}

// tell tells what was found and not told yet, but few of a rule.
func (o *observer) tell() {
	if o.found == nil {
		return
	}
	for _, f := range o.news() {
		o.found(f)
	}
}

// news are the findings that are to be told.
func (o *observer) news() (list []rule.Finding) {
	o.mu.Lock()
	defer o.mu.Unlock()
	tally := o.engine.Tally()
	for i := range tally.Rules {
		r := &tally.Rules[i]
		for j := 0; j < len(r.Findings) && len(o.told[r.ID]) < few; j++ {
			f := r.Findings[j]
			isThere := func(at rule.Where) bool { return at.Exchange == f.At.Exchange && at.Pointer == f.At.Pointer }
			if told := o.told[r.ID]; !slices.ContainsFunc(told, isThere) {
				o.told[r.ID] = append(told, f.At)
				list = append(list, f)
			}
		}
	}
	return list
}

// close completes judgement and recording; left is how many exchanges did not end.
func (o *observer) close(left int) (*Outcome, error) {
	close(o.stop)
	<-o.done
	o.mu.Lock()
	o.engine.End()
	o.closed = true
	outcome := &Outcome{Tally: o.engine.Tally(), Exchanges: o.exchanges}
	record := o.record
	o.mu.Unlock()
	o.tell()
	if record == nil {
		return outcome, nil
	}
	err := record.Close()
	if outcome.Recorded = record.Count(); err == nil && outcome.Recorded != o.due {
		err = fmt.Errorf("expected %d exchanges in it, found %d written", o.due, outcome.Recorded)
	}
	if left > 0 {
		err = errors.Join(fmt.Errorf("%d exchanges that were seen to begin did not end in time, and are not in it", left), err)
	}
	return outcome, err
}
