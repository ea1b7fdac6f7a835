package judge

import (
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
		m.totalBytes.Add(s.Size())
	}
	m.totalFiles.Store(int64(len(sources)))
}
