package probe

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Permission is what whoever starts a probe says that he may do.
type Permission struct {
	Host       string // the host, not of this machine, that may be probed; "" for none
	LimitTests bool   // to go past limits until the address is banned
}

// Target is a server that may be probed. Only NewTarget makes one that can be.
type Target struct {
	url        *url.URL // without a path
	prefix     string   // path that the API lies under, as it is sent; "" for none
	loopback   bool
	limitTests bool
}

// The reasons for which a target is refused; errors of NewTarget wrap them.
var (
	ErrURL      = errors.New("no URL of a server")
	ErrHost     = errors.New("not of this machine")
	ErrExchange = errors.New("a real exchange")
)

// NewTarget takes the URL of a server, with the path that the API lies under
// there, if any, as that of a mock among others, and refuses what the permission
// does not cover: other machines but the one that it names, and bursts against a
// real exchange whatever it says.
func NewTarget(address string, p Permission) (Target, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		// url.Error repeats the URL, which may hold a password.
		return Target{}, fmt.Errorf("%w: expected one such as http://127.0.0.1:8080", ErrURL)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return Target{}, fmt.Errorf("%w: expected http:// or https:// and a host, such as http://127.0.0.1:8080", ErrURL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Target{}, fmt.Errorf("%w: expected one such as http://127.0.0.1:8080, without a user or query", ErrURL)
	}
	prefix, err := prefixOf(u)
	if err != nil {
		return Target{}, err
	}
	u.Path, u.RawPath, u.ForceQuery = "", "", false
	t := Target{url: u, prefix: prefix, loopback: wire.IsLoopback(u.Hostname()), limitTests: p.LimitTests}
	host := plainHost(u.Hostname())
	switch {
	case p.LimitTests && isExchange(host):
		return Target{}, fmt.Errorf("%w: %s is never sent bursts, whatever is allowed", ErrExchange, host)
	case !t.loopback && plainHost(p.Host) != host:
		return Target{}, fmt.Errorf("%w: %s is probed by those only who may test it", ErrHost, host)
	}
	return t, nil
}

// families are the first segments of the API's own paths.
var families = []string{"api", "wapi", "sapi"}

// prefixOf is the path of a URL, by which the API's own paths do not begin.
func prefixOf(u *url.URL) (string, error) {
	prefix := strings.TrimSuffix(u.EscapedPath(), "/")
	if prefix == "" {
		return "", nil
	}
	if path.Clean(prefix) != prefix {
		return "", fmt.Errorf("%w: expected a path without empty or dotted segments, found %s", ErrURL, prefix)
	}
	segments := strings.Split(prefix, "/")
	for i, s := range segments {
		// /api, /mock/api/v3: the probe's paths have both.
		if end := len(segments) - i; slices.Contains(families, s) && (end == 1 || end == 2 && isVersion(segments[i+1])) {
			return "", fmt.Errorf("%w: expected what stands before /%s, such as %s://%s%s", ErrURL, s, u.Scheme, u.Host, strings.Join(segments[:i], "/"))
		}
	}
	return prefix, nil
}

// isVersion reports a segment such as v1.
func isVersion(segment string) bool {
	return len(segment) > 1 && segment[0] == 'v' && strings.Trim(segment[1:], "0123456789") == ""
}

// Host is the target's host without its port.
func (t Target) Host() string { return t.url.Hostname() }

// Loopback reports a target of this machine, where money is play money.
func (t Target) Loopback() bool { return t.loopback }

// Secure reports a target that is spoken to by TLS.
func (t Target) Secure() bool { return t.url.Scheme == "https" }

// String is the target's URL.
func (t Target) String() string { return t.url.String() + t.prefix }

// origin is the target's URL without a path.
func (t Target) origin() string { return t.url.String() }

func plainHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// isExchange reports a host with a real exchange's name, of any edition, in any
// place, as in testnet.binance.vision: who calls his own mock so calls it something
// else before he sends it bursts.
func isExchange(host string) bool {
	return slices.ContainsFunc(edition.All(), func(e *edition.Edition) bool {
		return slices.ContainsFunc(strings.Split(plainHost(host), "."), func(label string) bool {
			return slices.Contains(e.Exchanges, label)
		})
	})
}

// localOnly refuses a connection to another machine: a name may be resolved to
// anything. It is a net.Dialer's Control.
func localOnly(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if !wire.IsLoopback(host) {
		return fmt.Errorf("%w: the name was resolved to %s", ErrHost, host)
	}
	return nil
}
