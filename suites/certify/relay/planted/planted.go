// Package planted has a proxy that passes on all that it is given, and proxies that
// are the same but for one planted misbehaviour: each breaks the rules that it names
// and no other, so that whoever certifies proxies can be shown to see it.
//
//	server := httptest.NewServer(planted.Faithful.Handler("http://127.0.0.1:8080"))
//
// The package names rules by their IDs and must not know them otherwise.
package planted

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy is a proxy: the faithful one, or one with a misbehaviour.
type Proxy struct {
	ID   string // permanent, kebab-case
	Does string // what it does, one sentence

	// Breaks are the IDs of the rules that it breaks.
	Breaks []string

	// request changes what is sent, answer what comes back; nil for neither.
	request func(*request)
	answer  func(*answer)

	// again reports whether a request is sent again after an answer, which is nil
	// where there was none.
	again func(method string, a *answer) bool

	stores int // answers to GET of this status are kept and given again; 0 for none

	mixes    bool // lists are answered by the list before
	twoSizes bool // the length of a chunked body is written twice
	leaks    bool // the chunked body of a DELETE goes behind the request, as what comes next
}

// request is one that goes on.
type request struct {
	method, path, query string
	header              http.Header
	body                []byte
}

// answer is one that goes back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// Faithful passes on all that it is given.
var Faithful = Proxy{ID: "faithful", Does: "passes everything on as it came"}

// All returns the faithful proxy and, behind it, every one that misbehaves. The
// caller owns the list.
func All() []Proxy { return append([]Proxy{Faithful}, slices.Clone(proxies)...) }

var proxies = []Proxy{
	{ID: "sorts-parameters", Does: "prints query strings anew, sorted by name", Breaks: []string{"proxy-keeps-bytes"},
		request: func(r *request) {
			if v, err := url.ParseQuery(r.query); err == nil {
				r.query = v.Encode()
			}
		}},
	{ID: "moves-parameters", Does: "moves the body of a POST into the query string", Breaks: []string{"proxy-keeps-bytes"},
		request: func(r *request) {
			if r.method == "POST" && len(r.body) > 0 {
				r.query, r.body = strings.Trim(r.query+"&"+string(r.body), "&"), nil
			}
		}},
	{ID: "drops-counters", Does: "takes the used weight out of answers", Breaks: []string{"proxy-passes-counter"},
		answer: func(a *answer) {
			maps.DeleteFunc(a.header, func(name string, _ []string) bool { return strings.HasPrefix(name, "X-Mbx-Used-Weight") })
		}},
	{ID: "sends-failed-again", Does: "sends whatever is answered 5XX again", Breaks: []string{"proxy-passes-5xx", "proxy-reads-once"},
		again: func(_ string, a *answer) bool { return a != nil && a.status >= 500 }},
	{ID: "hides-failures", Does: "answers 400 where the venue answers 5XX", Breaks: []string{"proxy-passes-5xx"},
		answer: func(a *answer) {
			if a.status >= 500 {
				a.status = 400
			}
		}},
	{ID: "sends-unanswered-again", Does: "sends whatever is not answered again", Breaks: []string{"proxy-sends-once", "proxy-reads-once"},
		again: func(_ string, a *answer) bool { return a == nil }},
	{ID: "sends-reads-again", Does: "sends a GET that is not answered again", Breaks: []string{"proxy-reads-once"},
		again: func(method string, a *answer) bool { return a == nil && method == http.MethodGet }},
	{ID: "sends-cancels-again", Does: "sends a DELETE that is not answered again", Breaks: []string{"proxy-sends-once"},
		again: func(method string, a *answer) bool { return a == nil && method == http.MethodDelete }},
	{ID: "sends-all-twice", Does: "sends every POST twice", Breaks: []string{"proxy-sends-once", "proxy-passes-5xx"},
		again: func(method string, _ *answer) bool { return method == http.MethodPost }},
	{ID: "shows-own-pages", Does: "shows a page of its own for every error", Breaks: []string{"proxy-keeps-status"},
		answer: func(a *answer) {
			if a.status >= 400 {
				a.body = []byte("<html>Something went wrong</html>")
				a.header.Set("Content-Type", "text/html")
			}
		}},
	{ID: "tells-refusals-for-failures", Does: "answers 502 where the venue answers 4XX", Breaks: []string{"proxy-keeps-status"},
		answer: func(a *answer) {
			if a.status >= 400 && a.status < 500 {
				a.status = http.StatusBadGateway
			}
		}},
	{ID: "drops-retry-after", Does: "takes Retry-After out of answers", Breaks: []string{"proxy-keeps-retry-after"},
		answer: func(a *answer) { a.header.Del("Retry-After") }},
	{ID: "stores-answers", Does: "answers a GET again as it was answered before", Breaks: []string{"proxy-answers-own"}, stores: http.StatusOK},
	{ID: "stores-refusals", Does: "answers a GET again with the 429 of before", Breaks: []string{"proxy-answers-own"}, stores: http.StatusTooManyRequests},
	{ID: "drops-keys", Does: "lets no API key through", Breaks: []string{"proxy-keeps-call"},
		request: func(r *request) { r.header.Del("X-Mbx-Apikey") }},
	{ID: "drops-types", Does: "lets no Content-Type through", Breaks: []string{"proxy-keeps-call"},
		request: func(r *request) { r.header.Del("Content-Type") }},
	{ID: "reads-for-changes", Does: "sends a GET for every DELETE", Breaks: []string{"proxy-keeps-call"},
		request: func(r *request) {
			if r.method == http.MethodDelete {
				r.method = http.MethodGet
			}
		}},
	{ID: "cleans-paths", Does: "takes double slashes and dot segments out of paths", Breaks: []string{"proxy-keeps-path"},
		request: func(r *request) { r.path = path.Clean(r.path) }},
	{ID: "tells-own-date", Does: "tells its own Date", Breaks: []string{"proxy-passes-date"},
		answer: func(a *answer) { a.header.Set("Date", time.Now().UTC().Format(http.TimeFormat)) }},
	{ID: "mixes-answers", Does: "answers a list with the list that was asked for before", Breaks: []string{"proxy-keeps-status"}, mixes: true},
	{ID: "writes-two-lengths", Does: "passes chunks on with a Content-Length", Breaks: []string{"proxy-keeps-framing"}, twoSizes: true},
	{ID: "leaks-bodies", Does: "sends the chunked body of a DELETE behind it", Breaks: []string{"proxy-keeps-framing", "proxy-keeps-bytes"}, leaks: true},
}

// leakWaits is how long a venue has to answer what was leaked.
const leakWaits = 100 * time.Millisecond

// maxBody bounds what a proxy holds of a message, in bytes: the venue's longest
// answers have a megabyte.
const maxBody = 8 << 20

// Handler is the proxy in front of a venue, whose URL has no path.
func (p Proxy) Handler(upstream string) http.Handler {
	// A connection of its own for each request: net/http would send again by
	// itself on one that was used before.
	return &handler{Proxy: p, upstream: upstream, transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
}

type handler struct {
	Proxy
	upstream  string
	transport *http.Transport
	stored    sync.Map // by method and target, of *answer
	last      atomic.Pointer[answer]
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	key := r.Method + " " + r.RequestURI
	if a, ok := h.stored.Load(key); ok {
		a.(*answer).write(w)
		return
	}
	out := &request{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, header: r.Header.Clone(), body: body}
	if h.request != nil {
		h.request(out)
	}
	a := h.send(r, out)
	if h.again != nil && h.again(r.Method, a) {
		a = h.send(r, out)
	}
	if a == nil {
		a = &answer{status: http.StatusBadGateway, header: http.Header{}, body: []byte("<html>Bad gateway</html>")}
	} else if h.answer != nil {
		h.answer(a)
	}
	if r.Method == http.MethodGet && a.status == h.stores {
		h.stored.Store(key, a)
	}
	if h.mixes && bytes.HasPrefix(a.body, []byte("[")) {
		if last := h.last.Swap(&answer{body: a.body}); last != nil {
			a.body = last.body
		}
	}
	a.write(w)
}

// send sends a request once; nil is no answer.
func (h *handler) send(from *http.Request, r *request) *answer {
	target := r.path
	if r.query != "" {
		target += "?" + r.query
	}
	out, err := http.NewRequestWithContext(from.Context(), r.method, h.upstream+target, bytes.NewReader(r.body))
	if err != nil {
		return nil
	}
	out.Header = r.header.Clone()
	trip := h.transport.RoundTrip
	if from.ContentLength < 0 && (h.twoSizes || h.leaks && r.method == http.MethodDelete) {
		trip = h.odd
	}
	resp, err := trip(out)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}
}

// odd sends a request as net/http would not: with two lengths, or without any.
func (h *handler) odd(r *http.Request) (*http.Response, error) {
	conn, err := net.Dial("tcp", r.URL.Host)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.URL.RequestURI(), r.URL.Host)
	if err := r.Header.Write(&text); err != nil {
		return nil, err
	}
	if h.twoSizes {
		fmt.Fprintf(&text, "Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), len(body), body)
	} else {
		fmt.Fprintf(&text, "\r\n%s", body)
	}
	if _, err := text.WriteTo(conn); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if h.leaks { // what comes of the rest, if anything does, is nobody's
		conn.SetReadDeadline(time.Now().Add(leakWaits))
		_, _ = http.ReadResponse(reader, nil)
	}
	return resp, err
}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may have gone
}
