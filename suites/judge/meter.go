package judge

import "sync/atomic"

// Progress is how far a pass is at one instant.
type Progress struct {
	Bytes, TotalBytes int64 // TotalBytes is 0 when nobody knows
	Files, TotalFiles int64
	Exchanges         int64
}

// Meter counts what one pass has done so far; another pass takes another. It is safe for concurrent use: the
// pass writes, a progress bar reads.
type Meter struct {
	bytes, totalBytes atomic.Int64
	files, totalFiles atomic.Int64
	exchanges         atomic.Int64
}

// Progress returns the counts of this instant.
func (m *Meter) Progress() Progress {
	return Progress{
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
