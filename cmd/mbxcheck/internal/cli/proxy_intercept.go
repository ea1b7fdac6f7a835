package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/gateway"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// hostName is a name or an address, without a port.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_:]([A-Za-z0-9_:.-]*[A-Za-z0-9_:.])?$`)

// interceptedHosts are those that a flag names, or that the edition does.
func interceptedHosts(named []string, edition *choice) ([]string, error) {
	if len(named) == 0 {
		return chosen(edition).Hosts(), nil
	}
	var hosts []string
	for _, name := range named {
		bare := wire.BareHost(name)
		if !hostName.MatchString(name) || strings.Count(name, ":") == 1 {
			return nil, usage("", "--host %q: expected the name of a host, such as api.binance.us, without a port", name)
		}
		hosts = append(hosts, bare)
	}
	return hosts, nil
}

// hasProxy reports whether a command would come to hosts by a proxy of its caller's.
func hasProxy() bool {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// interception has the gateway take requests for the venue's hosts as a forward proxy
// does: if that is asked for, and for a command.
func (p *proxying) interception(c *gateway.Config, command bool) (err error) {
	if p.upstreamCA != "" {
		text, err := os.ReadFile(p.upstreamCA)
		if err != nil {
			return usage("", "--upstream-ca can't be read: %v", err)
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(text) {
			return usage("", "--upstream-ca %s: expected certificates in PEM, found none", p.upstreamCA)
		}
	}
	switch {
	case !p.intercept && !command && len(p.hosts) > 0:
		return usage("Add --intercept, or leave --host out.", "--host names what --intercept judges, and there is no --intercept")
	case !p.intercept && (!command || hasProxy()):
		return nil
	}
	if c.Hosts, err = interceptedHosts(p.hosts, p.edition); err != nil {
		return err
	}
	err = errNoCA
	if p.intercept {
		c.Authority, err = keptCA(c.Hosts)
	}
	switch {
	case errors.Is(err, errNoCA) && command: // it is told whom to trust
		if c.Authority, err = wire.NewAuthority(time.Now(), c.Hosts...); err != nil {
			return broken(err)
		}
	case errors.Is(err, errNoCA):
		return usage("Make one, once: mbxcheck ca init", "--intercept needs a CA that its clients trust, and there is none yet")
	}
	return err
}

// goal is where requests go, in words.
func (p *proxying) goal() string {
	if p.upstream != "" {
		return p.upstream
	}
	return "the hosts that are asked for"
}

// command runs what is to be judged to its end.
func (p *proxying) command(ctx context.Context, c *gateway.Config, url string, words []string) error {
	a := process.Attached{Stdin: p.in, Output: p.err}
	for _, word := range words {
		a.Command = append(a.Command, strings.ReplaceAll(word, process.Placeholder, url))
	}
	if c.Upstream != nil {
		a.Variables = []string{"MBXCHECK_URL=" + url}
	}
	if c.Hosts != nil {
		a.Proxy, a.Authority = url, c.Authority
	}
	process.Sweep()
	err := a.Run(ctx)
	var ended *process.Exit
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted while the command ran")}
	case errors.As(err, &ended):
		return &exit{code: exitNoStart, err: fmt.Errorf("the command %s failed: %s", words[0], ended.String())}
	case errors.Is(err, process.ErrNotStarted):
		return &exit{code: exitNoStart, err: fmt.Errorf("the command did not start: %w", errors.Unwrap(err))}
	case err != nil:
		return &exit{code: exitNoStart, err: fmt.Errorf("the command could not be run: %w", err)}
	}
	return nil
}

// tellUnjudged tells what passed unjudged, and what did not pass.
func (p *proxying) tellUnjudged(o *gateway.Outcome) {
	if o.Upgraded > 0 {
		p.tell(fmt.Sprintf("%d requests for another protocol, such as WebSocket, were passed on unjudged", o.Upgraded))
	}
	if len(o.Elsewhere) > 0 {
		times, hosts := 0, []string(nil)
		for i, f := range o.Elsewhere {
			if times += f.Times; i < shownUses {
				hosts = append(hosts, plain(f.Host))
			}
		}
		if len(o.Elsewhere) > shownUses {
			hosts = append(hosts, "others")
		}
		p.tell(fmt.Sprintf("%d tunnels and requests for other hosts were passed on unjudged: %s", times, strings.Join(hosts, ", ")))
	}
	for _, t := range o.Troubles {
		p.tell(fmt.Sprintf("no TLS came about with a client of %s, %d times: %s", plain(t.Host), t.Times, plain(t.Error)))
	}
	if o.Untrusted != nil {
		p.tell(plain(o.Untrusted.Error()) + "; clients were answered 502 (--upstream-ca FILE names whom to trust)")
	}
}
