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

// Parts cuts a recording into parts that several goroutines can read, each part
// read by one. Parts itself is not safe for concurrent use.
type Parts struct {
	rec   *Recording
	size  int // of a part
	cut   format.Cut
	tail  []byte // of what was read, behind the last part
	lines int    // newlines before it
	begun bool   // there is a part
	whole bool   // it is cut no more
	err   error  // what ended the stream, io.EOF included
}

// Part is some entries of a recording. It is not safe for concurrent use.
type Part struct {
	of    *Parts
	first bool
	buf   []byte // what the part is read from: its text, made a recording
	text  []byte // the part's own bytes, within buf
	after []byte // what stood between it and the next
	lines int    // newlines before it

	numbers int // that its entries took, once they were read

	memory []byte // for the reader
}

// Parts returns the recording's parts in the place of its exchanges; nil if it
// must be read in one piece.
func (r *Recording) Parts() *Parts {
	if r.cut == nil {
		return nil
	}
	return &Parts{rec: r, size: partLen}
}

// Certain reports whether what is broken in a part is broken in the recording,
// too. Otherwise the recording may have been cut in a wrong place, and Rest has
// to read again what stands in the part.
func (p *Parts) Certain() bool { return p.cut.Certain }

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
	first := !p.begun
	part := &Part{of: p, first: first, buf: append(used.buf[:0], p.cut.Open...), lines: p.lines, memory: used.memory}
	open := len(part.buf)
	part.buf = append(part.buf, p.tail...)
	for size := p.size; ; size *= 2 {
		if size > maxPartLen || p.err != nil {
			p.whole = true
			p.tail = append(p.tail[:0], part.buf[open:]...)
			return nil
		}
		part.buf = p.fill(part.buf, size)
		if first {
			if p.err != nil {
				continue // it is short
			}
			var can bool
			if p.cut, can = p.rec.cut(part.buf); !can {
				size = maxPartLen
				continue
			}
		}
		if begins, ends := p.cut.Last(part.buf[open:]); begins > 0 {
			p.divide(part, open, begins, ends)
			return part
		}
	}
}

// fill reads on until there are size bytes.
func (p *Parts) fill(buf []byte, size int) []byte {
	if cap(buf) < size {
		buf = append(make([]byte, 0, size+1<<10), buf...) // and what closes a part
	}
	for len(buf) < size && p.err == nil {
		var n int
		n, p.err = p.rec.in.Read(buf[len(buf):size])
		buf = buf[:len(buf)+n]
	}
	return buf
}

// divide makes a part of what stands before the entry that begins at begins,
// and keeps what stands behind.
func (p *Parts) divide(part *Part, open, begins, ends int) {
	p.begun = true
	text := part.buf[open:]
	p.tail = append(p.tail[:0], text[begins:]...)
	part.after = bytes.Clone(text[ends:begins])
	p.lines += bytes.Count(text[:begins], []byte{'\n'})
	part.buf = append(part.buf[:open+ends], p.cut.Close...)
	part.text = part.buf[open : open+ends]
}

// Numbers returns how many entries were read, to the end of Exchanges: those
// behind the part are numbered from there. Some may have given neither an
// exchange nor an error.
func (p *Part) Numbers() int { return p.numbers }

// Exchanges yields the part's exchanges as Recording.Exchanges does, but that
// their Numbers are those within the part and that no limit counts them. At the
// end of a part that was cut in a wrong place it yields ErrMisplaced.
func (p *Part) Exchanges() iter.Seq2[*traffic.Exchange, error] {
	of := p.of.rec.in
	text := format.FromText(p.buf, of.Name, of.Limits)
	text.Beside, text.Memory = of.Beside, &p.memory
	xs := p.of.read(text, p.lines, 0)
	seal := p.of.cut.Seal
	return func(yield func(*traffic.Exchange, error) bool) {
		seals := 0
		p.numbers = 0
		for x, err := range xs {
			if seals > 0 {
				seals++ // something stands behind the first
				break
			}
			if seal != "" && err == nil && x.Request.URL == seal {
				seals++
				p.numbers = x.At.Number - 1
				continue
			}
			p.numbers++
			if !yield(x, err) {
				return
			}
		}
		if seal != "" && seals != 1 {
			yield(nil, ErrMisplaced)
		}
	}
}

// ErrMisplaced is what a part ends with that should not have been cut there.
var ErrMisplaced = errors.New("cut in a wrong place")

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
	if len(parts) == 0 && p.begun || len(parts) > 0 && !parts[0].first {
		pieces = append(pieces, bytes.NewReader(p.cut.Open))
	}
	for _, part := range parts {
		pieces = append(pieces, bytes.NewReader(part.text), bytes.NewReader(part.after))
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
