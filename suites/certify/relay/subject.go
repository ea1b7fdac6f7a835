package relay

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Subject is a proxy that is to be put through scenarios: one that a command starts,
// or one that runs.
type Subject struct {
	Command []string // see Start
	URL     string   // of one that runs, with what stands before /api in its paths, if anything does
	Listen  string   // HOST:PORT where that one leads, and where the venue is to listen
	Forward bool     // each request tells it where the venue is

	// CA is a file with who a forward proxy is in the venue's place, in PEM, if it
	// opens what goes through a tunnel; "" for one that does not.
	CA string
}

// Unsound says what is wrong with how a proxy is described, in the names of the
// command line's flags.
type Unsound struct{ Text, Hint string }

// Error implements error.
func (e *Unsound) Error() string { return e.Text }

// Sound refuses what excludes each other, and a command that could not be led to the
// venue, by an *Unsound.
func (s *Subject) Sound() error {
	listens, leads, trusts := Names(s.Command)
	switch {
	case s.URL == "" && len(s.Command) == 0:
		return &Unsound{"expected the COMMAND that runs the proxy, or --url", ""}
	case s.URL != "" && len(s.Command) > 0:
		return &Unsound{"expected COMMAND or --url, found both", ""}
	case (s.URL != "") != (s.Listen != ""):
		return &Unsound{"expected --url and --upstream-listen, found one of them", ""}
	case s.CA != "" && !s.Forward:
		return &Unsound{"--ca: expected --forward, found a reverse proxy", "A reverse proxy is given {ca} in COMMAND, and nothing else."}
	case s.Forward && trusts && s.CA == "":
		return &Unsound{"{ca}: expected --ca with the CA of the forward proxy, found none", "The client is to trust the proxy in the venue's place."}
	case s.Forward && s.URL == "" && !listens:
		return &Unsound{"expected {listen}, or its parts, in COMMAND", ""}
	case !s.Forward && s.URL == "" && (!listens || !leads):
		return &Unsound{"expected {listen} and {upstream}, or their parts, in COMMAND", "The proxy is to listen at the one and to lead to the other."}
	}
	if u, err := url.Parse(s.URL); s.URL != "" && (err != nil || u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || s.Forward && strings.Trim(u.Path, "/") != "") {
		return &Unsound{fmt.Sprintf("--url %s: expected a URL such as http://127.0.0.1:8080", s.URL), ""}
	}
	return nil
}

// Session is a subject between our client and our venue. Whoever opened it closes it.
type Session struct {
	Run
	subject *Subject
	ca      string // file of who vouches for the venue; "" for none
	proxy   *Proxy // that was started and has not ended; nil for none
}

// Open opens the venue, of an edition, for a subject that is sound. It fails with a
// *net.OpError where the venue can't listen.
func (s *Subject) Open(held *edition.Edition) (*Session, error) {
	o := &Session{subject: s}
	authority, err := o.authority()
	if err != nil {
		return nil, err
	}
	if o.Upstream, err = Listen(cmp.Or(s.Listen, "127.0.0.1:0"), held, authority); err != nil {
		os.Remove(o.ca)
		return nil, err
	}
	o.Forward = s.Forward
	return o, nil
}

// authority vouches for a venue that speaks TLS, and is nil for one that does not.
func (o *Session) authority() (*wire.Authority, error) {
	if _, _, trusts := Names(o.subject.Command); !trusts && o.subject.CA == "" {
		return nil, nil
	}
	a, err := wire.NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "mbxcheck-ca-*.pem")
	if err != nil {
		return nil, err
	}
	o.ca = f.Name()
	_, err = f.Write(a.PEM())
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil { // whoever the proxy runs as is to read it
		os.Remove(o.ca)
		return nil, err
	}
	return a, nil
}

// Meet starts the proxy, or finds the one that runs. It fails with an *Unsound where
// its CA can't be read: one that makes it when it starts has it when it listens.
func (o *Session) Meet(ctx context.Context) error {
	if o.subject.URL == "" {
		process.Sweep()
		var err error
		if o.proxy, err = Start(ctx, o.subject.Command, o.Upstream, o.ca); err != nil {
			return err
		}
		o.Proxy = o.proxy.Address
		return o.trust()
	}
	u, err := url.Parse(o.subject.URL)
	if err != nil {
		return err
	}
	o.Proxy, o.Prefix = u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	if u.Port() == "" {
		o.Proxy = net.JoinHostPort(u.Hostname(), "80")
	}
	return o.trust()
}

// trust reads the CA of a forward proxy, where one is named.
func (o *Session) trust() error {
	if o.subject.CA == "" {
		return nil
	}
	text, err := os.ReadFile(o.subject.CA)
	o.Trust = x509.NewCertPool()
	if err == nil && !o.Trust.AppendCertsFromPEM(text) {
		err = errors.New("expected a certificate in PEM, found none")
	}
	if err != nil {
		return &Unsound{fmt.Sprintf("--ca %s: %v", o.subject.CA, err), ""}
	}
	return nil
}

// End ends the proxy, if it was started here, and returns what is to be known of it
// where it is in trouble.
func (o *Session) End() string {
	if o.proxy == nil {
		return ""
	}
	how := o.proxy.Exit()
	o.proxy.Stop()
	if how != "" {
		how = "The proxy ended by itself: " + how + ".\n"
	}
	how += o.proxy.Output()
	o.proxy = nil
	return how
}

// Close ends the proxy, if it was started here, and the venue.
func (o *Session) Close() {
	o.End()
	o.Upstream.Close()
	os.Remove(o.ca)
}
