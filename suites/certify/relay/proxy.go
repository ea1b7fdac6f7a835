package relay

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// starting is how long a proxy has until it listens: Varnish compiles its
	// configuration, which took 5 s on a busy machine.
	starting = 30 * time.Second

	// again is how long it is until one is asked again whether it listens.
	again = 50 * time.Millisecond
)

// Proxy is a proxy that was started.
type Proxy struct {
	Address string // where it listens, HOST:PORT
	process *process.Process
}

// Start starts a proxy that is to lead to a venue, and returns when it listens. In
// the words of its command {listen} is HOST:PORT where it is to listen,
// {listen_host} and {listen_port} are their parts, {upstream} is the venue's URL,
// {upstream_host} and {upstream_port} are its parts, and {ca} is the file ca. It
// ends with the context, or by Stop, with all that it started.
func Start(ctx context.Context, command []string, up *Upstream, ca string) (*Proxy, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &Proxy{Address: address}
	o := process.Options{Command: filled(command, address, up, ca), Way: wire.ByURL, URL: up.URL()}
	if p.process, err = process.Start(ctx, o, nil); err != nil {
		return nil, err
	}
	if err := p.listens(ctx); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%w%s", err, said(p.Output()))
	}
	return p, nil
}

// Names reports whether a command has a place for where to listen, for where the
// venue is, and for the certificate of who vouches for the venue.
func Names(command []string) (listen, upstream, ca bool) {
	all := strings.Join(command, " ")
	return strings.Contains(all, "{listen}") || strings.Contains(all, "{listen_port}"), strings.Contains(all, "{upstream}") || strings.Contains(all, "{upstream_port}"), strings.Contains(all, "{ca}")
}

func filled(command []string, listen string, up *Upstream, ca string) []string {
	listenHost, listenPort, _ := net.SplitHostPort(listen)
	upHost, upPort, _ := net.SplitHostPort(up.Address())
	r := strings.NewReplacer("{listen}", listen, "{listen_host}", listenHost, "{listen_port}", listenPort,
		"{upstream}", up.URL(), "{upstream_host}", upHost, "{upstream_port}", upPort, "{ca}", ca)
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = r.Replace(w)
	}
	return words
}

// freeAddress is one of this machine where nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// listens waits until the proxy takes a connection.
func (p *Proxy) listens(ctx context.Context) error {
	late := time.NewTimer(starting)
	defer late.Stop()
	next := time.NewTicker(again)
	defer next.Stop()
	for {
		conn, err := net.DialTimeout("tcp", p.Address, starting)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.process.Ended():
			return fmt.Errorf("the proxy ended (%s) before it listened at %s: run it in the foreground", p.process.Exit(), p.Address)
		case <-late.C:
			return fmt.Errorf("the proxy does not listen at %s after %v: does it have {listen} in its settings?", p.Address, starting)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-next.C:
		}
	}
}

// Output is the end of what the proxy wrote for people, secrets masked.
func (p *Proxy) Output() string { return p.process.Output() }

// Exit says how the proxy ended by itself; "" while it runs.
func (p *Proxy) Exit() string { return p.process.Exit() }

// Stop ends the proxy with all that it started.
func (p *Proxy) Stop() { p.process.Stop() }

// said is what a proxy wrote, as an error ends with it.
func said(output string) string {
	if output = strings.TrimSpace(output); output == "" {
		return "; it wrote nothing"
	}
	return "; it wrote:\n" + output
}
