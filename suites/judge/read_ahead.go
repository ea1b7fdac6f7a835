package judge

import (
	"iter"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// batchExchanges and batchBytes bound a batch, whichever comes first: far
	// more work than handing it over, and no more bytes than a core's own cache
	// holds beside what else it works on.
	batchExchanges = 128
	batchBytes     = 256 << 10

	// batches are how many there are at most: one being filled, one being judged,
	// and between them enough to level out long exchanges and short ones.
	batches = 4
)

// batch is a number of exchanges, copied out of the reader's memory, and the
// errors among them.
type batch struct {
	entries  []entry // those behind n are memory to use again
	n        int
	text     []byte // what the exchanges point to
	panicked *panicked
}

type entry struct {
	x   traffic.Exchange
	err error
}

// add takes what the reader yielded, and reports whether the batch is full.
func (b *batch) add(x *traffic.Exchange, err error) (full bool) {
	if b.n == len(b.entries) {
		b.entries = append(b.entries, entry{})
	}
	e := &b.entries[b.n]
	b.n++
	if e.err = err; err == nil {
		b.text = x.CopyTo(&e.x, b.text)
	}
	return b.n == batchExchanges || len(b.text) >= batchBytes
}

// renew empties the batch, and drops the memory that an uncommonly large
// exchange needed.
func (b *batch) renew() {
	b.n = 0
	if b.text = b.text[:0]; cap(b.text) > 4*batchBytes {
		b.text = nil
	}
}

// readAhead yields what xs does, reading on meanwhile on a core of its own. It ends
// when the reader has, even if the consumer wants no more; a panic of the
// reader is the consumer's.
func readAhead(xs iter.Seq2[*traffic.Exchange, error]) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		full, free := make(chan *batch, batches), make(chan *batch, batches)
		stop := make(chan struct{})
		go func() {
			defer close(full)
			fillBatches(xs, full, free, stop)
		}()
		defer func() {
			close(stop)
			for range full {
			}
		}()
		for b := range full {
			for i := range b.n {
				e := &b.entries[i]
				x := &e.x
				if e.err != nil {
					x = nil
				}
				if !yield(x, e.err) {
					return
				}
			}
			if b.panicked != nil {
				panic(b.panicked)
			}
			b.renew()
			free <- b
		}
	}
}

// fillBatches is the reader's side, and makes the batches, so many as it needs:
// a short recording has one. The channels hold all there are, so that sending
// never waits.
func fillBatches(xs iter.Seq2[*traffic.Exchange, error], full chan<- *batch, free <-chan *batch, stop <-chan struct{}) {
	b, made := &batch{}, 1
	defer func() {
		if v := recover(); v != nil {
			b.panicked = caught(v)
		}
		if b != nil {
			full <- b
		}
	}()
	for x, err := range xs {
		if !b.add(x, err) {
			continue
		}
		full <- b
		if made < batches {
			b, made = &batch{text: make([]byte, 0, 2*batchBytes)}, made+1
			continue
		}
		select {
		case b = <-free:
		case <-stop:
			b = nil
			return
		}
	}
}
