package certificate

import (
	"fmt"
	"time"
)

// Moment is one event between caller, client and venue.
type Moment struct {
	At   time.Duration // since the first event of interest; negative before it
	Who  Speaker
	Text string // what was sent, answered or told, in a line

	// Finding marks the event at fault.
	Finding bool
}

// Speaker is whose event it is.
type Speaker string

// The speakers.
const (
	Client Speaker = "client" // it sent a request
	Venue  Speaker = "venue"  // it answered, or closed the connection
	Caller Speaker = "caller" // it gave the client a command, or was told of its outcome
)

// String is the moment on a line, to the millisecond.
func (m Moment) String() string {
	mark := "  "
	if m.Finding {
		mark = "✗ "
	}
	return fmt.Sprintf("%s%7d ms  %-6s  %s", mark, m.At.Milliseconds(), m.Who, m.Text)
}
