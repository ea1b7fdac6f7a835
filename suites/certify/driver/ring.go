package driver

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// ring keeps the end of what is written to it. It is safe for concurrent use.
type ring struct {
	keep int // how many bytes

	mu   sync.Mutex
	text []byte // the last bytes, up to twice as many as are kept
	lost bool   // something was written before them
}

// Write never fails.
func (r *ring) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(b)
	if len(b) > r.keep {
		b, r.lost = b[len(b)-r.keep:], true
	}
	if r.text = append(r.text, b...); len(r.text) > 2*r.keep {
		r.text, r.lost = append(r.text[:0], r.text[len(r.text)-r.keep:]...), true
	}
	return n, nil
}

// String returns what is kept, cut to whole characters.
func (r *ring) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := r.text[max(0, len(r.text)-r.keep):]
	for (r.lost || len(text) < len(r.text)) && len(text) > 0 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// lastLines are the last lines of a text, as many as a message bears.
func lastLines(text string) string {
	const most = 20 // Node's stack traces have some fifteen
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
