package judge

import (
	"fmt"
	"runtime/debug"
	"slices"
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

// panickedSource is one whose reader panicked.
type panickedSource struct {
	source int
	by     *panicked
}

// tellPanics returns what to say of the sources whose readers panicked, in the
// order of the files: the first with its stack.
func (p *pass) tellPanics() (told []error) {
	slices.SortFunc(p.broken, func(a, b panickedSource) int { return a.source - b.source })
	for i, b := range p.broken[:min(len(p.broken), maxPanics)] {
		file := p.sources[b.source].Path
		if i == 0 {
			told = append(told, fmt.Errorf("%s: reading it panicked: %w", file, b.by))
		} else {
			told = append(told, fmt.Errorf("%s: reading it panicked: %s", file, b.by.line()))
		}
	}
	if more := len(p.broken) - maxPanics; more > 0 {
		told = append(told, fmt.Errorf("reading %d more files panicked", more))
	}
	return told
}
