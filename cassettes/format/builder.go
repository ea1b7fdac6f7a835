package format

import (
	"net/url"
	"strconv"
	"strings"
	"unsafe"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Builder makes one exchange after the other out of what a reader finds, and
// says of each what every recorder leaves out or garbles in the same ways. All
// memory is used again: an exchange is valid until the next Begin. A Builder
// is not safe for concurrent use.
type Builder struct {
	// X is the exchange being filled, from Begin to Finish. Bodies may point
	// to the reader's own memory as long as that outlives the yield.
	X traffic.Exchange

	file   string
	number int
	text   []byte // what String has handed out since Begin
	codec  codec
}

// NewBuilder returns a Builder for the exchanges of one recording.
func NewBuilder(in Input) *Builder {
	return &Builder{file: in.Name, codec: codec{limit: in.Limits.BodyBytes, ratio: in.Limits.Ratio}}
}

// Begin starts the next exchange, whose entry stands on the given line.
func (b *Builder) Begin(line int) {
	b.number++
	b.X.At = traffic.Position{File: b.file, Line: line, Number: b.number}
	b.Restart()
}

// Restart forgets what was filled in since Begin, for a reader that reads an
// entry again.
func (b *Builder) Restart() {
	at := b.X.At
	b.text = b.text[:0]
	b.X.Reset()
	b.X.Request.Body, b.X.Response.Body = nil, nil
	b.X.At = at
}

// String returns p as a string that is valid until the next Begin, without
// allocating for each: growing text leaves strings already handed out in the
// old array, and nothing is written over before Begin.
func (b *Builder) String(p []byte) string {
	if len(p) == 0 {
		return ""
	}
	at := len(b.text)
	b.text = append(b.text, p...)
	return unsafe.String(&b.text[at], len(p))
}

// Finish completes the exchange from what stands in it: the method in upper
// case, bodies freed of their content codings, and the gaps that can be seen
// in the messages themselves.
func (b *Builder) Finish() *traffic.Exchange {
	x := &b.X
	if x.Statement() { // it has no messages that something could be missing from
		x.Gaps |= traffic.GapResponse
		return x
	}
	x.Request.Method = upperMethod(x.Request.Method)
	if len(x.Request.Header) == 0 {
		x.Gaps |= traffic.GapRequestHeader
	}
	b.finishRequestBody()
	if hostIsPlaceholder(x) {
		x.Gaps |= traffic.GapHost
	}
	if parametersFiltered(x.Request.URL, x.Request.Body) {
		x.Gaps |= traffic.GapFiltered
	}
	if x.Gaps.Has(traffic.GapResponse) {
		x.Response = traffic.Response{Header: x.Response.Header[:0]}
		return x
	}
	if s := x.Response.Status; s < 100 || s > 999 { // three digits, RFC 9110 section 15
		x.Response.Status = 0
		x.Gaps |= traffic.GapStatus
	}
	if len(x.Response.Header) == 0 {
		x.Gaps |= traffic.GapResponseHeader
	}
	b.finishResponseBody()
	return x
}

// upperMethod returns a method in upper case, without allocating for those of
// the API: some recorders write them all in lower case.
func upperMethod(m string) string {
	for _, known := range [...]string{"GET", "POST", "PUT", "DELETE"} {
		if strings.EqualFold(m, known) {
			return known
		}
	}
	return strings.ToUpper(m)
}

func (b *Builder) finishRequestBody() {
	x := &b.X
	if len(x.Request.Body) == 0 {
		x.Request.Body = nil // on the wire an empty one is none
		if contentLength(x.Request.Header) > 0 {
			x.Gaps |= traffic.GapRequestBody
		}
		return
	}
	body, outcome := b.codec.decode(x.Request.Header, x.Request.Body, &b.codec.request)
	x.Request.Body = body
	if outcome == undecodable || bodyTakenOut(body) {
		x.Gaps |= traffic.GapRequestBody
	}
}

func (b *Builder) finishResponseBody() {
	x := &b.X
	length := contentLength(x.Response.Header)
	if len(x.Response.Body) == 0 {
		switch {
		case !mayHaveBody(x):
			x.Gaps &^= traffic.GapResponseBody
		case length > 0:
			x.Gaps |= traffic.GapResponseBody
		}
		return
	}
	body, outcome := b.codec.decode(x.Response.Header, x.Response.Body, &b.codec.response)
	x.Response.Body = body
	switch {
	case bodyTakenOut(body):
		x.Gaps |= traffic.GapResponseBody
	case hasCutMark(body):
		x.Gaps |= traffic.GapTruncated
	case outcome != decoded && isBase64(body, length):
		outcome = undecodable
	}
	switch outcome {
	case undecodable:
		x.Gaps |= traffic.GapUndecoded
	case undone:
		x.CodingUndone = true
	case decoded:
		x.CodingFound = true
	case untouched:
		// A recorder that decoded the body may keep the Content-Length of the
		// coded one, and for a body of a few bytes that is the larger: a
		// shortfall shows a cut only beside JSON that breaks off.
		if _, coded := x.Response.Header.Get("Content-Encoding"); !coded {
			b.Expect(length)
		}
	}
}

// Expect marks the response body as truncated when it is shorter than size,
// the length in bytes that the recording gives for the decoded body, and is
// JSON that breaks off.
func (b *Builder) Expect(size int64) {
	if body := b.X.Response.Body; size > int64(len(body)) && jsonBreaksOff(body) {
		b.X.Gaps |= traffic.GapTruncated
	}
}

// mayHaveBody reports whether a response with Content-Length above zero comes
// with that content (RFC 9110 sections 8.6 and 15.4.5).
func mayHaveBody(x *traffic.Exchange) bool {
	s := x.Response.Status
	return x.Request.Method != "HEAD" && (s == 0 || s >= 200) && s != 204 && s != 304
}

func contentLength(h traffic.Header) int64 {
	v, ok := h.Get("Content-Length")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// hostIsPlaceholder reports whether a recorder put something else where the
// host stood, such as [host], {{host}} or <HOST>, or kept no host at all.
func hostIsPlaceholder(x *traffic.Exchange) bool {
	host, ok := Authority(x.Request.URL)
	if !ok {
		if host, ok = x.Request.Header.Get("Host"); !ok {
			return true
		}
	}
	if strings.HasPrefix(host, "[") && strings.Contains(host, ":") {
		return false // an IPv6 literal, RFC 3986 section 3.2.2
	}
	return host == "" || strings.ContainsAny(host, "[]{}<>*$ ") || strings.Contains(host, "%7B") || strings.Contains(host, "%7b") ||
		strings.IndexByte(host, '.') < 0 && traffic.IsPlaceholder(host)
}

// Authority returns the authority of an absolute URL, as it stands there, or
// what stands before the path of one whose scheme was replaced as well. It
// reports false for a URL that is only a path.
func Authority(u string) (string, bool) {
	_, rest, absolute := strings.Cut(u, "://")
	if !absolute {
		rest = u
	}
	if rest == "" || !absolute && (rest[0] == '/' || rest[0] == '?') {
		return "", false
	}
	// A placeholder may hold any character: "<API HOST?>" ends at the path.
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	return rest, true
}

// parametersFiltered reports whether a recorder masked the timestamp or the
// signature, in the query or in a form body.
func parametersFiltered(u string, body []byte) bool {
	if _, query, ok := strings.Cut(u, "?"); ok && filtered(query) {
		return true
	}
	if len(body) == 0 || len(body) > 1<<20 || body[0] == '{' || body[0] == '[' {
		return false // no form: those of the API have some hundred bytes
	}
	return filtered(unsafe.String(&body[0], len(body)))
}

func filtered(form string) bool {
	for pair := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if (name == "timestamp" || name == "signature") && isPlaceholder(value) {
			return true
		}
	}
	return false
}

// isPlaceholder reports whether a parameter value is something that a recorder
// put there, percent-encoded or not.
func isPlaceholder(v string) bool { return traffic.IsPlaceholder(unescaped(v)) }

// unescaped undoes percent-encoding, where it is sound.
func unescaped(v string) string {
	if strings.Contains(v, "%") {
		if plain, err := url.QueryUnescape(v); err == nil {
			return plain
		}
	}
	return v
}
