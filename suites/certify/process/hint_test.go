package process

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// deadline is what nothing here takes, on however busy a machine.
const deadline = 2 * time.Minute

// TestHint: each way not to arrive has words of its own, which are true.
func TestHint(t *testing.T) {
	t.Parallel()
	handshake := func(t *testing.T, address string, config *tls.Config) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		config.ServerName = "api.binance.com"
		_ = tls.Client(conn, config).Handshake() // how it ends is what is tried
	}
	for _, c := range []struct {
		name string
		exit string
		do   func(t *testing.T, address string, ca *wire.Authority)
		want string
	}{
		{"another authority", "", func(t *testing.T, address string, _ *wire.Authority) {
			handshake(t, address, &tls.Config{RootCAs: x509.NewCertPool()})
		}, "refused the certificate (remote error"},
		{"pinned, without a word", "", func(t *testing.T, address string, _ *wire.Authority) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			conn.Write([]byte{0x16, 3, 1})
			conn.Close()
		}, "broke the TLS handshake off without a word"},
		{"too old", "", func(t *testing.T, address string, _ *wire.Authority) {
			handshake(t, address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		}, "expected TLS 1.2 or later"},
		{"pinned, and looks itself", "", func(t *testing.T, address string, ca *wire.Authority) {
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(ca.PEM())
			handshake(t, address, &tls.Config{RootCAs: pool})
		}, "closed the connection without a request, as clients do that pin"},
		{"another host", "", func(t *testing.T, address string, _ *wire.Authority) {
			r, _ := http.NewRequest("GET", "http://"+address, nil)
			r.Host = "api.binance.us"
			if resp, err := http.DefaultClient.Do(r); err == nil {
				resp.Body.Close()
			}
		}, "other hosts: api.binance.us. If one of them is the venue, name it with --host"},
		{"gone", "exit code 1", nil, "It ended by itself"},
		{"alive", "", nil, "was alive: it may still have been loading"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca, err := wire.NewAuthority(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			front := wire.NewFront(wire.Config{Authority: ca, Names: edition.Default().Names(), Handler: http.NotFoundHandler()})
			defer front.Close()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			front.Serve(l)
			if c.do != nil {
				c.do(t, l.Addr().String(), ca)
			}
			hint := ""
			for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(time.Millisecond) {
				if hint = Hint(Options{}, front, c.exit); strings.Contains(hint, c.want) {
					return
				}
			}
			t.Errorf("expected %q, found %q", c.want, hint)
		})
	}
}
