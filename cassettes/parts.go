package cassettes

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// partLen is how long parts are: long beside an entry and what it takes to
	// hand a part over, short beside a core's own cache.
	partLen = 1 << 20

	// maxPartLen is how far a part grows for a large entry. What has a larger
	// one is read in one piece.
	maxPartLen = 8 << 20
)

// entry is what a part but the first begins with, behind the newline before it. A
// byte order mark in its place, say, is something else in the midst of a recording
// than at its beginning.
var entry = []byte("\n{")

// Parts cuts a recording into parts that several goroutines can read, each part
// read by one. Parts itself is not safe for concurrent use.
//
// A recording that is cut consists of lines that stand alone, so that what is broken
// in a part is broken in the recording. HAR is not cut, since nothing but the objects
// around it tells an entry from what looks like one: on two cores, one reading and
// one judging, it gained nothing (256 MB in 0.34 s either way).
type Parts struct {
	rec   *Recording
	size  int    // of a part
	tail  []byte // of what was read, behind the last part
	lines int    // newlines before it
	whole bool   // it is cut no more
	err   error  // what ended the stream, io.EOF included
}

// Part is some entries of a recording. It is not safe for concurrent use.
type Part struct {
	of    *Parts
	text  []byte
	lines int // newlines before it

	numbers int // that its entries took, once they were read

	memory []byte // for the reader
}

// Parts returns the recording's parts in the place of its exchanges; nil if it
// must be read in one piece.
func (r *Recording) Parts() *Parts {
	if !r.lines {
		return nil
	}
	return &Parts{rec: r, size: partLen}
}

// Allow reports whether the limits allow so many entries, of them so many
// broken ones.
func (p *Parts) Allow(entries, broken int64) bool {
	return entries <= p.rec.in.Limits.Entries && broken <= p.rec.in.Limits.Broken
}

// Next returns the next part, using the memory of one that is done with if it
// is not nil; nil when what is left is to be read by Rest.
func (p *Parts) Next(used *Part) *Part {
	if p.whole {
		return nil
	}
	if used == nil {
		used = &Part{}
	}
	text := append(used.text[:0], p.tail...)
	for size := p.size; size <= maxPartLen && p.err == nil; size *= 2 {
		text = p.fill(text, size)
		if at := bytes.LastIndex(text, entry); at >= 0 && p.err == nil { // what ends there is short
			part := &Part{of: p, text: text[:at+1], lines: p.lines, memory: used.memory}
			p.tail = append(p.tail[:0], text[at+1:]...)
			p.lines += bytes.Count(part.text, []byte{'\n'})
			return part
		}
	}
	p.whole = true
	p.tail = append(p.tail[:0], text...)
	return nil
}

// fill reads on until there are size bytes.
func (p *Parts) fill(text []byte, size int) []byte {
	if cap(text) < size {
		text = append(make([]byte, 0, size), text...)
	}
	for len(text) < size && p.err == nil {
		var n int
		n, p.err = p.rec.in.Read(text[len(text):size])
		text = text[:len(text)+n]
	}
	return text
}

// Numbers returns how many entries were read, to the end of Exchanges: those
// behind the part are numbered from there.
func (p *Part) Numbers() int { return p.numbers }

// Exchanges yields the part's exchanges as Recording.Exchanges does, but that
// their Numbers are those within the part and that no limit counts them.
func (p *Part) Exchanges() iter.Seq2[*traffic.Exchange, error] {
	of := p.of.rec.in
	text := format.FromText(p.text, of.Name, of.Limits)
	text.Beside, text.Memory = of.Beside, &p.memory
	xs := p.of.read(text, p.lines, 0)
	return func(yield func(*traffic.Exchange, error) bool) {
		p.numbers = 0
		for x, err := range xs {
			p.numbers++
			if !yield(x, err) {
				return
			}
		}
	}
}

// Rest yields what the parts given, one after the other, and those not cut yet
// hold. So many Numbers were given out before that, so many exchanges and errors
// yielded, and so many errors among them.
func (p *Parts) Rest(parts []*Part, numbers int, entries, broken int64) iter.Seq2[*traffic.Exchange, error] {
	p.whole = true
	var pieces []io.Reader
	lines := p.lines
	if len(parts) > 0 {
		lines = parts[0].lines
	}
	for _, part := range parts {
		pieces = append(pieces, bytes.NewReader(part.text))
	}
	pieces = append(pieces, bytes.NewReader(p.tail))
	if p.err == nil {
		pieces = append(pieces, p.rec.in)
	} else if !errors.Is(p.err, io.EOF) {
		pieces = append(pieces, format.Fault{Err: p.err})
	}
	rest := p.rec.in.Through(io.MultiReader(pieces...))
	return p.rec.bounded(p.read(rest, lines, numbers), entries, broken)
}

// read reads what stands behind so many lines and so many entries.
func (p *Parts) read(in format.Input, lines, entries int) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		for x, err := range p.rec.read(in) {
			var at *format.Error
			switch {
			case err == nil:
				x.At.Line += lines
				x.At.Number += entries
			case errors.As(err, &at) && at.Line > 0:
				at.Line += lines
			}
			if !yield(x, err) {
				return
			}
		}
	}
}
