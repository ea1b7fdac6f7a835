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
	exclude Exclude // members of archives
	as      *Target // what every recording is a bare body of; nil where formats are found out
}

// content is what was found: a recording, or an archive to go through.
type content struct {
	rec    *Recording
	kind   archive
	in     format.Input // of an archive
	closer io.Closer    // the decoder's; nil without one
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

// look finds out what a file holds.
func (u unpacker) look(in format.Input) (content, error) {
	head, in, err := begin(in)
	if err != nil {
		return content{}, err
	}
	var c content
	if coding := codingOf(head); coding != nil {
		plain, closer, err := decoder(coding, in)
		if err != nil {
			return c, &format.Error{File: in.Name, Expected: coding.name, Err: err}
		}
		c.closer = closer
		if head, in, err = begin(in.Through(plain)); err == nil {
			if again := codingOf(head); again != nil {
				err = &format.Error{File: in.Name, Line: 1, Expected: "a recording compressed once", Found: again.name + " in " + coding.name}
			}
		}
		if err != nil {
			c.close()
			return content{}, err
		}
	}
	if c.kind = archiveOf(head); c.kind != noArchive {
		c.in = in
		return c, nil
	}
	f, err := u.format(head, in.Name)
	if err != nil {
		c.close()
		return content{}, err
	}
	c.rec = &Recording{File: in.Name, Format: f.Name, read: f.Read, lines: f.Lines, in: in}
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

// begin returns the beginning, and the Input as it was before. It is an error that
// nothing can be read of it.
func begin(in format.Input) ([]byte, format.Input, error) {
	head, in, err := in.Ahead(format.SniffLen)
	if err != nil && len(head) == 0 {
		return nil, in, &format.Error{File: in.Name, Line: 1, Expected: "a recording", Err: err}
	}
	return head, in, nil
}

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
func decoder(c *coding, of format.Input) (io.Reader, io.Closer, error) {
	in := &counting{r: of}
	out, closer, err := c.open(in)
	if err != nil {
		return nil, nil, ended(err)
	}
	return &watched{r: out, name: c.name, in: func() int64 { return in.n }, ratio: of.Limits.Ratio}, closer, nil
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
