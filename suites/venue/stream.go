package venue

import (
	"strconv"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// streamRoutes give out the keys of user data streams; the streams themselves
// are no part of the REST API.
var streamRoutes = []entry{
	{"POST", "/api/v1/userDataStream /api/v3/userDataStream /sapi/v1/userDataStream", keyed, (*Venue).startStream, ""},
	{"PUT", "/api/v1/userDataStream /api/v3/userDataStream /sapi/v1/userDataStream", keyed, (*Venue).keepStream, ""},
	{"DELETE", "/api/v1/userDataStream /api/v3/userDataStream /sapi/v1/userDataStream", keyed, (*Venue).closeStream, ""},
}

// streamLife is how long a listenKey lives unless it is kept alive.
const streamLife = time.Hour

// stream is the user data stream of an account, of which there is one at a time
// for spot and one for margin.
type stream struct {
	key   string
	until time.Time
	made  int
}

// stream is that of the caller's account; its lock must be held.
func (c *Call) stream() *stream {
	if c.route.family == edition.SAPI {
		return &c.account.streams[1]
	}
	return &c.account.streams[0]
}

func (v *Venue) startStream(c *Call) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	s := c.stream()
	if !c.At.Before(s.until) {
		s.made++
		s.key = token(v.seed, "listenKey "+c.account.Key+" "+string(c.route.family)+" "+strconv.Itoa(s.made))
	}
	s.until = c.At.Add(streamLife)
	c.out.open('{')
	c.out.strAt("listenKey", s.key)
	c.out.close('}')
}

// theStream returns the stream that the parameter listenKey names; the
// account's lock must be held.
func (c *Call) theStream() *stream {
	key, s := c.mandatory("listenKey"), c.stream()
	if s.key != key || !c.At.Before(s.until) {
		c.refuse(errListenKey)
	}
	return s
}

func (v *Venue) keepStream(c *Call) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	if s := c.theStream(); !c.refused() {
		s.until = c.At.Add(streamLife)
		c.out.constant("{}")
	}
}

func (v *Venue) closeStream(c *Call) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	if s := c.theStream(); !c.refused() {
		s.until = time.Time{}
		c.out.constant("{}")
	}
}
