package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/govcr"
	"github.com/mbxcheck/mbxcheck/cassettes/har"
	"github.com/mbxcheck/mbxcheck/cassettes/ndjson"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/output"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// recording is a file of exchanges in the order in which they ended. Each is
// written whole and at once, so that the file is readable up to the last one
// however the process ends. One that could not be written, the disk being full, is
// left out whole, and the next one tried. It is safe for concurrent use.
type recording struct {
	mu   sync.Mutex
	file output.Storage
	hide *mask.Masker
	put  func(*traffic.Exchange) error // all of it or nothing
	end  func() error
	n    int64
	left int64 // that could not be written
	err  error // the first
}

// recordingMode is that of a recording that is made: what masking can't know
// stands in it, and it is for who made it to show it to others.
const recordingMode = 0o600

// newRecording opens a file, whose ending says in which format it is written.
// What it held before is lost.
func newRecording(name string, hide *mask.Masker) (*recording, error) {
	ending := strings.ToLower(filepath.Ext(name))
	begin := formats[ending]
	if begin == nil {
		return nil, unsound("recording %s: expected a name that ends in .yaml (go-vcr v3), .ndjson or .har, found %q", name, ending)
	}
	file, rewritten, err := output.OpenStorage(name, recordingMode)
	if err != nil {
		return nil, unsound("recording: %v; expected a path where a file may be made", err)
	}
	if ending == ".har" && !rewritten {
		return nil, errors.Join(unsound("recording %s: expected a file, for the end of a HAR is written anew behind each entry, found a pipe or a device, which .ndjson and .yaml go to as well", name), file.Close())
	}
	return beginRecording(file, begin, hide)
}

func beginRecording(file output.Storage, begin func(*recording) error, hide *mask.Masker) (*recording, error) {
	r := &recording{file: file, hide: hide}
	if err := begin(r); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// formats begin a recording, by its name's ending.
var formats = map[string]func(*recording) error{
	".yaml": beginVCR, ".yml": beginVCR, ".ndjson": beginLines, ".jsonl": beginLines, ".har": beginHAR,
}

func beginVCR(r *recording) error {
	entries := output.NewEntries(r.file)
	c := govcr.NewWriter(entries, r.hide)
	r.put, r.end = c.Add, func() error { return cmp.Or(entries.Mend(), c.Close()) }
	return nil
}

func beginLines(r *recording) error {
	entries := output.NewEntries(r.file)
	r.put, r.end = ndjson.NewWriter(entries, r.hide).Add, entries.Mend
	return nil
}

func beginHAR(r *recording) error {
	w, err := har.NewWriter(r.file, r.hide)
	if err != nil {
		return err
	}
	r.put, r.end = w.Add, w.Mend
	return nil
}

// Record answers requests as next does, and writes every exchange to a file, as
// a server with Options.Record does: by the clock, which many goroutines may
// ask and nobody sets, and with each peer's own address. Close completes the file and returns
// the first error there was; nothing may be asked of the handler after it.
func Record(next http.Handler, name string, clock func() time.Time) (h http.Handler, close func() error, err error) {
	r, err := newRecording(name, mask.New())
	if err != nil {
		return nil, nil, err
	}
	return &observer{next: next, log: slog.New(slog.DiscardHandler), record: r, clientIP: clientIP(""), clock: clock}, r.close, nil
}

// add writes an exchange, or leaves it out: the first error is returned, further
// ones are counted only.
func (r *recording) add(x *traffic.Exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := r.put(x)
	if err == nil {
		r.n++
		return nil
	}
	if r.left++; r.err != nil {
		return nil
	}
	r.err = err
	return err
}

func (r *recording) count() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// close completes the file, and returns the first error there was, with how many
// exchanges were left out.
func (r *recording) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return fs.ErrClosed
	}
	ended := errors.Join(r.end(), r.file.Close())
	r.file = nil
	if r.left == 0 {
		return ended
	}
	return errors.Join(output.LeftOut(r.left, r.err), ended)
}

// opened is what is known of a connection; a connection's requests come one after
// another, so that nobody asks for it twice at once.
type opened struct {
	at   time.Time
	free time.Time // when the last answer on it was handed over; zero before
}

// connectionKey marks a connection in the context of its requests.
type connectionKey struct{}

// connected notes when a connection was opened, for http.Server.ConnContext.
func (o *observer) connected(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &opened{at: wire.OpenedAt(conn, o.clock())})
}

// arrival is what is known of a request's coming, and notes when its connection
// will be free for the next one. A handler that is called without a connection is
// called by the client itself, which sends at that instant.
func arrival(r *http.Request, at, answered time.Time) (traffic.Arrival, traffic.Span) {
	c, ok := r.Context().Value(connectionKey{}).(*opened)
	if !ok {
		return traffic.Arrival{}, traffic.Exactly(at)
	}
	a := traffic.Arrival{OpenedAt: c.at, FreeAt: c.free, FirstByteAt: at}
	c.free = answered
	return a, a.Sent()
}

// exchange is what was seen of a request and its response. The instants are the
// server's: when the request's header had arrived, which bounds its sending, and
// when the response was written.
func (o *observer) exchange(s *seen, r *http.Request, took time.Duration) *traffic.Exchange {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	host := cmp.Or(r.Host, o.host)
	x := &traffic.Exchange{
		Request:         traffic.Request{Method: r.Method, URL: scheme + host + r.URL.RequestURI(), Header: requestFields(r), Body: s.sent.Bytes()},
		Client:          o.clientIP(r),
		Received:        traffic.Exactly(s.at.Add(took)),
		Duration:        took,
		CompleteHistory: true, // the venue's memory begins with the recording
	}
	x.Arrival, x.Sent = arrival(r, s.at, x.Received.Latest)
	if int64(s.sent.Len()) < r.ContentLength {
		x.Gaps |= traffic.GapRequestBody // the venue refused it unread
	}
	if s.status == 0 {
		x.Gaps |= traffic.GapResponse
		return x
	}
	x.Response = traffic.Response{Status: s.status, Header: traffic.HeaderOf(s.Header()), Body: s.body.Bytes()}
	return x
}

// requestFields are the fields that net/http keeps, and those that it takes
// out of them.
func requestFields(r *http.Request) traffic.Header {
	list := traffic.Header{{Name: "Host", Value: r.Host}}
	if r.ContentLength > 0 {
		list = append(list, traffic.Field{Name: "Content-Length", Value: fmt.Sprint(r.ContentLength)})
	}
	return append(list, traffic.HeaderOf(r.Header)...)
}
