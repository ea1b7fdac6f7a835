package serve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// version2 makes a preamble of version 2.
func version2(command, family byte, body ...byte) string {
	b := append([]byte(signature), command, family)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return string(append(b, body...))
}

var (
	tcp4Body = []byte{203, 0, 113, 7, 127, 0, 0, 1, 0x9c, 0x40, 0, 80}
	tcp6Body = append(append(append(bytes.Clone(documentation[:]), netip.IPv6Loopback().AsSlice()...), 0x9c, 0x40), 0, 80)
	mapped   = append(append(append(bytes.Clone(inIPv6[:]), netip.IPv6Loopback().AsSlice()...), 0x9c, 0x40), 0, 80)

	documentation = netip.MustParseAddr("2001:db8::7").As16()
	inIPv6        = netip.MustParseAddr("::ffff:203.0.113.7").As16()
)

func TestReadPreamble(t *testing.T) {
	longest := "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"
	if len(longest) != longestLine {
		t.Fatalf("expected %d bytes, found %d", longestLine, len(longest))
	}
	for _, c := range []struct{ in, want string }{
		{"PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", "203.0.113.7:40000"},
		{"PROXY TCP6 2001:db8::7 ::1 40000 80\r\n", "[2001:db8::7]:40000"},
		{"PROXY TCP6 ::ffff:203.0.113.7 ::1 40000 80\r\n", "203.0.113.7:40000"},
		{"PROXY TCP4 203.0.113.7 127.0.0.1 0 65535\r\n", "203.0.113.7:0"},
		{"PROXY UNKNOWN\r\n", "none"},
		{longest, "none"},
		{version2(0x21, 0x11, tcp4Body...), "203.0.113.7:40000"},
		{version2(0x21, 0x21, tcp6Body...), "[2001:db8::7]:40000"},
		{version2(0x21, 0x21, mapped...), "203.0.113.7:40000"},
		{version2(0x21, 0x11, append(bytes.Clone(tcp4Body), 4, 0, 1, 0)...), "203.0.113.7:40000"}, // with something added
		{version2(0x20, 0x00), "none"},                                                            // a check of health
		{version2(0x20, 0x11, tcp4Body...), "none"},                                               // LOCAL: addresses don't count
		{version2(0x21, 0x00), "none"},                                                            // of no family
		{version2(0x21, 0x31, make([]byte, 216)...), "none"},                                      // of a local socket
	} {
		const rest = "GET / HTTP/1.1\r\n"
		in := strings.NewReader(c.in + rest)
		got, err := readPreamble(in)
		text := got.String()
		if !got.IsValid() {
			text = "none"
		}
		if err != nil || text != c.want {
			t.Errorf("%q: expected %s, found %s %v", c.in, c.want, text, err)
		}
		if left, _ := io.ReadAll(in); string(left) != rest {
			t.Errorf("%q: expected %q left, found %q", c.in, rest, left)
		}
	}
}

func TestBrokenPreambles(t *testing.T) {
	for _, in := range []string{
		"", "PROXY ", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "proxy TCP4 203.0.113.7 127.0.0.1 1 2\r\n",
		"PROXY TCP4 203.0.113.7 127.0.0.1 1\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 1 2 3\r\n", "PROXY TCP4  203.0.113.7 127.0.0.1 1 2\r\n",
		"PROXY TCP4 2001:db8::7 127.0.0.1 1 2\r\n", "PROXY TCP6 203.0.113.7 ::1 1 2\r\n", "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
		"PROXY TCP4 203.0.113.07 127.0.0.1 1 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 65536 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 01 2\r\n",
		"PROXY TCP4 203.0.113.7 127.0.0.1 -1 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 +1 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1  2\r\n",
		"PROXY TCP4 203.0.113.7 name 1 2\r\n", "PROXY UDP4 203.0.113.7 127.0.0.1 1 2\r\n",
		"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\nGET / HTTP/1.1\n" + strings.Repeat("A: b\n", 40),
		"PROXY UNKNOWN " + strings.Repeat("x", longestLine) + "\r\n",
		version2(0x11, 0x11, tcp4Body...), version2(0x22, 0x11, tcp4Body...),
		version2(0x21, 0x11, tcp4Body[:11]...), version2(0x21, 0x21, tcp4Body...),
		version2(0x21, 0x11, tcp4Body...)[:20], version2(0x21, 0x11)[:15], version2(0x20, 0x00, make([]byte, longestPreamble+1)...),
	} {
		if got, err := readPreamble(strings.NewReader(in)); err == nil {
			t.Errorf("%.60q: expected an error, found %s", in, got)
		}
	}
}

// However it is, a preamble is bounded, and one that names an address names it
// in version 1 as well.
func FuzzReadPreamble(f *testing.F) {
	for _, s := range []string{
		"PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", "PROXY TCP6 2001:db8::7 ::1 1 2\r\n", "PROXY UNKNOWN x\r\n",
		version2(0x21, 0x11, tcp4Body...), version2(0x21, 0x21, tcp6Body...), version2(0x20, 0),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		got, err := readPreamble(r)
		if read := len(in) - r.Len(); read > 16+longestPreamble {
			t.Fatalf("%q: expected %d bytes read at the most, found %d", in, 16+longestPreamble, read)
		}
		if err != nil || !got.IsValid() {
			return
		}
		family, other := "TCP4", "127.0.0.1"
		if got.Addr().Is6() {
			family, other = "TCP6", "::1"
		}
		line := fmt.Sprintf("PROXY %s %s %s %d 80\r\n", family, got.Addr(), other, got.Port())
		if again, err := readPreamble(strings.NewReader(line)); err != nil || again != got {
			t.Fatalf("%q: expected %s again, found %s %v", line, got, again, err)
		}
	})
}

// behind sends a preamble and a ping, and returns the status, 0 for none.
func behind(t *testing.T, s *Server, preamble string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.Greeting.Listening, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, preamble+"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); err != nil {
		return 0 // it may be closed already
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	r.Body.Close()
	return r.StatusCode
}

func TestProxyProtocolNamesTheClient(t *testing.T) {
	s := start(t, Options{ProxyProtocol: true, Limits: limits(t, "RAW_REQUESTS=2/1d")})
	for i, c := range []struct {
		preamble string
		want     int
	}{
		{"PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", 200},
		{version2(0x21, 0x11, tcp4Body...), 200}, // the same address, in the other version
		{version2(0x21, 0x21, mapped...), 429},   // and once more, as IPv6
		{"PROXY TCP4 203.0.113.8 127.0.0.1 40000 80\r\n", 200},
		{version2(0x20, 0), 200}, // the balancer itself
		{"", 0},
		{"PROXY TCP4 nobody 127.0.0.1 1 2\r\n", 0},
	} {
		if got := behind(t, s, c.preamble); got != c.want {
			t.Errorf("%d, %q: expected status %d, found %d", i, c.preamble, c.want, got)
		}
	}
}

// A balancer that says half a preamble, or none, is given as long as a header.
func TestPreambleIsNotWaitedFor(t *testing.T) {
	for _, half := range []string{"", "PROXY TCP4 203.0.113.7", version2(0x21, 0x11, tcp4Body...)[:20]} {
		synctest.Test(t, func(t *testing.T) {
			theirs, ours := net.Pipe()
			defer theirs.Close()
			go io.WriteString(theirs, half)
			c := &proxiedConn{Conn: ours, log: slog.New(slog.DiscardHandler)}
			began := time.Now()
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%q: expected its end, found %v", half, err)
			}
			if waited := time.Since(began); waited != headerTimeout {
				t.Errorf("%q: expected to wait %s, found %s", half, headerTimeout, waited)
			}
		})
	}
}

// Who does not ask for preambles does not believe them.
func TestPreamblesAreNotBelievedUnasked(t *testing.T) {
	if got := behind(t, start(t, Options{}), "PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n"); got != 400 {
		t.Errorf("expected status 400, found %d", got)
	}
}
