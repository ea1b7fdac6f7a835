package format

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// codec undoes content codings (RFC 9110 section 8.4), keeping decoders and
// memory for the next body.
type codec struct {
	limit, ratio      int64     // see Limits
	request, response [2][]byte // two each: one step's output is the next one's input

	source  bytes.Reader
	gzip    *gzip.Reader
	zlib    io.ReadCloser
	flate   io.ReadCloser
	brotli  *brotli.Reader
	zstd    *zstd.Decoder
	through *bufio.Reader
}

// outcome is what became of a body.
type outcome int

const (
	untouched   outcome = iota // no coding was on it
	decoded                    // at least one was undone
	undone                     // the recorder had undone what the header names
	undecodable                // one could not be undone; the body is as recorded
)

// maxCodings bounds stacked codings: two have been seen (a client's own and
// the CDN's), more is an attack.
const maxCodings = 4

var errTooLong = errors.New("the decoded body exceeds its limit")

// decode frees body of the codings that its header names and that are still on
// it: recorders often keep the field after decoding, and some drop the field
// and keep the coding. The result is body itself or stands in scratch.
func (c *codec) decode(h traffic.Header, body []byte, scratch *[2][]byte) ([]byte, outcome) {
	if len(body) == 0 {
		return body, untouched
	}
	var stack [maxCodings]string
	codings, ok := contentCodings(h, stack[:0])
	if isText(body) { // the common case: nothing is on it any more
		if len(codings) > 0 {
			return body, undone
		}
		return body, untouched
	}
	if !ok {
		return body, undecodable
	}
	if len(codings) == 0 {
		if !isGzip(body) {
			return body, untouched
		}
		codings = append(codings, "gzip")
	}
	plain, result := body, untouched
	for i := len(codings) - 1; i >= 0 && !isText(plain); i-- {
		out, err := c.undo(codings[i], plain, scratch[i%2][:0])
		if err != nil {
			return body, undecodable
		}
		scratch[i%2] = out
		plain, result = out, decoded
	}
	return plain, result
}

// contentCodings appends the codings in the order in which they were applied,
// and reports false if there are too many.
func contentCodings(h traffic.Header, to []string) ([]string, bool) {
	for _, f := range h {
		if len(f.Name) != len("Content-Encoding") || !strings.EqualFold(f.Name, "Content-Encoding") {
			continue
		}
		for name := range strings.SplitSeq(f.Value, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" || name == "identity" {
				continue
			}
			if len(to) == maxCodings {
				return to, false
			}
			to = append(to, name)
		}
	}
	return to, true
}

// undo undoes one coding into dst.
func (c *codec) undo(coding string, body, dst []byte) ([]byte, error) {
	c.source.Reset(body)
	switch coding {
	case "gzip", "x-gzip":
		return c.gunzip(dst)
	case "deflate":
		if isZlib(body) {
			if out, err := c.inflateZlib(dst); err == nil {
				return out, nil
			}
			c.source.Reset(body)
		}
		return c.inflateRaw(dst)
	case "br":
		if c.brotli == nil {
			c.brotli = brotli.NewReader(&c.source)
		} else if err := c.brotli.Reset(&c.source); err != nil {
			return nil, err
		}
		return c.readBounded(c.brotli, dst)
	case "zstd":
		return c.unzstd(dst)
	}
	return nil, errors.ErrUnsupported
}

func (c *codec) gunzip(dst []byte) ([]byte, error) {
	if c.gzip == nil {
		c.gzip = new(gzip.Reader)
	}
	if err := c.gzip.Reset(c.buffered()); err != nil {
		return nil, err
	}
	return c.readBounded(c.gzip, dst)
}

func (c *codec) inflateZlib(dst []byte) (_ []byte, err error) {
	if c.zlib == nil {
		c.zlib, err = zlib.NewReader(c.buffered())
	} else {
		err = c.zlib.(zlib.Resetter).Reset(c.buffered(), nil)
	}
	if err != nil {
		c.zlib = nil
		return nil, err
	}
	return c.readBounded(c.zlib, dst)
}

// inflateRaw serves senders that leave the zlib wrapping out (RFC 9110 section
// 8.4.1.2 notes them).
func (c *codec) inflateRaw(dst []byte) ([]byte, error) {
	if c.flate == nil {
		c.flate = flate.NewReader(c.buffered())
	} else if err := c.flate.(flate.Resetter).Reset(c.buffered(), nil); err != nil {
		return nil, err
	}
	return c.readBounded(c.flate, dst)
}

// buffered gives the decoders a reader that they need not wrap anew.
func (c *codec) buffered() *bufio.Reader {
	if c.through == nil {
		c.through = bufio.NewReader(&c.source)
	}
	c.through.Reset(&c.source)
	return c.through
}

func (c *codec) unzstd(dst []byte) (_ []byte, err error) {
	if c.zstd == nil {
		// One goroutine, this one: bodies are short. RFC 9659 bounds the window
		// of this content coding to 8 MiB.
		c.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, err
		}
	}
	if err := c.zstd.Reset(&c.source); err != nil {
		return nil, err
	}
	return c.readBounded(c.zstd, dst)
}

// readBounded reads all of r, which undoes the coding of c.source, behind dst,
// up to the limits.
func (c *codec) readBounded(r io.Reader, dst []byte) ([]byte, error) {
	limit := min(c.limit, max(RatioFreeBodyBytes, c.ratio*c.source.Size()))
	if cap(dst) == 0 {
		dst = make([]byte, 0, 4096)
	}
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case int64(len(dst)) > limit:
			return nil, errTooLong
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return nil, err
		}
	}
}

func isGzip(b []byte) bool {
	return len(b) >= 3 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 // RFC 1952 section 2.3.1
}

func isZlib(b []byte) bool {
	return len(b) >= 2 && b[0]&0x0f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0 // RFC 1950 section 2.2
}

// isText reports whether the beginning of b is UTF-8 text without control
// characters. Coded bytes fail that within a few: even "{}" in Brotli holds
// NUL bytes, gzip and zlib begin with non-text.
func isText(b []byte) bool {
	const enough = 512
	cut := len(b) > enough
	if cut {
		b = b[:enough]
	}
	for len(b) > 0 {
		if c := b[0]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
				return false
			}
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return cut && len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		b = b[n:]
	}
	return true
}

// jsonBreaksOff reports whether b is a JSON object or array whose end is
// missing.
func jsonBreaksOff(b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return false
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return errors.Is(d.SkipValue(), io.ErrUnexpectedEOF)
}
