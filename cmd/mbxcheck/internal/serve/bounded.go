package serve

import (
	"net"
	"sync"
)

// mostConnections bounds the connections that are open at once: with what is
// read from each before it is refused (16 KB of header, 64 KB of body) and
// their buffers some 400 MB if all of them are hostile, and 16 KB each (64 MB)
// otherwise. More wait in the kernel's queue, until the timeouts have closed
// others.
const mostConnections = 4096

// bounded is a listener that has no more than so many connections open.
type bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newBounded(l net.Listener, most int) *bounded {
	return &bounded{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept implements net.Listener. It waits until there is a place.
func (l *bounded) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close implements net.Listener.
func (l *bounded) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// placed is a connection that gives its place up when it is closed.
type placed struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// NetConn returns the connection below.
func (c *placed) NetConn() net.Conn { return c.Conn }
