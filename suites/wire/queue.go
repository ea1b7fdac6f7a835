package wire

import (
	"context"
	"net"
	"sync"
)

// Queue is a listener whose connections are made by whoever has them, and not by
// a network. It is safe for concurrent use.
type Queue struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

// NewQueue returns a Queue, open.
func NewQueue() *Queue { return &Queue{conns: make(chan net.Conn), done: make(chan struct{})} }

// Put hands a connection over. It fails when nobody takes it before the Queue is
// closed or ctx is done, and then leaves it open.
func (q *Queue) Put(ctx context.Context, conn net.Conn) error {
	select {
	case q.conns <- conn:
		return nil
	case <-q.done:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Accept implements net.Listener.
func (q *Queue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (q *Queue) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

// Addr implements net.Listener.
func (q *Queue) Addr() net.Addr { return &net.TCPAddr{} }
