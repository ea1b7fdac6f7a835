// Package progress draws one line on a terminal that says how far a long job
// is. It must not know what the job is.
package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// State is how far the job is at one instant.
type State struct {
	Bytes, TotalBytes int64 // TotalBytes is 0 when nobody knows
	Files, TotalFiles int64
	Exchanges         int64
}

const (
	// patience is how long a job may run before anyone wonders.
	patience = time.Second
	// refresh is how often the line is drawn: often enough to move, seldom
	// enough to read.
	refresh = 200 * time.Millisecond
)

// Bar draws a line until Stop. It is not safe for concurrent use.
type Bar struct {
	quit, done chan struct{}
}

// Start draws on w, a terminal of the given width in columns, what state
// returns, from one second on.
func Start(w io.Writer, width func() int, state func() State) *Bar {
	b := &Bar{quit: make(chan struct{}), done: make(chan struct{})}
	go b.run(w, width, state)
	return b
}

func (b *Bar) run(w io.Writer, width func() int, state func() State) {
	defer close(b.done)
	began := time.Now()
	select {
	case <-b.quit:
		return
	case <-time.After(patience):
	}
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for {
		// Carriage return, the line, and the rest of the old line erased (ECMA-48 EL).
		io.WriteString(w, "\r"+Line(state(), time.Since(began), width())+"\x1b[K")
		select {
		case <-b.quit:
			io.WriteString(w, "\r\x1b[K")
			return
		case <-tick.C:
		}
	}
}

// Stop takes the line away. It may be called on nil.
func (b *Bar) Stop() {
	if b == nil {
		return
	}
	close(b.quit)
	<-b.done
}

// Line returns the line for a state after some time, shorter than width: a
// line as wide as the terminal would wrap.
func Line(s State, took time.Duration, width int) string {
	var parts []string
	share := -1.0
	if s.TotalBytes > 0 {
		share = min(1, float64(s.Bytes)/float64(s.TotalBytes))
		parts = append(parts, fmt.Sprintf("%s of %s", bytes(s.Bytes), bytes(s.TotalBytes)))
	} else {
		parts = append(parts, bytes(s.Bytes))
	}
	if s.TotalFiles > 1 {
		parts = append(parts, fmt.Sprintf("%d of %d files", s.Files, s.TotalFiles))
	}
	if seconds := took.Seconds(); seconds > 0 {
		parts = append(parts, fmt.Sprintf("%s exchanges/s", count(float64(s.Exchanges)/seconds)))
	}
	text := strings.Join(parts, ", ")
	const percent, narrowest = len(" 100% "), 10
	if room := width - 1 - len(text) - percent - len("[]"); share >= 0 && room >= narrowest {
		room = min(room, 30)
		full := int(share * float64(room))
		return fmt.Sprintf("[%s%s] %3.0f%% %s", strings.Repeat("=", full), strings.Repeat(" ", room-full), share*100, text)
	}
	if len(text) >= width && width > 0 {
		text = text[:width-1]
	}
	return text
}

// bytes writes a size in decimal units, as disks are sold and networks counted.
func bytes(n int64) string {
	v, unit := float64(n), "B"
	for _, u := range []string{"kB", "MB", "GB", "TB"} {
		if v < 1000 {
			break
		}
		v, unit = v/1000, u
	}
	if unit == "B" || v >= 100 {
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

func count(v float64) string {
	if v >= 10_000 {
		return fmt.Sprintf("%.0fk", v/1000)
	}
	return fmt.Sprintf("%.0f", v)
}
