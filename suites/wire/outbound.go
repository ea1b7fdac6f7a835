package wire

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Outbound is a round tripper that has another one send, and sees what passes of the
// requests that Watch marks, as their client does. It changes nothing, but that it reads
// on an answer that its reader left, as far as it would be kept, so that it is seen whole.
// The fields are set before the first request; it is safe for concurrent use.
type Outbound struct {
	Via   http.RoundTripper
	Clock func() time.Time // a steady one, and that of the Tap in front
}

// Watch marks requests whose exchange ended is to hear of, once, when nothing more comes
// of it, and before who reads the answer hears of its end. It does not hear of a request
// for which there was no connection, nor of one that another protocol came of.
func Watch(ctx context.Context, ended func(*traffic.Exchange)) context.Context {
	return context.WithValue(ctx, endedKey{}, ended)
}

// endedKey marks who hears of an exchange in its request's context.
type endedKey struct{}

// RoundTrip implements http.RoundTripper.
func (o *Outbound) RoundTrip(r *http.Request) (*http.Response, error) {
	ended, _ := r.Context().Value(endedKey{}).(func(*traffic.Exchange))
	if ended == nil {
		return o.Via.RoundTrip(r)
	}
	s := &sent{clock: o.Clock, ended: ended, ctx: r.Context()}
	s.x.Request = traffic.Request{Method: r.Method, URL: r.URL.Scheme + "://" + r.URL.Host + r.URL.RequestURI(), Header: written(r)}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { s.begin() }}))
	if r.Body != nil && r.Body != http.NoBody {
		s.body.ReadCloser, s.body.length = r.Body, r.ContentLength
		r.Body = &s.body
	}
	resp, err := o.Via.RoundTrip(r)
	switch {
	case err != nil:
		s.lost(err)
		return nil, err
	case resp.StatusCode == http.StatusSwitchingProtocols:
		return resp, nil
	}
	s.x.Response = traffic.Response{Status: resp.StatusCode, Header: traffic.HeaderOf(resp.Header)}
	resp.Body = &received{of: s, from: resp.Body}
	return resp, nil
}

// written are the fields that net/http writes: an empty User-Agent stands for none.
func written(r *http.Request) traffic.Header {
	return slices.DeleteFunc(byName(r), func(f traffic.Field) bool { return f == traffic.Field{Name: "User-Agent"} })
}

// sent is a request on its way, and what comes of it.
type sent struct {
	clock func() time.Time
	ended func(*traffic.Exchange)
	ctx   context.Context
	body  kept // of the request
	once  sync.Once

	mu sync.Mutex // of x.Sent, which another goroutine may set
	x  traffic.Exchange
}

// begin notes that there is a connection: what is sent is sent after this.
func (s *sent) begin() {
	now := s.clock()
	s.mu.Lock()
	s.x.Sent = traffic.Exactly(now)
	s.mu.Unlock()
}

// lost notes that no answer came.
func (s *sent) lost(err error) {
	if lost := LostBy(err); lost != "" && s.ctx.Err() == nil {
		s.x.Annotation = &traffic.Annotation{Lost: lost}
	}
	s.end(traffic.GapResponse)
}

// end tells of the exchange, as far as it came.
func (s *sent) end(gap traffic.Gap) {
	s.once.Do(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.x.Sent.Known() {
			return
		}
		s.x.Received = traffic.Exactly(s.clock())
		s.x.Duration = s.x.Received.Earliest.Sub(s.x.Sent.Earliest)
		s.x.Gaps |= gap
		var whole bool
		if s.x.Request.Body, whole = s.body.text(); !whole {
			s.x.Gaps |= traffic.GapRequestBody
		}
		s.ended(&s.x)
	})
}

// kept is a request's body, which is kept as it is read. Net/http may read it still
// when the answer is there.
type kept struct {
	io.ReadCloser       // nil for none
	length        int64 // that it says, -1 for none
	mu            sync.Mutex
	data          []byte
	cut, over     bool // more came than is kept; nothing more comes
}

// Read implements io.Reader.
func (k *kept) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	k.mu.Lock()
	defer k.mu.Unlock()
	room := min(n, maxBody-len(k.data))
	k.data, k.cut, k.over = append(k.data, p[:room]...), k.cut || room < n, k.over || err == io.EOF
	return n, err
}

// text is what was read, and whether that is all.
func (k *kept) text() (data []byte, whole bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.data[:len(k.data):len(k.data)], k.ReadCloser == nil || !k.cut && (k.over || int64(len(k.data)) == k.length)
}

// received is the body of an answer, which is kept as it is read.
type received struct {
	of   *sent
	from io.ReadCloser
	cut  bool // more came than is kept
}

// Read implements io.Reader.
func (b *received) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	body := &b.of.x.Response.Body
	room := min(n, maxAnswer-len(*body))
	*body, b.cut = append(*body, p[:room]...), b.cut || room < n
	switch {
	case err == io.EOF && !b.cut:
		b.of.end(0)
	case err != nil:
		b.of.end(traffic.GapTruncated)
	}
	return n, err
}

// Close implements io.Closer. What was not read is read as far as it would be kept:
// it was not the other side that broke off.
func (b *received) Close() error {
	rest := make([]byte, 4<<10)
	for err := error(nil); err == nil && !b.cut; {
		_, err = b.Read(rest)
	}
	b.of.end(traffic.GapTruncated)
	return b.from.Close()
}
