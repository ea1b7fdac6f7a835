package traffic

import (
	"slices"
	"strings"
	"time"
)

// Exchange is one request and its response as a recorder kept them.
//
// A reader may reuse an Exchange and everything it points to: strings and
// slices are valid only until the reader yields the next one. It is not safe
// for concurrent use.
type Exchange struct {
	At       Position
	Request  Request
	Response Response

	// Client names who sent the request (an IP address where the recorder
	// kept one); "" when the recording does not say, and then all exchanges
	// of one file are taken for one client's.
	Client string

	// Sent and Received bound the instants at which the request left the
	// client and the response reached it, when the recorder kept them. A zero
	// Span is unknown; Resolve fills it from other evidence.
	Sent, Received Span

	// Arrival is what a recorder between client and venue saw of the request's
	// coming, which Sent is bounded by; zero where the client kept Sent itself.
	Arrival Arrival

	// Duration is the time from sending to receiving; 0 when not recorded.
	Duration time.Duration

	// Gaps says what the recorder did not keep. A gap makes a rule
	// inconclusive or not exercised, never violated.
	Gaps Gap

	// CodingUndone says that the recorder undid the response's content coding
	// and kept the field that names it.
	CodingUndone bool

	// CodingFound says that the response's body stood in a content coding, which
	// was undone in reading it.
	CodingFound bool

	// BareBody says that the recording is the body of a response and nothing
	// else, and that the user named the request that the venue answered with it.
	BareBody bool

	// CompleteHistory says that the recording starts with the client's first
	// request ever and misses none, so that absence is evidence.
	CompleteHistory bool

	// Annotation is what the wire does not show; nil for ordinary traffic.
	Annotation *Annotation
}

// Position says where in the recordings an exchange stands.
type Position struct {
	File   string // as the user named it, "-" for standard input
	Line   int    // 1-based line of the exchange's first byte; 0 if unknown
	Number int    // 1-based ordinal of the exchange in its file
}

// Request is the recorded request message.
type Request struct {
	Method string // upper case, RFC 9110 section 9.1
	URL    string // as recorded, absolute where the recorder kept the authority
	Header Header
	Body   []byte // decoded of any content coding; nil when absent
}

// Response is the recorded response message.
type Response struct {
	Status int // 0 when the exchange has no response
	Header Header
	Body   []byte // decoded of any content coding; nil when absent
}

// Gap is a set of things that a recorder did not keep.
type Gap uint16

const (
	// GapRequestHeader: request header fields were not recorded.
	GapRequestHeader Gap = 1 << iota
	// GapRequestBody: the request body was not recorded.
	GapRequestBody
	// GapStatus: the status code was not recorded.
	GapStatus
	// GapResponseHeader: response header fields were not recorded, or
	// so few that absence of one says nothing.
	GapResponseHeader
	// GapResponseBody: the response body was not recorded.
	GapResponseBody
	// GapTruncated: the recorder cut the response body.
	GapTruncated
	// GapUndecoded: the response body stands in a content coding that could
	// not be undone.
	GapUndecoded
	// GapHost: the request's authority is a recorder's placeholder.
	GapHost
	// GapFiltered: the recorder removes or masks parameters (timestamp,
	// signature), so a missing parameter says nothing.
	GapFiltered
	// GapResponse: the exchange has no response (a connection error, or a
	// recording cut short).
	GapResponse
	// GapLibraryFields: the recorder stands before the client's HTTP library
	// and kept only the request fields that the application set; the library
	// may have added others, Content-Type among them.
	GapLibraryFields
	// GapOrder: the recording holds examples, each for itself. That one stands
	// before another says nothing of when they happened, or of who asked.
	GapOrder
)

// Has reports whether all of what is in g.
func (g Gap) Has(what Gap) bool { return g&what == what }

// Field is one header field line.
type Field struct{ Name, Value string }

// Header is a list of field lines in recorded order and spelling.
type Header []Field

// HeaderOf lists the fields of an http.Header by name: their order among each other
// is lost there, and so every list of the same fields is the same.
func HeaderOf(fields map[string][]string) Header {
	var list Header
	for name, values := range fields {
		for _, value := range values {
			list = append(list, Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(list, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Get returns the first value of the named field, compared without regard to
// case (RFC 9110 section 5.1), and whether it is there.
func (h Header) Get(name string) (string, bool) {
	for i := range h {
		if isName(h[i].Name, name) {
			return h[i].Value, true
		}
	}
	return "", false
}

// isName compares names without regard to case. Nearly all differ in length, which
// is seen at once.
func isName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// Count returns how many field lines bear the name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h {
		if isName(h[i].Name, name) {
			n++
		}
	}
	return n
}

// Set replaces the first line of that name, drops the others, or appends one.
func (h *Header) Set(name, value string) {
	for i := range *h {
		if isName((*h)[i].Name, name) {
			(*h)[i].Value = value
			tail := Header((*h)[i+1:])
			tail.Del(name)
			*h = (*h)[:i+1+len(tail)]
			return
		}
	}
	*h = append(*h, Field{name, value})
}

// Del drops every field line of that name.
func (h *Header) Del(name string) {
	*h = slices.DeleteFunc(*h, func(f Field) bool { return isName(f.Name, name) })
}

// Reset empties the exchange for reuse, keeping the capacity of its slices.
func (x *Exchange) Reset() {
	*x = Exchange{
		Request:  Request{Header: x.Request.Header[:0], Body: x.Request.Body[:0]},
		Response: Response{Header: x.Response.Header[:0], Body: x.Response.Body[:0]},
	}
}

// Clone returns a deep copy that outlives the reader's next exchange.
func (x *Exchange) Clone() *Exchange {
	c := new(Exchange)
	x.CopyTo(c, nil)
	c.At.File = strings.Clone(x.At.File)
	return c
}

// CopyTo makes dst a copy of x that outlives the reader's next exchange, using
// dst's slices again. The bytes that it points to are appended to text, which
// is returned: as long as the caller keeps appending, and does not write over
// it, all copies hold. It allocates only what has to grow. At.File is shared.
func (x *Exchange) CopyTo(dst *Exchange, text []byte) []byte {
	request, response := dst.Request.Header[:0], dst.Response.Header[:0]
	*dst = *x
	if size := x.Size(); cap(text)-len(text) < size {
		text = make([]byte, 0, max(size, 2*cap(text)))
	}
	text = keep(text, &dst.Client)
	text = keep(text, &dst.Request.Method)
	text = keep(text, &dst.Request.URL)
	dst.Request.Header, text = x.Request.Header.copyTo(request, text)
	dst.Response.Header, text = x.Response.Header.copyTo(response, text)
	dst.Request.Body, text = keepBody(x.Request.Body, text)
	dst.Response.Body, text = keepBody(x.Response.Body, text)
	return text
}

// Size is how many bytes of messages an exchange holds, which CopyTo appends.
func (x *Exchange) Size() int {
	n := len(x.Client) + len(x.Request.Method) + len(x.Request.URL) + len(x.Request.Body) + len(x.Response.Body)
	for _, h := range [...]Header{x.Request.Header, x.Response.Header} {
		for i := range h {
			n += len(h[i].Name) + len(h[i].Value)
		}
	}
	return n
}

func (h Header) copyTo(dst Header, text []byte) (Header, []byte) {
	dst = slices.Grow(dst, len(h))
	for i := range h {
		dst = append(dst, h[i])
		text = keep(text, &dst[i].Name)
		text = keep(text, &dst[i].Value)
	}
	return dst, text
}

// keep appends a string to text, which has room, and makes it a view of that.
func keep(text []byte, s *string) []byte {
	if *s == "" {
		return text
	}
	at := len(text)
	text = append(text, *s...)
	*s = viewString(text[at:])
	return text
}

func keepBody(body, text []byte) (kept, _ []byte) {
	if body == nil {
		return nil, text
	}
	at := len(text)
	text = append(text, body...)
	return text[at:len(text):len(text)], text
}
