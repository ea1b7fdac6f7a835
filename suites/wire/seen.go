package wire

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// End says how an exchange ended at the tap's side.
type End uint8

const (
	// Answered: the whole response was handed to the kernel.
	Answered End = iota + 1
	// CutShort: the response began and broke off.
	CutShort
	// Unanswered: the connection was closed or reset before any response.
	Unanswered
)

// String names the end in a report.
func (e End) String() string {
	return [...]string{"unknown", "answered", "cut short", "not answered"}[min(e, Unanswered)]
}

// Seen is one request and what became of it, as a tap saw it. All
// instants are of one clock that never jumps.
//
// What is said of the request is set when Tap.Arrived hears of it, the rest
// when Tap.Ended does; after that nothing changes.
type Seen struct {
	Number     int64 // from 1, in the order in which the headers arrived
	Connection int64 // from 1, in the order in which connections were accepted
	Before     int   // requests that came on the connection before this one
	Client     string
	Proto      string // HTTP/1.1, HTTP/1.0 or HTTP/2.0
	TLS        bool

	// OpenedAt is when the connection was accepted, FirstByteAt when the first
	// byte of the request was there, HeaderAt when its header, and RequestAt
	// when all of it.
	OpenedAt, FirstByteAt, HeaderAt, RequestAt time.Time

	Method string
	URL    string         // whole, with the host that the client believed in
	Header traffic.Header // as sent, in order; by name if InOrder is false
	Body   []byte
	InOrder,
	BodyCut bool // it was longer than is kept, or broke off

	End  End
	Lost traffic.Lost // how, if there was no answer
	// ClientLeft says that the client closed the connection before the
	// server did.
	ClientLeft bool

	// AnswerAt is when the first byte of the response was handed to the kernel,
	// zero if none was; EndedAt when its last bytes were, or just before the
	// connection was closed without.
	AnswerAt, EndedAt time.Time

	Status         int // 0 without a response
	ResponseHeader traffic.Header
	ResponseBody   []byte
	ResponseCut    bool // the body was longer than is kept

	// freeAt is when the connection was free to carry the request, as
	// traffic.Arrival has it.
	freeAt time.Time

	// cameFrom is since when the first byte may have been there, unread, behind
	// those of requests before.
	cameFrom time.Time
}

// hung is how long a client must have waited in vain for its exchange to count as
// hung rather than closed: the venue itself gives up on a request after 10 s.
const hung = 10 * time.Second

// lost says how an answer was lost.
func (s *Seen) lost(reset bool) traffic.Lost {
	switch {
	case s.End != Unanswered:
		return ""
	case reset:
		return traffic.LostReset
	case s.ClientLeft || s.EndedAt.Sub(s.RequestAt) >= hung:
		return traffic.LostHung
	}
	return traffic.LostClosed
}

// Warm reports whether the connection had carried a request before, so that a
// client may have taken it from a pool.
func (s *Seen) Warm() bool { return s.Before > 0 }

// Exchange is what was seen as the rules judge it, exact but for Sent, which is
// bounded by the request's arrival where it was seen to arrive. The exchange shares
// s's slices.
func (s *Seen) Exchange() *traffic.Exchange {
	x := &traffic.Exchange{
		At:              traffic.Position{Number: int(s.Number)},
		Request:         traffic.Request{Method: s.Method, URL: s.URL, Header: s.Header, Body: s.Body},
		Response:        traffic.Response{Status: s.Status, Header: s.ResponseHeader, Body: s.ResponseBody},
		Client:          s.Client,
		Sent:            traffic.Exactly(s.FirstByteAt),
		Received:        traffic.Exactly(s.EndedAt),
		Duration:        s.EndedAt.Sub(s.FirstByteAt),
		CompleteHistory: true,
	}
	if !s.OpenedAt.IsZero() {
		x.Arrival = traffic.Arrival{OpenedAt: s.OpenedAt, FreeAt: s.freeAt, FirstByteAt: s.FirstByteAt}
		x.Sent = s.sent(&x.Arrival)
	}
	if s.Lost != "" {
		x.Annotation = &traffic.Annotation{Lost: s.Lost}
	}
	if s.BodyCut {
		x.Gaps |= traffic.GapRequestBody
	}
	if s.ResponseCut || s.End == CutShort {
		x.Gaps |= traffic.GapTruncated
	}
	if s.Status == 0 {
		x.Gaps |= traffic.GapResponse
	}
	return x
}

// sent bounds the sending of a request that was seen to arrive: one that waited
// behind others in the kernel left as much earlier.
func (s *Seen) sent(a *traffic.Arrival) traffic.Span {
	span := a.Sent()
	if earliest := s.cameFrom.Add(-traffic.InFlight); !s.cameFrom.IsZero() && earliest.Before(span.Earliest) {
		span.Earliest = earliest
	}
	return span
}

// requestHead reads a request's header fields off the wire if they are those of
// the request that net/http parsed, and reports false otherwise.
func requestHead(text []byte, method, target string) (traffic.Header, bool) {
	line, list, ok := fields(bytes.TrimLeft(text, "\r\n")) // net/http passes line ends by after a body
	line, isMethod := strings.CutPrefix(line, method)
	line, isTarget := strings.CutPrefix(line, " "+target)
	return list, ok && isMethod && isTarget && strings.HasPrefix(line, " HTTP/")
}

// responseHead reads a response's status and header fields.
func responseHead(text []byte) (status int, list traffic.Header, ok bool) {
	line, list, ok := fields(text)
	rest, isHTTP := strings.CutPrefix(line, "HTTP/1.")
	if !ok || !isHTTP || len(rest) < 5 {
		return 0, nil, false
	}
	status, err := strconv.Atoi(rest[2:5])
	return status, list, err == nil
}

// fields reads the first line and the field lines of a message whose header is
// whole. Net/http has let it pass already, so that little can be wrong.
func fields(text []byte) (first string, list traffic.Header, ok bool) {
	end := bytes.Index(text, []byte("\r\n\r\n"))
	if end < 0 {
		return "", nil, false
	}
	first, rest, more := strings.Cut(string(text[:end]), "\r\n")
	if more {
		list = make(traffic.Header, 0, 1+strings.Count(rest, "\r\n"))
	}
	for line := ""; more; {
		line, rest, more = strings.Cut(rest, "\r\n")
		name, value, found := strings.Cut(line, ":")
		if !found {
			return "", nil, false
		}
		list = append(list, traffic.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
	return first, list, true
}

// Origin is the scheme and the host of who is asked, free of the port that the scheme
// implies.
func Origin(secure bool, host string) (scheme, authority string) {
	scheme, implied := "http", "80"
	if secure {
		scheme, implied = "https", "443"
	}
	if name, port, err := net.SplitHostPort(host); err == nil && port == implied {
		host = name
		if strings.Contains(name, ":") {
			host = "[" + name + "]"
		}
	}
	return scheme, host
}
