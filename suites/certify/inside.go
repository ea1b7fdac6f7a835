package certify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Transport leads a client in this process to the stage, by pipes: whatever host it
// calls is the venue. It serves until the front is closed.
func (s *Stage) Transport() *http.Transport {
	began := time.Now()
	l := wire.NewQueue()
	s.Front.Serve(l)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Authority.PEM())
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			if err := l.Put(ctx, ours); err != nil {
				return nil, errors.Join(err, theirs.Close(), ours.Close())
			}
			return theirs, nil
		},
		// The certificates hold for a day, and a ban lasts up to three.
		TLSClientConfig: &tls.Config{RootCAs: roots, Time: func() time.Time { return began }},
	}
}

// Program is a Go program in this process that nobody tells what to do. It reaches
// the venue by the transport that it is given alone, and ends when it wants to, and
// when its context does.
type Program func(context.Context, *http.Transport)

// Start starts the program before a stage, as a Certifier has it that observes.
func (p Program) Start(ctx context.Context, s *Stage) (Subject, error) {
	ctx, stop := context.WithCancel(ctx)
	w := &inside{transport: s.Transport(), stop: stop, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		p(ctx, w.transport)
	}()
	return w, nil
}

// inside is a program at work in this process.
type inside struct {
	transport *http.Transport
	stop      context.CancelFunc
	done      chan struct{}
}

// Hello implements Subject.
func (*inside) Hello() driver.Hello { return driver.Hello{} }

// Do implements Subject.
func (*inside) Do(context.Context, driver.Command) (driver.Answer, error) {
	return driver.Answer{}, errors.New("expected a driver, found a program that takes no commands")
}

// Done implements Subject.
func (w *inside) Done() <-chan struct{} { return w.done }

// Exit implements Subject: its process does not end.
func (*inside) Exit() string { return "" }

// Output implements Subject: it prints nothing of its own.
func (*inside) Output() string { return "" }

// Close implements Subject.
func (w *inside) Close() error {
	w.stop()
	<-w.done
	w.transport.CloseIdleConnections()
	return nil
}
