package serve

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Record answers requests as next does, and writes every exchange to a file, as
// a server with Options.Record does: by the clock, which many goroutines may
// ask and nobody sets, and with each peer's own address. Close completes the file and returns
// the first error there was; nothing may be asked of the handler after it.
func Record(next http.Handler, name string, clock func() time.Time) (h http.Handler, close func() error, err error) {
	r, err := cassettes.Create(name, nil)
	if err != nil {
		return nil, nil, err
	}
	return &observer{next: next, log: slog.New(slog.DiscardHandler), record: r, clientIP: clientIP(""), clock: clock}, r.Close, nil
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
