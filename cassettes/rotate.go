package cassettes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Rotation says when a recording goes on in another file: as soon as the one at hand has so
// many bytes, or is as old, and holds an exchange. Zero is never; the zero Rotation has one
// file.
type Rotation struct {
	Bytes int64
	Age   time.Duration
}

// Rotated is a recording that may go on from file to file, each of which is a recording by
// itself, and all of which are one, in the order of their names. With a Rotation they are
// called NAME-000001.ENDING and so on.
//
// Beside them stands an index, NAME.index.json, that counts what was to be recorded and
// what was: see Index. It is safe for concurrent use.
type Rotated struct {
	mu    sync.Mutex
	name  string
	hide  *mask.Masker
	by    Rotation
	clock func() time.Time

	current *Recorder // nil between two files, if one could not be made
	closed  bool
	began   time.Time
	index   Index
	indexed bool  // there is an index: what is written is a file
	left    int64 // exchanges that could not be written
	err     error // why the first of them was not
}

// Index is what stands beside a recording that was made.
type Index struct {
	Seen     int64       `json:"seen"`     // exchanges that were to be recorded
	Written  int64       `json:"written"`  // exchanges that stand in the files
	Complete bool        `json:"complete"` // the recording was ended, and not broken off
	Files    []IndexFile `json:"files"`
}

// IndexFile is one file of a recording.
type IndexFile struct {
	File      string    `json:"file"` // beside the index
	Exchanges int64     `json:"exchanges"`
	From      time.Time `json:"from"` // it was begun
}

// partName is the name of a file of a recording.
func partName(name string, n int) string {
	ending := filepath.Ext(name)
	return fmt.Sprintf("%s-%06d%s", strings.TrimSuffix(name, ending), n, ending)
}

// CreateRotated begins a recording as Create does. With a Rotation it fails where there is
// a file of another recording of that name: both would be taken for one.
func CreateRotated(name string, hide *mask.Masker, by Rotation) (*Rotated, error) {
	p := &Rotated{name: name, hide: hide, by: by, clock: time.Now}
	if p.rotates() {
		if _, err := writtenAs(name); err != nil {
			return nil, err
		}
		ending := filepath.Ext(name)
		old, err := filepath.Glob(globbed(strings.TrimSuffix(name, ending)) + "-[0-9][0-9][0-9][0-9][0-9][0-9]" + globbed(ending))
		if err != nil || len(old) > 0 {
			return nil, fmt.Errorf("%s: expected no file of an earlier recording of that name, found %s; choose another name, or move them away", name, strings.Join(old, ", "))
		}
	}
	if err := p.open(); err != nil {
		return nil, err
	}
	info, err := os.Stat(p.file())
	if p.indexed = err == nil && info.Mode().IsRegular(); p.indexed {
		if err := p.writeIndex(); err != nil {
			return nil, errors.Join(err, p.current.Close())
		}
	}
	return p, nil
}

// globbed is a name as a pattern that fits it alone.
func globbed(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

func (p *Rotated) rotates() bool { return p.by != Rotation{} }

// file is the name of the file at hand.
func (p *Rotated) file() string {
	if !p.rotates() {
		return p.name
	}
	return partName(p.name, len(p.index.Files))
}

// open begins the next file.
func (p *Rotated) open() error {
	p.index.Files = append(p.index.Files, IndexFile{File: "", From: p.clock().UTC()})
	f := &p.index.Files[len(p.index.Files)-1]
	f.File = filepath.Base(p.file())
	r, err := Create(p.file(), p.hide)
	if err != nil {
		p.index.Files = p.index.Files[:len(p.index.Files)-1]
		return err
	}
	p.current, p.began = r, p.clock()
	return nil
}

// Add writes an exchange, which it does not keep, or leaves it out: the first error
// is returned, further ones are counted only. After Close it does nothing.
func (p *Rotated) Add(x *traffic.Exchange) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.index.Seen++
	err := p.turn()
	if err == nil {
		before := p.current.Count()
		err = p.current.Add(x)
		if p.current.Count() > before {
			p.index.Files[len(p.index.Files)-1].Exchanges++
			p.index.Written++
			return nil
		}
	}
	if p.left++; p.err != nil || err == nil {
		return nil
	}
	p.err = err
	return err
}

// turn goes on in the next file, if it is time.
func (p *Rotated) turn() error {
	if p.current != nil && !p.full() {
		return nil
	}
	if p.current != nil {
		err := p.current.Close()
		p.current = nil
		if err != nil && p.err == nil {
			p.err = err
		}
	}
	if err := p.open(); err != nil {
		return err
	}
	_ = p.writeIndex() // which is written again; Close tells what is wrong then
	return nil
}

// full reports whether the file at hand has enough, and something.
func (p *Rotated) full() bool {
	if p.current.Count() == 0 {
		return false
	}
	if p.by.Age > 0 && p.clock().Sub(p.began) >= p.by.Age {
		return true
	}
	if p.by.Bytes <= 0 {
		return false
	}
	info, err := os.Stat(p.file())
	return err == nil && info.Size() >= p.by.Bytes
}

// Count returns how many exchanges were written.
func (p *Rotated) Count() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.index.Files) == 1 && p.current != nil {
		return p.current.Count() // of a pipe's reader it is known in the end alone what it took
	}
	return p.index.Written
}

// Close completes the recording. Its error says that the recording is not whole, how many
// exchanges were left out and why the first of them.
func (p *Rotated) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fs.ErrClosed
	}
	p.closed = true
	var ended error
	if p.current != nil {
		ended = p.current.Close()
		if n := p.current.Count(); len(p.index.Files) == 1 {
			p.index.Written, p.index.Files[0].Exchanges = n, n
		}
	}
	p.index.Complete = true
	err := p.writeIndex()
	if p.left > 0 && ended == nil {
		ended = leftOut(p.left, p.err)
	} else if ended == nil {
		ended = p.err
	}
	return errors.Join(ended, err)
}

// writeIndex writes the index anew.
func (p *Rotated) writeIndex() error {
	if !p.indexed {
		return nil
	}
	text, err := json.MarshalIndent(&p.index, "", " ")
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(p.name, filepath.Ext(p.name)) + ".index.json"
	if err := os.WriteFile(name, append(text, '\n'), RecordingMode); err != nil {
		return fmt.Errorf("the index of the recording was not written: %w", err)
	}
	return nil
}
