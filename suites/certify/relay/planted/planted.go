// Package planted has a proxy that passes on all that it is given, and proxies that
// are the same but for one planted misbehaviour: each breaks the rules that it names
// and no other, so that whoever certifies proxies can be shown to see it.
//
//	server := httptest.NewServer(planted.Faithful.Handler("http://127.0.0.1:8080"))
//
// The package names rules by their IDs and must not know them otherwise.
package planted

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
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

	stores bool // answers to GET are kept and given again
}

// request is one that goes on.
type request struct {
	method, query string
	header        http.Header
	body          []byte
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
	{ID: "sends-failed-again", Does: "sends whatever is answered 5XX again", Breaks: []string{"proxy-passes-5xx"},
		again: func(_ string, a *answer) bool { return a != nil && a.status >= 500 }},
	{ID: "hides-failures", Does: "answers 400 where the venue answers 5XX", Breaks: []string{"proxy-passes-5xx"},
		answer: func(a *answer) {
			if a.status >= 500 {
				a.status = 400
			}
		}},
	{ID: "sends-unanswered-again", Does: "sends whatever is not answered again", Breaks: []string{"proxy-sends-once"},
		again: func(_ string, a *answer) bool { return a == nil }},
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
	{ID: "stores-answers", Does: "answers a GET again as it was answered before", Breaks: []string{"proxy-answers-own"}, stores: true},
}

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
	out := &request{method: r.Method, query: r.URL.RawQuery, header: r.Header.Clone(), body: body}
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
	if h.stores && r.Method == http.MethodGet && a.status == http.StatusOK {
		h.stored.Store(key, a)
	}
	a.write(w)
}

// send sends a request once; nil is no answer.
func (h *handler) send(from *http.Request, r *request) *answer {
	out, err := http.NewRequestWithContext(from.Context(), r.method, h.upstream, bytes.NewReader(r.body))
	if err != nil {
		return nil
	}
	out.URL.Path, out.URL.RawPath, out.URL.RawQuery = from.URL.Path, from.URL.RawPath, r.query
	out.Header = r.header.Clone()
	resp, err := h.transport.RoundTrip(out)
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

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may have gone
}
