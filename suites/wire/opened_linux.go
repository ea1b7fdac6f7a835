package wire

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// coarse is how exact the kernel is about when a connection was opened: it counts
// in ticks of 4 ms where it has 250 in a second, and 10 where it has 100.
const coarse = 20 * time.Millisecond

// OpenedAt is when a connection was opened that was accepted now. On a busy
// machine that may be long before, and requests that the client sent on it meanwhile
// would seem to have been sent later than what it was answered on another. The
// kernel knows: until something is sent on a connection, its time of the last
// sending is that of the handshake.
func OpenedAt(conn net.Conn, now time.Time) time.Time {
	for {
		below, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = below.NetConn()
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return now
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return now
	}
	since := time.Duration(0)
	err = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			since = time.Duration(info.Last_data_sent) * time.Millisecond
		}
	})
	if err != nil || since <= coarse {
		return now
	}
	return now.Add(-since)
}
