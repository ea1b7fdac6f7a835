package relay

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// maxAnswer bounds what is read of an answer, in bytes: the longest of the
// reference venue has a megabyte.
const maxAnswer = 8 << 20

// message is a request as it goes over the wire.
type message struct {
	method, target string
	header         traffic.Header
	body           []byte
	chunked        bool
	framing        traffic.Header // in the place of what would be right
}

// client speaks HTTP/1.1 over one connection at a time, and sends nothing twice.
type client struct {
	way
	clock  func() time.Time
	waits  time.Duration // for an answer
	conn   net.Conn      // nil where none is open
	reader *bufio.Reader
}

// send sends a message and returns the exchange. It fails where the proxy takes no
// connection; that there was no answer the exchange says.
func (c *client) send(m *message) (*traffic.Exchange, error) {
	if err := c.connect(); err != nil {
		return nil, err
	}
	text, header := m.text(&c.way)
	x := &traffic.Exchange{
		Request: traffic.Request{Method: m.method, URL: c.before() + m.target, Header: header, Body: m.body},
		Client:  host(c.conn.LocalAddr()), Sent: traffic.Exactly(c.clock()), CompleteHistory: true,
	}
	c.conn.SetDeadline(time.Now().Add(c.waits))
	_, err := c.conn.Write(text)
	if refused := c.receive(x); refused != nil || err == nil {
		err = refused // a proxy may refuse a request before it has all of it
	}
	x.Received = traffic.Exactly(c.clock())
	x.Duration = x.Received.Earliest.Sub(x.Sent.Earliest)
	if err != nil {
		c.close()
		x.Gaps |= traffic.GapResponse
		x.Annotation = &traffic.Annotation{Lost: lostBy(err)}
	}
	return x, nil
}

// another reads one more answer, which whoever sent one message is given where it was
// taken for two; nil for none.
func (c *client) another(target string, wait time.Duration) *traffic.Exchange {
	if c.conn == nil {
		return nil
	}
	now := traffic.Exactly(c.clock())
	x := &traffic.Exchange{
		Request: traffic.Request{Method: http.MethodGet, URL: c.before() + target, Header: traffic.Header{{Name: "Host", Value: "venue"}}},
		Client:  host(c.conn.LocalAddr()), Sent: now, CompleteHistory: true,
	}
	c.conn.SetDeadline(time.Now().Add(wait))
	if c.receive(x) != nil {
		return nil
	}
	x.Received = traffic.Exactly(c.clock())
	return x
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
	}
	c.conn, c.reader = nil, nil
}

// text is the message as it goes over the wire, and its header fields.
func (m *message) text(w *way) ([]byte, traffic.Header) {
	header := append(traffic.Header{{Name: "Host", Value: w.host()}}, m.header...)
	switch {
	case m.framing != nil:
		header = append(header, m.framing...)
	case m.chunked:
		header = append(header, traffic.Field{Name: "Transfer-Encoding", Value: "chunked"})
	case len(m.body) > 0 || m.method == http.MethodPost || m.method == http.MethodPut:
		header = append(header, traffic.Field{Name: "Content-Length", Value: strconv.Itoa(len(m.body))})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\n", m.method, w.form(), m.target)
	for _, f := range header {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	if !m.chunked {
		b.Write(m.body)
		return []byte(b.String()), header
	}
	for _, part := range [][]byte{m.body[:len(m.body)/2], m.body[len(m.body)/2:]} {
		if len(part) > 0 {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
		}
	}
	b.WriteString("0\r\n\r\n")
	return []byte(b.String()), header
}

// receive reads the answer into the exchange.
func (c *client) receive(x *traffic.Exchange) error {
	for {
		resp, err := http.ReadResponse(c.reader, &http.Request{Method: x.Request.Method})
		if err != nil {
			return err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if resp.StatusCode < 200 {
			continue // it announces the one to come
		}
		x.Response = traffic.Response{Status: resp.StatusCode, Header: traffic.HeaderOf(resp.Header), Body: body}
		if err != nil || len(body) == maxAnswer {
			x.Gaps |= traffic.GapTruncated
		}
		if err != nil || resp.Close || len(body) == maxAnswer {
			c.close()
		}
		return nil
	}
}

func host(a net.Addr) string {
	name, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return name
}

// lostBy says how an answer was lost. One that can't be read is none, and its connection
// is not used again.
func lostBy(err error) traffic.Lost {
	if errors.Is(err, syscall.EPIPE) { // of a write alone: whoever closed refused what came
		return traffic.LostReset
	}
	return cmp.Or(wire.LostBy(err), traffic.LostClosed)
}
