package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"time"
)

// inbound is what came over a connection, from the first byte of the request in
// progress on. A client may send further ones ahead (RFC 9112 section 9.3.2), and
// net/http takes them in with it:
//
//	0                   whole                         size
//	|  in progress       |  those sent ahead           |
//	|  text, as far as it is kept                 |
//
// 0 <= len(text) <= size, and text is what came first: once something is not kept,
// nothing behind it is. whole is -1 while nobody knows where the request ends.
type inbound struct {
	text  []byte
	size  int64
	whole int64
	first came
	reads []came // that may hold first bytes of requests sent ahead, in their order

	// astray says that it is no longer known where requests begin: one was longer
	// than is kept and did not say how long.
	astray bool
}

// came says of bytes, up to an offset, when they were read, and since when they
// may have waited for that in the kernel.
type came struct {
	end      int64
	from, at time.Time
	ahead    bool
}

// add takes in what was read at an instant. Ahead is what net/http reads while a
// request is answered, to see whether the client leaves: one byte, and what follows
// that stays in the kernel until the answer is written.
func (in *inbound) add(p []byte, ahead bool, now time.Time) {
	c := came{from: now, at: now, ahead: ahead}
	if n := len(in.reads); n > 0 && !ahead {
		// Net/http reads on when what it has is used up: no request that is
		// still to come begins before this.
		if in.reads[n-1].ahead {
			c.from = in.reads[n-1].at
		}
		in.reads = in.reads[:0]
	}
	if in.size == 0 {
		in.first = c
	}
	if in.size == int64(len(in.text)) {
		in.text = append(in.text, p[:min(len(p), maxHead-len(in.text))]...)
	}
	in.size += int64(len(p))
	c.end = in.size
	in.reads = append(in.reads, c)
}

// measure finds out where the request in progress ends, of which the header is
// whole.
func (in *inbound) measure(contentLength int64) {
	in.whole = -1
	// After a body net/http passes line ends by.
	blank := len(in.text) - len(bytes.TrimLeft(in.text, "\r\n"))
	if end := bytes.Index(in.text[blank:], []byte("\r\n\r\n")); end >= 0 && contentLength >= 0 {
		in.whole = int64(blank+end+len("\r\n\r\n")) + contentLength
	}
}

// next makes ready for the request after the one in progress.
func (in *inbound) next() {
	if in.whole < 0 && !in.astray {
		in.whole = lengthOf(in.text)
	}
	in.astray = in.astray || in.whole < 0 || in.whole > in.size
	if in.astray {
		*in = inbound{text: in.text[:0], whole: -1, astray: true}
		return
	}
	kept := in.reads[:0]
	for _, c := range in.reads {
		if c.end -= in.whole; c.end > 0 {
			kept = append(kept, c)
		}
	}
	if in.reads, in.first = kept, (came{}); len(kept) > 0 {
		in.first = kept[0]
	}
	in.text = append(in.text[:0], in.text[min(in.whole, int64(len(in.text))):]...)
	in.size, in.whole = in.size-in.whole, -1
}

// lengthOf is the length of a request that does not say it, -1 if the text breaks
// off before its end.
func lengthOf(text []byte) int64 {
	whole := bytes.NewReader(text)
	from := bufio.NewReader(whole)
	r, err := http.ReadRequest(from)
	if err != nil {
		return -1
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return -1
	}
	return int64(len(text) - whole.Len() - from.Buffered())
}
