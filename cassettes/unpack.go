package cassettes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// unpacker looks at what a stream holds: a recording, plain or compressed, or
// an archive of such.
type unpacker struct {
	lim     format.Limits
	exclude Exclude // members of archives
	as      *Target // what every recording is a bare body of; nil where formats are found out

	beside format.Beside // of the stream that is looked at
}

// content is what was found: a recording, or an archive to go through.
type content struct {
	rec    *Recording
	kind   archive
	r      io.Reader // of an archive
	closer io.Closer // the decoder's; nil without one
}

type archive int

const (
	noArchive archive = iota
	tarArchive
	zipArchive
)

func (c content) close() {
	if c.closer != nil {
		c.closer.Close()
	}
}

// look finds out what r is. name is what messages and positions call it.
func (u unpacker) look(r io.Reader, name string) (content, error) {
	u.beside = format.BesideOf(r)
	head, r, err := u.peek(r, name)
	if err != nil {
		return content{}, err
	}
	var c content
	if coding := codingOf(head); coding != nil {
		plain, closer, err := u.decoder(coding, r)
		if err != nil {
			return c, &format.Error{File: name, Expected: coding.name, Err: err}
		}
		c.closer = closer
		if head, r, err = u.peek(plain, name); err == nil {
			if again := codingOf(head); again != nil {
				err = &format.Error{File: name, Line: 1, Expected: "a recording compressed once", Found: again.name + " in " + coding.name}
			}
		}
		if err != nil {
			c.close()
			return content{}, err
		}
	}
	if c.kind = archiveOf(head); c.kind != noArchive {
		c.r = r
		return c, nil
	}
	f, err := u.format(head, name)
	if err != nil {
		c.close()
		return content{}, err
	}
	c.rec = &Recording{File: name, Format: f.Name, read: f.Read, cut: f.Cut, r: r, limits: u.lim, beside: u.beside}
	return c, nil
}

func (u unpacker) format(head []byte, name string) (format.Format, error) {
	f, err := recognise(head, name)
	switch {
	case u.as == nil:
		return f, err
	case err == nil:
		// No body of the API begins like any of the formats, and a recording
		// taken for a body would be found to break what it never had to keep.
		return format.Format{}, &format.Error{File: name, Line: 1, Expected: "the bare body of a response", Found: "a recording (" + f.Name + "), which is judged without --as"}
	}
	if headed(head) {
		return u.as.headedFormat(), nil
	}
	return u.as.format(), nil
}

// peek reads the beginning, and returns a stream that still has it.
func (u unpacker) peek(r io.Reader, name string) ([]byte, io.Reader, error) {
	head := make([]byte, format.SniffLen)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	if err != nil && n == 0 {
		return nil, nil, &format.Error{File: name, Line: 1, Expected: "a recording", Err: err}
	}
	if s, ok := r.(io.Seeker); ok && err == nil {
		if _, err := s.Seek(-int64(n), io.SeekCurrent); err == nil {
			return head, r, nil
		}
	}
	parts := []io.Reader{bytes.NewReader(head)}
	if parts = append(parts, r); err != nil {
		parts[1] = breaking{err} // which it may not say twice
	}
	return head, limited{io.MultiReader(parts...), u.lim, u.beside}, nil
}

// limited is a stream with its limits, and with what lies beside it.
type limited struct {
	io.Reader
	lim    format.Limits
	beside format.Beside
}

func (l limited) Limits() format.Limits { return l.lim }
func (l limited) Beside() format.Beside { return l.beside }

type breaking struct{ err error }

func (f breaking) Read([]byte) (int, error) { return 0, f.err }

// coding is a form of compression.
type coding struct {
	name, magic string
	open        func(io.Reader) (io.Reader, io.Closer, error)
}

// maxWindowBytes bounds what a zstd stream may refer back to, and so what its
// decoder holds: 27 bits, as much as zstd's own command takes unless it is told
// otherwise.
const maxWindowBytes = 128 << 20

// zstdMagic begins a zstd frame (RFC 8878 section 3.1.1).
const zstdMagic = "\x28\xb5\x2f\xfd"

var codings = []coding{
	{"gzip", "\x1f\x8b\x08", func(r io.Reader) (io.Reader, io.Closer, error) { // RFC 1952 section 2.3.1
		z, err := gzip.NewReader(r) // reads members one behind the other
		return z, z, err
	}},
	{"zstd", zstdMagic, func(r io.Reader) (io.Reader, io.Closer, error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindowBytes))
		if err != nil {
			return nil, nil, err
		}
		c := z.IOReadCloser()
		return c, c, nil
	}},
}

func codingOf(head []byte) *coding {
	// A zstd stream may begin with frames that are to be skipped: sixteen other
	// magic numbers (RFC 8878 section 3.1.2), which pzstd writes.
	if len(head) > 3 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18" {
		head = []byte(zstdMagic)
	}
	for i := range codings {
		if bytes.HasPrefix(head, []byte(codings[i].magic)) {
			return &codings[i]
		}
	}
	return nil
}

// decoder undoes a coding, watching how much comes out of how little.
func (u unpacker) decoder(c *coding, r io.Reader) (io.Reader, io.Closer, error) {
	in := &counting{r: r}
	out, closer, err := c.open(in)
	if err != nil {
		return nil, nil, ended(err)
	}
	return &watched{r: out, name: c.name, in: func() int64 { return in.n }, ratio: u.lim.Ratio}, closer, nil
}

type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// watched is what comes out of a decoder, as long as it is no bomb.
type watched struct {
	r     io.Reader
	name  string
	in    func() int64 // bytes that went in
	out   int64
	ratio int64
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.out += int64(n); w.out > format.RatioFreeBytes && w.out/w.ratio > w.in() {
		return 0, fmt.Errorf("%s: more than %d times what it is decompressed from, a decompression bomb (limit ratio)", w.name, w.ratio)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: %w", w.name, ended(err))
	}
	return n, err
}

// ended says of an unexpected end what it is.
func ended(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return fmt.Errorf("it ends in the middle: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// archiveOf tells archives by their beginning.
func archiveOf(head []byte) archive {
	switch {
	// APPNOTE 4.3.7, and 4.3.16 for one without members.
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipArchive
	case isTar(head):
		return tarArchive
	}
	return noArchive
}

// isTar holds the first header block against its checksum: the oldest tars
// have no magic number.
func isTar(head []byte) bool {
	const block, at, length = 512, 148, 8
	if len(head) < block || head[0] == 0 {
		return false
	}
	want, err := strconv.ParseInt(string(bytes.Trim(head[at:at+length], " \x00")), 8, 64)
	if err != nil {
		return false
	}
	sum := int64(length * ' ')
	for i, c := range head[:block] {
		if i < at || i >= at+length {
			sum += int64(c)
		}
	}
	return sum == want
}
