package serve

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// observer stands before the venue: it counts and logs, and changes nothing.
type observer struct {
	next     http.Handler
	log      *slog.Logger
	record   *cassettes.Recorder // whose exchanges are counted; nil for none
	clientIP func(*http.Request) string
	clock    func() time.Time // steady, and the venue's too: instants agree with Dates
	began    time.Time

	handlers sync.WaitGroup // those that have not noted yet what became of their request
	inFlight atomic.Int64
	bytes    atomic.Int64                // of bodies sent
	byStatus [highestStatus]atomic.Int64 // 0: not answered
}

// highestStatus bounds the statuses that are counted (RFC 9110 section 15).
const highestStatus = 600

// ServeHTTP implements http.Handler.
func (o *observer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.handlers.Add(1)
	defer o.handlers.Done() // after done
	o.inFlight.Add(1)
	s := seen{Written: wire.Written{ResponseWriter: w}, at: o.clock(), control: http.NewResponseController(w)}
	s.patient()
	// Faults end a request by a panic, as net/http wants it.
	defer o.done(&s, r)
	o.next.ServeHTTP(&s, r)
}

// done notes what became of a request.
func (o *observer) done(s *seen, r *http.Request) {
	took := o.clock().Sub(s.at)
	o.inFlight.Add(-1)
	o.count(s.Status, s.Length)
	if o.log.Enabled(r.Context(), slog.LevelInfo) {
		o.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", s.Status),
			slog.Int64("bytes", s.Length), slog.Duration("took", took), slog.String("client", o.clientIP(r)))
	}
}

// wait waits for the handlers, but not for longer than enough. A fault that
// resets a connection has taken it from net/http, whose Shutdown does not wait
// for its handler then.
func (o *observer) wait(enough <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		o.handlers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-enough:
	}
}

// count counts an answer.
func (o *observer) count(status int, bytes int64) {
	o.bytes.Add(bytes)
	if status >= 0 && status < highestStatus {
		o.byStatus[status].Add(1)
	}
}

// total is how many requests have been seen to their end.
func (o *observer) total() (n int64) {
	for i := range o.byStatus {
		n += o.byStatus[i].Load()
	}
	return n
}

// seen is a response as it is written.
type seen struct {
	wire.Written
	control *http.ResponseController
	at      time.Time
}

// patient gives the client its time to read what is written next. Faults that
// wait write little at a time, so that it is theirs too.
func (s *seen) patient() {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // a test's recorder has none
}

// Write implements http.ResponseWriter.
func (s *seen) Write(p []byte) (int, error) {
	s.patient()
	return s.Written.Write(p)
}

// adminIndex is what the admin port says of itself.
const adminIndex = `The admin port of an mbxcheck venue.

GET    /scenarios          the scenarios that it knows by name
GET    /scenario           the one that is played, and what came of it so far
PUT    /scenario?name=NAME play one of them from now on
PUT    /scenario           play the one in the body, in YAML
DELETE /scenario           fail no more
GET    /metrics            counts, for Prometheus

Requests whose Host is not localhost or a loopback address, or whose Origin is
another site, are refused with 403: a web page may have sent them.
`

// adminHandler is what the admin port answers: the scenarios, and counts for
// Prometheus, to callers of this machine and those who ask for the host that the
// port was bound to.
func adminHandler(in *fault.Injector, library []*fault.Scenario, o *observer, bound string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", in.Handler(library, bound))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, adminIndex)
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		o.metrics(w, in.Injected())
	})
	return fault.LocalOnly(mux, bound)
}

// metrics writes the counts in Prometheus's text format, version 0.0.4.
func (o *observer) metrics(w io.Writer, faults int64) {
	family := func(name, kind, help string) { fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	family("mbxcheck_requests_total", "counter", "Requests by the status they were answered with; 0 for none.")
	for status := range o.byStatus {
		if n := o.byStatus[status].Load(); n > 0 {
			fmt.Fprintf(w, "mbxcheck_requests_total{status=\"%d\"} %d\n", status, n)
		}
	}
	metric := func(name, kind, help string, value int64) {
		family(name, kind, help)
		fmt.Fprintf(w, "%s %d\n", name, value)
	}
	metric("mbxcheck_requests_in_flight", "gauge", "Requests being answered now.", o.inFlight.Load())
	metric("mbxcheck_response_body_bytes_total", "counter", "Bytes of response bodies sent.", o.bytes.Load())
	metric("mbxcheck_faults_total", "counter", "Calls that failed by a scenario.", faults)
	if o.record != nil {
		metric("mbxcheck_recorded_exchanges_total", "counter", "Exchanges in the recording.", o.record.Count())
	}
	metric("mbxcheck_start_time_seconds", "gauge", "When the venue started, in seconds since 1970.", o.began.Unix())
}
