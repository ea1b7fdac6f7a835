package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// note is one line of a client's diary: what it did, by its own clock, and
// nothing that anybody else saw.
type note struct {
	At     time.Duration `json:"at"` // since the process began
	Event  event         `json:"event"`
	Call   int           `json:"call,omitempty"` // from 1
	Thread int           `json:"thread,omitempty"`

	// Of a decision: the call, and what tells it from others.
	Method   string `json:"method,omitempty"`
	Path     string `json:"path,omitempty"`
	Same     string `json:"same,omitempty"` // equal of two calls that ask for the same thing
	Symbol   string `json:"symbol,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	About    string `json:"about,omitempty"` // the order that is asked for or cancelled

	// Of an answer.
	Status     int    `json:"status,omitempty"` // 0 for none
	RetryAfter string `json:"retry_after,omitempty"`
	Date       string `json:"date,omitempty"`
	Error      string `json:"error,omitempty"`
	OrderID    string `json:"order_id,omitempty"`
}

// event is what a note is about.
type event string

// The events.
const (
	decided event = "decided" // to send a call: nothing was known yet but what is noted before
	dialled event = "dialled" // a connection for it is being opened
	got     event = "got"     // it has a connection that was free, maybe another call's
	wrote   event = "wrote"   // it is on its way
	read    event = "read"    // its answer was read to the end, or there is none
	done    event = "done"    // the client has nothing more to do
	stopped event = "stopped" // the client was asked to end
)

// diary is written while a client plays. Every line is in the file before what
// follows it is done, so that a client that is killed has told all. It is safe
// for concurrent use.
type diary struct {
	mu    sync.Mutex
	began time.Time
	file  *os.File
	err   error // the first
}

// newDiary opens a diary of its own in a directory: of the same behaviour there
// may be several processes.
func newDiary(dir string, began time.Time) (*diary, error) {
	file, err := os.CreateTemp(dir, "*"+diaryEnding)
	if err != nil {
		return nil, err
	}
	return &diary{began: began, file: file}, nil
}

const diaryEnding = ".diary"

// add writes a note, as of now.
func (d *diary) add(n note) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n.At = time.Since(d.began)
	line, err := json.Marshal(n)
	if err == nil {
		_, err = d.file.Write(append(line, '\n'))
	}
	d.err = errors.Join(d.err, err)
}

// readDiary reads the only diary of a directory.
func readDiary(dir string) ([]note, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*"+diaryEnding))
	if err != nil {
		return nil, err
	}
	if len(names) != 1 {
		return nil, fmt.Errorf("%s: expected one client's diary, found %d: %w", dir, len(names), fs.ErrNotExist)
	}
	file, err := os.Open(names[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var notes []note
	for lines := bufio.NewScanner(file); ; {
		if !lines.Scan() {
			return notes, lines.Err()
		}
		var n note
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", names[0], len(notes)+1, err)
		}
		notes = append(notes, n)
	}
}
