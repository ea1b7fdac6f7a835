package planted

import (
	"net/http"
	"strconv"
	"time"
)

// silence is what the venue demands of the whole client.
type silence struct {
	until  time.Time
	status int // that demanded it
}

const (
	// shortWait is how long a client waits for the limit by itself rather than
	// tell its caller.
	shortWait = 2 * time.Second

	// maxTries is how often the clients that misbehave send again.
	maxTries = 3

	// oldTimestamp is the code of a timestamp that is none of the venue's time.
	oldTimestamp = -1021
)

// limited reads a 429 or 418 and keeps it in mind; nil for any other answer.
func (c *Client) limited(resp *http.Response) *Error {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusTeapot {
		return nil
	}
	e := &Error{Type: "RateLimitError", Status: resp.StatusCode, Wait: waitOf(resp)}
	if resp.StatusCode == http.StatusTeapot {
		e.Type = "BanError"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := time.Now().Add(e.Wait); until.After(c.silent.until) {
		c.silent = silence{until, resp.StatusCode}
	}
	return e
}

// waitOf is how long a refusal forbids to send: Retry-After seconds from now,
// or else to the end of the venue's minute.
func waitOf(resp *http.Response) time.Duration {
	if seconds, err := strconv.ParseInt(resp.Header.Get("Retry-After"), 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Minute
	}
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}

// silence is how long the client must still be silent, and after which status.
func (c *Client) silence() (left time.Duration, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(c.silent.until), c.silent.status
}

// forget drops what the venue demands.
func (c *Client) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = silence{}
}

// guards reports whether the client holds its caller to the silence after a
// status.
func (c *Client) guards(status int) bool {
	return c.vice != sendsInSilence && !(c.vice == dropsBan && status == http.StatusTeapot)
}

// refusedHere is the error for a call that was not sent.
func refusedHere(status int, left time.Duration) *Error {
	e := &Error{Type: "RateLimitError", Message: "the venue demands silence; nothing was sent", Status: status, Wait: left}
	if status == http.StatusTeapot {
		e.Type = "BanError"
	}
	return e
}

// again says whether a read that was refused is sent again, and after which
// wait.
func (c *Client) again(q request, e *Error, try int) (time.Duration, bool) {
	switch {
	case e.Status == http.StatusTeapot && c.vice == retriesInBan:
		return time.Second, true
	case e.Status == http.StatusTooManyRequests:
		switch c.vice {
		case spams:
			return 0, true
		case waitsMilliseconds:
			return e.Wait / 1000, try == 0
		case sleepsASecond:
			return time.Second, try == 0
		}
		left, _ := c.silence() // another call may have been told to wait for longer
		return left, try == 0 && left <= shortWait
	case c.vice == resendsStamp && e.Code == oldTimestamp:
		return 0, try == 0
	case c.vice == resendsRefused && e.Status == http.StatusBadRequest:
		return 0, try == 0
	}
	return 0, false
}
