package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	exchanged "github.com/mbxcheck/mbxcheck/suites/traffic"
)

// smallDisk holds one file, of room bytes at the most; any number if it is negative.
type smallDisk struct {
	data []byte
	room int
}

func (d *smallDisk) WriteAt(p []byte, at int64) (n int, err error) {
	if n = len(p); d.room >= 0 && int(at)+n > d.room {
		n, err = max(0, d.room-int(at)), syscall.ENOSPC
	}
	d.data = append(d.data[:at], p[:n]...)
	return n, err
}

func (d *smallDisk) Truncate(size int64) error { d.data = d.data[:size]; return nil }
func (d *smallDisk) Close() error              { return nil }

// A probe whose disk is full from any byte on says so at once, once, and records on
// when there is room; each line is whole.
func TestProbeRecordsOnWhenThereIsRoom(t *testing.T) {
	x := &exchanged.Exchange{Request: exchanged.Request{Method: "GET", URL: "http://127.0.0.1:1/api/v1/ping"}, Response: exchanged.Response{Status: 200, Body: []byte("{}")}}
	for room := range 700 {
		disk, told := &smallDisk{room: room}, 0
		r := newRecorder(disk, mask.New(), func(error) { told++ })
		for range 3 {
			r.add(x)
			lines(t, disk.data)
		}
		had, left := lines(t, disk.data), r.left
		disk.room = -1
		r.add(x)
		if now := lines(t, disk.data); now != had+1 || int64(had) != 3-left || r.left != left || told != min(1, int(left)) {
			t.Fatalf("room for %d bytes: found %d lines, then %d, %d left out, told %d times", room, had, now, left, told)
		}
		switch err := r.close(); {
		case left == 0 && err == nil:
		case err == nil || left == 1 && !strings.HasPrefix(err.Error(), "1 exchange was left out: ") || left == 3 && !strings.HasPrefix(err.Error(), "3 exchanges were left out: "):
			t.Fatalf("room for %d bytes, %d left out: found %v", room, left, err)
		}
	}
}

// lines counts lines, each of which must be whole.
func lines(t *testing.T, data []byte) (n int) {
	t.Helper()
	for line := range bytes.Lines(data) {
		if n++; !json.Valid(line) || line[len(line)-1] != '\n' {
			t.Fatalf("expected a whole line, found %q", line)
		}
	}
	return n
}
