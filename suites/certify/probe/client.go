package probe

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// answerWithin bounds one request and its answer: the document's own
	// timeout behind the API is ten seconds.
	answerWithin = 30 * time.Second

	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 64 << 10
)

// newClient makes the client of a target. It follows no redirect, since an
// answer is what the server sent, and what it points to is another server's.
func newClient(c *Config) *http.Client {
	transport := c.Transport
	if transport == nil {
		transport = newTransport(c)
	}
	return &http.Client{
		Transport: transport, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func newTransport(c *Config) *http.Transport {
	d := &net.Dialer{Timeout: answerWithin}
	if c.Target.loopback {
		d.Control = func(_, address string, _ syscall.RawConn) error { return localOnly(address) }
	}
	return &http.Transport{
		DialContext: d.DialContext,
		Proxy:       localProxy(c.Proxy),
		// What comes is what was sent: net/http must not undo a coding.
		DisableCompression:     true,
		TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    answerWithin,
		MaxResponseHeaderBytes: maxHeader,
		ForceAttemptHTTP2:      true,
	}
}

// Roots are the certificates in PEM text, nil for text that holds none.
func Roots(pem []byte) *x509.CertPool {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil
	}
	return pool
}

// localProxy takes a proxy only where it is one of this machine's own: what
// stands between must not be judged in the server's place, and keys are for the
// server alone.
func localProxy(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	if proxy == nil {
		return nil
	}
	return func(r *http.Request) (*url.URL, error) {
		u, err := proxy(r)
		if err != nil || u == nil || !wire.IsLoopback(u.Hostname()) {
			return nil, nil
		}
		return u, nil
	}
}
