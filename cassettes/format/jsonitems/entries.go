package jsonitems

import (
	"bytes"
	"io"
)

// window is the part of a stream that the cursor walks.
//
//	0 <= from <= cur.pos <= len(cur.data) between two entries
//	offset + i is where cur.data[i] stands in the stream, and lines newlines are
//	before cur.data[counted] there
type window struct {
	buf     []byte // all of it; the cursor's data are its beginning
	offset  int64  // of its beginning in the stream
	levels  []byte // the brackets that are open around the entries
	count   int    // entries read
	from    int    // where the entry at hand begins, with the comma before it
	counted int    // index up to which newlines are counted
	lines   int    // newlines before it
}

const (
	// windowLen is how much of a stream is read at once: large beside an entry,
	// for what stands at its end is walked twice, and small beside the caches
	// of no machine that matters.
	windowLen = 1 << 20

	// maxWindowLen is how far the window grows for a large entry: beyond the
	// largest real one (format.LimitList, entry-bytes). The library reads what
	// is larger.
	maxWindowLen = 32 << 20
)

// Entries walks the array that comes next, as Array does, for elements that one
// reads through Entry. It does so by the cursor as long as they have the usual
// form.
func (d *Reader) Entries(what string, one func() error) error {
	if d.library {
		return d.Array(what, one)
	}
	if err := d.open('[', what); err != nil {
		return err
	}
	w := &d.entry
	w.levels, w.count = w.levels[:0], 0
	for i := 1; i <= d.dec.StackDepth(); i++ {
		kind, _ := d.dec.StackIndex(i)
		w.levels = append(w.levels, byte(kind))
	}
	for {
		d.quicken()
		for d.fast && d.another() {
			if err := one(); err != nil {
				return err
			}
			w.count++
		}
		if !d.fast {
			continue // the last entry was out of the ordinary
		}
		d.slow()
		if more, err := d.slowElement(one); err != nil || !more {
			return err
		}
		w.count++
	}
}

// slowElement reads an element by the library, or the end of the array.
func (d *Reader) slowElement(one func() error) (more bool, err error) {
	switch d.dec.PeekKind() {
	case 0, ']':
		_, err := d.dec.ReadToken()
		return false, d.broken(err)
	}
	before := d.offset()
	if err := one(); err != nil {
		return false, err
	}
	if d.offset() == before {
		return true, d.Skip()
	}
	return true, nil
}

// Entry reads the entry that comes next. It may call read twice, by the cursor
// and then by the library, so that read must begin by forgetting what it did
// before. What read returns the second time counts; Recover then passes the
// rest of the entry.
func (d *Reader) Entry(read func() error) error {
	d.held = d.held[:0]
	for d.fast {
		at := d.cur.pos
		err := read()
		if err == nil && int64(d.cur.pos-at) <= d.limits.EntryBytes {
			return nil
		}
		d.cur.pos, d.held = at, d.held[:0]
		switch {
		case err == errShort && d.more():
		case d.line > 0:
			d.slowLine()
		default:
			d.slow()
		}
	}
	return read()
}

// another goes to the next entry, past the comma before it. It reports false,
// the position unchanged, for anything but an object.
func (d *Reader) another() bool {
	for {
		d.entry.from = d.cur.pos
		err := d.cur.toElement(d.entry.count == 0)
		if err == nil {
			return true
		}
		d.cur.pos = d.entry.from
		if err == errOdd || !d.more() {
			return false
		}
	}
}

func (c *cursor) toElement(first bool) error {
	if err := c.space(); err != nil {
		return err
	}
	if !first {
		if c.data[c.pos] != ',' {
			return errOdd
		}
		c.pos++
		if err := c.space(); err != nil {
			return err
		}
	}
	if c.data[c.pos] != '{' {
		return errOdd
	}
	return nil
}

// slow has the library read on from the entry at hand. It is told of the
// brackets that are open by a text with the same ones, and after the first
// entry by one in the place of all those before.
func (d *Reader) slow() {
	w := &d.entry
	d.cur.pos = w.from
	d.src.newlines = d.lineAtCursor() - 1
	d.fast = false
	var open []byte
	tokens := 0
	for _, level := range w.levels {
		open = append(open, level)
		if tokens++; level == '{' {
			open = append(open, `"":`...)
			tokens++
		}
	}
	if w.count > 0 {
		open = append(open, `""`...)
		tokens++
	}
	d.base = w.offset + int64(w.from-len(open))
	d.src.prefix, d.src.ahead, d.src.read = open, d.cur.data[w.from:], 0
	d.dec.Reset(&d.src, options...)
	for range tokens {
		d.dec.ReadToken()
	}
	d.Renew()
}

// quicken has the cursor read on where the library is, between two entries.
func (d *Reader) quicken() {
	w, unread := &d.entry, d.dec.UnreadBuffer()
	if len(d.src.ahead) > 0 {
		d.cur.pos = len(d.cur.data) - len(d.src.ahead) - len(unread)
	} else {
		w.buf = append(w.buf[:0], unread...)
		d.cur = cursor{data: w.buf}
	}
	w.offset = d.offset() - int64(d.cur.pos)
	w.lines = d.src.newlines - bytes.Count(unread, newline)
	w.counted = d.cur.pos
	d.src.ahead, d.fast = nil, true
}

// lineAtCursor counts the newlines since it was asked last.
func (d *Reader) lineAtCursor() int {
	w := &d.entry
	if d.cur.pos < w.counted {
		return 1 + w.lines - bytes.Count(d.cur.data[d.cur.pos:w.counted], newline)
	}
	w.lines += bytes.Count(d.cur.data[w.counted:d.cur.pos], newline)
	w.counted = d.cur.pos
	return 1 + w.lines
}

// more reads on, until the entry at hand has twice the data it had, so that an
// entry of any length is walked no more than twice over in all. It reports
// false at the end of the stream, or of what the window may hold.
func (d *Reader) more() bool {
	w, c := &d.entry, &d.cur
	kept := len(c.data) - w.from
	if c.last || kept >= maxWindowLen {
		return false
	}
	d.lineAtCursor() // counts all that is about to be dropped
	size := max(min(2*len(w.buf), windowLen), 2*kept, pieceLen)
	buf := w.buf[:cap(w.buf)]
	if len(buf) < size {
		buf = make([]byte, size)
	}
	copy(buf, c.data[w.from:])
	w.offset += int64(w.from)
	c.pos, w.counted, w.from = c.pos-w.from, w.counted-w.from, 0
	n := kept
	for tries := 0; n < max(2*kept, 1) && !c.last; tries++ {
		got, err := d.src.r.Read(buf[n:])
		if n += got; got > 0 {
			tries = 0
		}
		if tries == maxEmptyReads && err == nil {
			err = io.ErrNoProgress
		}
		if err != nil {
			c.last = true
			if err != io.EOF {
				d.src.err = err // the library will come upon it
			}
		}
	}
	w.buf, c.data = buf, buf[:n]
	return n > kept
}

// maxEmptyReads is how many reads in a row may give nothing, as in bufio.
const maxEmptyReads = 100
