// Package format is the contract between cassettes, which opens a path, and
// the folders below it, one a recording format: what a format is, the limits
// on everything read from outside, and errors that name file and line.
//
// It knows readers and exchanges. It must not know any one format, nor the
// rules.
package format

import (
	"fmt"
	"iter"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is one recording format. Its values are constants of their packages
// and safe for concurrent use.
type Format struct {
	// Name is what reports and messages call it, such as "go-vcr v3".
	Name string

	// Sniff tells from the first bytes of a file (up to SniffLen, fewer when
	// the file is shorter) whether this is the format. It must not say yes to
	// another format's file. Where it says no to a file that comes near (the
	// same syntax, another structure), missing names what it looked for; ""
	// says that the file is nothing alike.
	Sniff func(head []byte) (is bool, missing string)

	// Wants says, for a file that nobody recognised, what this format would
	// have begun with: the expected half of an error.
	Wants string

	// Records is what the format's usual recorder keeps of every exchange.
	Records Records

	// Note says what a format holds only where a certain recorder wrote it;
	// "" for nothing.
	Note string

	// Read yields the exchanges of one recording in file order, streaming:
	// never the whole file in memory. Each exchange is valid until the next
	// is asked for. A broken entry is yielded as a nil exchange with an *Error;
	// the reader goes on behind it if it can and ends otherwise. A broken
	// entry counts in the Numbers of those after it.
	Read func(in Input) iter.Seq2[*traffic.Exchange, error]

	// Write begins a recording in empty storage; nil for a format that is only read.
	// What can't be begun leaves the storage empty. It takes masked exchanges alone;
	// package cassettes masks for all who write.
	Write func(to Storage) (Writer, error)

	// Endings are those of the names of recordings that are written, in lower case,
	// the usual one first.
	Endings []string

	// Rewrites says that Write goes back to what it wrote, so that the storage must
	// be a file.
	Rewrites bool

	// Loses says what Write has no place for. An exchange that is written and read
	// again is the same but for that.
	Loses Losses

	// Lines says that each line which begins with a brace is an entry by itself,
	// whatever stands before it, so that several cores can read a recording.
	Lines bool
}

// SniffLen is how many bytes of a file Sniff sees: enough for the metadata that
// HAR and cassette writers put before the first exchange.
const SniffLen = 4096

// Error says where a recording could not be read, what was expected there and
// what was found.
type Error struct {
	File     string
	Line     int   // 1-based; 0 if unknown
	Offset   int64 // byte offset, used when Line is 0
	Expected string
	Found    string
	Err      error // the cause, if another error is one
}

func (e *Error) Error() string {
	at := fmt.Sprintf("%s:%d", e.File, e.Line)
	if e.Line == 0 {
		at = fmt.Sprintf("%s: byte %d", e.File, e.Offset)
	}
	switch {
	case e.Err != nil && e.Expected == "":
		return fmt.Sprintf("%s: %s", at, mask.Text(e.Err.Error()))
	case e.Err != nil:
		return fmt.Sprintf("%s: expected %s: %s", at, e.Expected, mask.Text(e.Err.Error()))
	}
	return fmt.Sprintf("%s: expected %s, found %s", at, mask.Text(e.Expected), mask.Text(e.Found))
}

func (e *Error) Unwrap() error { return e.Err }
