package cassettes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// smallDisk holds one file. Writes beyond its room are cut short, as those to a
// file system are; with stuck, all writes fail while it is full.
type smallDisk struct {
	data  []byte
	room  int // bytes that the file may have; less than 0 for any number
	stuck bool
	full  bool
}

func (d *smallDisk) WriteAt(p []byte, at int64) (int, error) {
	if d.room < 0 {
		d.full = false
	}
	if d.full && d.stuck {
		return 0, syscall.ENOSPC
	}
	n := len(p)
	if d.room >= 0 && int(at)+n > d.room {
		n, d.full = max(0, d.room-int(at)), true
	}
	if grow := int(at) + n - len(d.data); grow > 0 {
		d.data = append(d.data, make([]byte, grow)...)
	}
	copy(d.data[at:], p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *smallDisk) Truncate(size int64) error {
	d.data = append(d.data[:min(int(size), len(d.data))], make([]byte, max(0, int(size)-len(d.data)))...)
	return nil
}

func (d *smallDisk) Close() error { return nil }

// pings are exchanges of several lengths, told apart by their path.
func pings(n int) (list []*traffic.Exchange) {
	for i := range n {
		list = append(list, &traffic.Exchange{
			Request:  traffic.Request{Method: "GET", URL: fmt.Sprintf("http://127.0.0.1:1/api/v1/ping/%d", i)},
			Response: traffic.Response{Status: 200, Body: []byte(`{"a":"` + strings.Repeat("b", 40*((i*7)%5)) + `"}`)},
		})
	}
	return list
}

// A disk that is full from any byte on costs the exchanges that have no room, and
// nothing else: the file is whole to any reader all the time, and goes on when
// there is room again.
func TestFullDiskTearsNothing(t *testing.T) {
	const full, after = 3, 1 // exchanges with the disk full from some byte on, and with room again
	for ending, read := range wholeReaders {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			whole := &smallDisk{room: -1}
			rec := recordTo(t, whole, ending, pings(full))
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
			empty := smallDisk{room: -1}
			recordTo(t, &empty, ending, nil)
			for _, room := range formattest.Cuts(whole.data) {
				if room < len(empty.data) || room == len(whole.data) {
					continue
				}
				for _, stuck := range []bool{false, true} {
					disk := &smallDisk{room: room, stuck: stuck}
					judgeFull(t, disk, ending, read, full, after)
					if t.Failed() {
						t.Fatalf("%s, room for %d bytes, stuck %t", ending, room, stuck)
					}
				}
			}
		})
	}
}

func judgeFull(t *testing.T, disk *smallDisk, ending string, read func([]byte) ([]string, error), full, after int) {
	all := pings(full + after)
	rec := recordTo(t, disk, ending, nil)
	told := 0
	var want []string
	add := func(x *traffic.Exchange) {
		n := rec.n
		if rec.Add(x) != nil {
			told++
		}
		if rec.n > n {
			want = append(want, x.Request.URL)
			return // a later look sees it
		}
		if disk.stuck && disk.full && ending == ".har" {
			return // nothing can be mended where nothing can be written
		}
		same(t, read, disk.data, want)
	}
	for _, x := range all[:full] {
		add(x)
	}
	left := int64(full) - rec.n
	disk.room = -1
	for _, x := range all[full:] {
		add(x)
	}
	if told > 1 || told == 0 && left > 0 || rec.left != left || rec.n != int64(full+after)-left {
		t.Errorf("expected the rest recorded and to be told once, found %d left out, %d recorded, told %d times", rec.left, rec.n, told)
	}
	err := rec.Close()
	if left > 0 && (err == nil || !strings.Contains(err.Error(), fmt.Sprint(left, " exchange")) || !strings.Contains(err.Error(), "no space")) {
		t.Errorf("expected to be told how many were left out, found %v", err)
	}
	same(t, read, disk.data, want)
}

// recordTo begins a recording and adds exchanges, which must succeed.
func recordTo(t *testing.T, disk *smallDisk, ending string, list []*traffic.Exchange) *Recorder {
	t.Helper()
	rec, err := record(writer(t, "x"+ending), disk, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if err := rec.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	return rec
}

func same(t *testing.T, read func([]byte) ([]string, error), data []byte, want []string) {
	t.Helper()
	got, err := read(data)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("expected %q, found %q, %v in\n%s", want, got, err, data)
	}
}

// wholeReaders read recordings as other tools do, and take no half entry.
var wholeReaders = map[string]func([]byte) ([]string, error){
	".har": func(data []byte) (urls []string, err error) {
		var doc struct {
			Log struct {
				Entries []struct{ Request struct{ URL string } }
			}
		}
		if err = json.Unmarshal(data, &doc); err == nil {
			for _, e := range doc.Log.Entries {
				urls = append(urls, e.Request.URL)
			}
		}
		return urls, err
	},
	".yaml": func(data []byte) (urls []string, err error) {
		var doc struct {
			Interactions []struct{ Request struct{ URL string } }
		}
		if err = yaml.Unmarshal(data, &doc); err == nil {
			for _, e := range doc.Interactions {
				urls = append(urls, e.Request.URL)
			}
		}
		if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
			err = io.ErrUnexpectedEOF // half a number is a number
		}
		return urls, err
	},
	".ndjson": func(data []byte) (urls []string, err error) {
		for line := range bytes.Lines(data) {
			var e struct{ Request struct{ URL string } }
			if err = json.Unmarshal(line, &e); err != nil || !bytes.HasSuffix(line, []byte("\n")) {
				return urls, fmt.Errorf("%q: %v", line, err)
			}
			urls = append(urls, e.Request.URL)
		}
		return urls, err
	},
}

// A recording that can't be begun leaves no half beginning.
func TestFullDiskAtTheBeginning(t *testing.T) {
	for room := range 20 {
		disk := &smallDisk{room: room}
		if _, err := record(writer(t, "x.har"), disk, nil); err == nil || len(disk.data) > 0 {
			t.Errorf("room for %d bytes: expected an error and no byte, found %v and %q", room, err, disk.data)
		}
	}
}

// writer is the format that a file of that name is written in.
func writer(t *testing.T, name string) format.Format {
	t.Helper()
	f, err := writtenAs(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
