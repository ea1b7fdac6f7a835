package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// dialTimeout bounds connecting: clients give up after 10 s at the most.
	dialTimeout = 10 * time.Second

	// answerTimeout is how long the venue may take for a status: it gives up on a
	// request after 10 s itself, and hosts before it after 60 s at the most.
	answerTimeout = time.Minute

	// idleTimeout is less than any server keeps a connection without a request, of
	// which 5 s (Node) are the fewest: one that is closed as it is used again takes
	// the request with it, for nobody sends it again.
	idleTimeout = 4 * time.Second

	// maxIdle bounds the connections that are kept for the next requests.
	maxIdle = 256
)

// copied is the size of the buffers that answers go through, as httputil has them where
// nobody lends it any: one for each answer, which took a twelfth of what a request costs
// (BenchmarkPass, of short answers).
const copied = 32 << 10

// buffers lends them. It implements httputil.BufferPool.
type buffers struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[copied]byte); ok {
		return p[:]
	}
	return new([copied]byte)[:]
}

// Put implements httputil.BufferPool.
func (b *buffers) Put(p []byte) { b.pool.Put((*[copied]byte)(p)) }

// Mark is the field of an answer that the gateway made itself. Its value says why.
const Mark = traffic.GatewayField

// forwarded are the fields that httputil.ReverseProxy takes from clients, which may have
// gone through a proxy of their own.
var forwarded = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}

// passing passes requests on.
func (g *Gateway) passing(timeout time.Duration, roots *x509.CertPool, clock func() time.Time) *httputil.ReverseProxy {
	// Over HTTP/2 Transport has other reasons to send a request again (REFUSED_STREAM,
	// GOAWAY), and frames an empty body otherwise than it came.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: timeout,
		DisableCompression: true, // it would ask for it, and undo it
		Protocols:          protocols, IdleConnTimeout: idleTimeout, MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdle,
	}
	return &httputil.ReverseProxy{
		Rewrite:       g.rewrite,
		Transport:     &wire.Outbound{Via: transport, Clock: clock},
		FlushInterval: -1, // an answer goes on as it comes
		BufferPool:    new(buffers),
		ErrorHandler:  g.refuse,
		ErrorLog:      log.New(io.Discard, "", 0), // of clients that went away
	}
}

// rewrite makes the request that is sent what the one that came was.
func (g *Gateway) rewrite(p *httputil.ProxyRequest) {
	in, out := p.In, p.Out
	to := g.wayOf(in).to
	if out.Host = in.Host; to == g.upstream {
		out.Host = to.Host
	}
	out.URL = &url.URL{Scheme: to.Scheme, Host: to.Host, Opaque: pathOf(in)}
	for _, name := range forwarded {
		if values, ok := in.Header[name]; ok {
			out.Header[name] = values
		}
	}
	if seen := wire.SeenOf(in); seen != nil && seen.InOrder {
		spell(out.Header, seen.Header)
	}
	if !upgrades(in) { // or to HTTP/2 alone, which is of the client's connection
		out.Header.Del("Connection")
		out.Header.Del("Upgrade")
	}
	out.Trailer = in.Trailer // ReverseProxy has cloned it before it was there
	single(out, in.Header["Content-Length"])
}

// spell gives fields the names that they were sent by. Net/http looks for its own
// spelling of User-Agent alone.
func spell(fields http.Header, sent traffic.Header) {
	for _, f := range sent {
		name := http.CanonicalHeaderKey(f.Name)
		if values, ok := fields[name]; ok && name != f.Name && name != "User-Agent" {
			delete(fields, name)
			fields[f.Name] = append(fields[f.Name], values...)
		}
	}
}

// single has net/http send a request once. Its Transport sends a request again that is
// lost on a connection that was used before, if it has no body, or one that can be had
// again (GetBody), and its method or an Idempotency-Key allows it. The body of this one
// is there, if empty, and can't be had again. That it is of no length known, and not in
// chunks, keeps Transport from adding fields of its own about it; what the client said of
// its length stands under a name that Transport does not take for its own.
func single(r *http.Request, length []string) {
	if r.GetBody = nil; r.Body != nil && r.Body != http.NoBody {
		return
	}
	r.Body, r.TransferEncoding = io.NopCloser(bytes.NewReader(nil)), []string{"identity"}
	if length != nil {
		r.Header["content-length"] = length
	}
}

// refuse answers in the place of a venue that did not. An answer for a client that has
// gone would be one that nobody had.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var timeout net.Error
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		panic(http.ErrAbortHandler)
	case errors.As(err, &untrusted):
		why := fmt.Errorf("the certificate of %s is not trusted: %w", r.URL.Host, untrusted.Err)
		g.doubted.CompareAndSwap(nil, &why)
		answer(w, http.StatusBadGateway, why.Error()+". Nothing was sent to it", nil)
	case errors.As(err, &timeout) && timeout.Timeout():
		answer(w, http.StatusGatewayTimeout, "the venue did not answer in time", err)
	default:
		answer(w, http.StatusBadGateway, "the venue did not answer", err)
	}
}

// answer sends an answer of the gateway's own.
func answer(w http.ResponseWriter, status int, why string, err error) {
	w.Header().Set(Mark, why)
	if err != nil {
		why = fmt.Sprintf("%s: %v. Whether it carried the request out is not known", why, cause(err))
	}
	http.Error(w, "mbxcheck: "+why, status)
}

// cause is an error without the addresses and the URL, which may hold a key.
func cause(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return op.Err
	}
	return err
}

// plain is an answer to which net/http adds nothing.
type plain struct{ http.ResponseWriter }

// Unwrap lets http.ResponseController find what the writer can do.
func (w *plain) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *plain) WriteHeader(status int) {
	h := w.Header()
	for _, added := range []string{"Date", "Content-Type"} {
		if _, ok := h[added]; !ok && h.Get(Mark) == "" {
			h[added] = nil
		}
	}
	w.ResponseWriter.WriteHeader(status)
	if status >= http.StatusOK && h.Get("Content-Length") == "" {
		_ = http.NewResponseController(w.ResponseWriter).Flush() // or it would count the body; who has gone does not wait
	}
}

// upgrades reports whether a request asks for another protocol on its connection. HTTP/2
// is the same in another form, which some clients (Java's) offer to go on in with every
// request; that the offer is not taken up is for them to expect (RFC 9110 section 7.8).
func upgrades(r *http.Request) bool {
	protocol := r.Header.Get("Upgrade")
	return protocol != "" && !strings.EqualFold(strings.TrimSpace(protocol), "h2c") && slices.ContainsFunc(r.Header["Connection"], func(value string) bool {
		return slices.ContainsFunc(strings.Split(value, ","), func(token string) bool {
			return strings.EqualFold(strings.TrimSpace(token), "upgrade")
		})
	})
}
