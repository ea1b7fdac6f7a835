package cli

import (
	"errors"
	"fmt"

	"github.com/mbxcheck/mbxcheck/cassettes/ndjson"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/output"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	exchanged "github.com/mbxcheck/mbxcheck/suites/traffic"
)

// recorder writes exchanges as NDJSON as they come. One that can't be written, the
// disk being full, is left out whole, and the next one tried.
type recorder struct {
	file    output.Storage
	entries *output.Entries
	lines   *ndjson.Writer // of the entries
	tell    func(error)    // of the first one left out
	left    int64
	err     error // the first
}

func newRecorder(file output.Storage, hide *mask.Masker, tell func(error)) *recorder {
	entries := output.NewEntries(file)
	return &recorder{file: file, entries: entries, lines: ndjson.NewWriter(entries, hide), tell: tell}
}

func (r *recorder) add(x *exchanged.Exchange) {
	err := r.lines.Add(x)
	if err == nil {
		return
	}
	if r.left++; r.err == nil {
		r.err = err
		r.tell(err)
	}
}

// close completes the file. Its error says that it is not whole, and how much is
// missing.
func (r *recorder) close() error {
	ended := errors.Join(r.entries.Mend(), r.file.Close())
	if r.left == 0 {
		return ended
	}
	return errors.Join(output.LeftOut(r.left, r.err), ended)
}

// notRecorded says at once that exchanges are not recorded, and what to do.
func notRecorded(name string, err error) string {
	return fmt.Sprintf("the recording %s can't be written: %v. Exchanges are left out until it can be: make room on its disk, or begin again with a recording elsewhere. What was recorded before can be read", name, err)
}
