package format

import (
	"bytes"
	"io"
)

// Ahead returns the first n bytes of a stream, fewer where it is shorter, and
// the stream as it was before: r itself if it can seek, and one that reads
// under the same limits if not. A fault of r comes where it stands in the
// stream.
func Ahead(r io.Reader, n int) ([]byte, io.Reader) {
	head := make([]byte, n)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if s, ok := r.(io.Seeker); ok {
		if _, err := s.Seek(-int64(n), io.SeekCurrent); err == nil {
			return head, r
		}
	}
	rest := r
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		rest = fault{err}
	}
	return head, &rewound{io.MultiReader(bytes.NewReader(head), rest), LimitsOf(r)}
}

// rewound is a stream whose beginning is given again.
type rewound struct {
	io.Reader
	limits Limits
}

func (r *rewound) Limits() Limits { return r.limits }

type fault struct{ err error }

func (f fault) Read([]byte) (int, error) { return 0, f.err }
