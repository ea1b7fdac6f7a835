package judge

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// panicked is a panic of a reader that was caught, with the stack of the
// goroutine that it struck.
type panicked struct {
	value any
	stack []byte
}

// caught is called with what recover returned, where it did. What another
// goroutine caught before and panicked with anew stays what it was.
func caught(v any) *panicked {
	if p, ok := v.(*panicked); ok {
		return p
	}
	return &panicked{v, debug.Stack()}
}

// Error returns the panic and its stack.
func (p *panicked) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

// line returns the panic on one line.
func (p *panicked) line() string {
	first, _, _ := strings.Cut(fmt.Sprint(p.value), "\n")
	return first
}

// maxPanics bounds the panics that are told: files of one kind meet the same
// bug, and a library of ten thousand must not tell of it ten thousand times.
const maxPanics = 10

// tellPanics returns what to say of the results, in the order of the files, in
// which there is a panic: the first with its stack.
func (p *pass) tellPanics() (told []error) {
	n := 0
	for _, r := range p.results {
		if r.broken == nil {
			continue
		}
		file := p.sources[r.index].Path
		switch n++; {
		case n == 1:
			told = append(told, fmt.Errorf("%s: reading it panicked: %w", file, r.broken))
		case n <= maxPanics:
			told = append(told, fmt.Errorf("%s: reading it panicked: %s", file, r.broken.line()))
		}
	}
	if n > maxPanics {
		told = append(told, fmt.Errorf("reading %d more files panicked", n-maxPanics))
	}
	return told
}
