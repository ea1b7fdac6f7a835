package judge

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/progress"
)

// Meter counts what a pass has done so far. It is safe for concurrent use: the
// pass writes, a progress bar reads.
type Meter struct {
	bytes, totalBytes atomic.Int64
	files, totalFiles atomic.Int64
	exchanges         atomic.Int64
}

// State returns the counts of this instant.
func (m *Meter) State() progress.State {
	return progress.State{
		Bytes: m.bytes.Load(), TotalBytes: m.totalBytes.Load(),
		Files: m.files.Load(), TotalFiles: m.totalFiles.Load(),
		Exchanges: m.exchanges.Load(),
	}
}

func (m *Meter) start(sources []Source) {
	for _, s := range sources {
		if s.Info != nil && s.Info.Mode().IsRegular() {
			m.totalBytes.Add(s.Info.Size())
		}
	}
	m.totalFiles.Store(int64(len(sources)))
}

// counted counts the bytes read of a file, and seeks if the file does: readers
// go back to the start once the format is known.
type counted struct {
	r     io.Reader
	bytes *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c *counted) Seek(offset int64, whence int) (int64, error) {
	s, ok := c.r.(io.Seeker)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	at, err := s.Seek(offset, whence)
	if err == nil && whence == io.SeekCurrent && offset < 0 {
		c.bytes.Add(offset)
	}
	return at, err
}
