package certificate

import (
	"fmt"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// Presence is what is known of a client beside its requests: it tells one that
// is still loading from one that is gone or that calls somebody else.
type Presence struct {
	Waited      time.Duration // for its first request, until that came or waiting ended
	Exit        string        // how its process ended by itself; "" if it was alive until it was ended
	Connections int64         // that it opened to the venue, with a request on them or not
	Names       []string      // that it had looked up, in order; at most a few
	Told        string        // what a driven client told its caller of the first command that it failed; "" for nothing

	// Driven clients have said hello, and are waited for from then on.
	Driven bool
}

// Unreached says of a client that sent nothing what was seen of it. It accuses
// nobody: whoever is alive may still be loading.
func (p Presence) Unreached() string {
	since := p.since()
	first := fmt.Sprintf("it had sent nothing %s after its %s, and was alive", wording.Seconds(p.Waited), since)
	if p.Exit != "" {
		first = fmt.Sprintf("it ended with %s %s after its %s, having sent nothing", p.Exit, wording.Seconds(p.Waited), since)
	}
	said := []string{first}
	switch {
	case p.Connections > 0:
		said = append(said, fmt.Sprintf("it connected (%d) without a request", p.Connections))
	default:
		said = append(said, "it did not connect")
	}
	if len(p.Names) > 0 {
		said = append(said, "it asked DNS for "+strings.Join(p.Names, ", "))
	}
	if p.Told != "" {
		said = append(said, "it told its caller of "+p.Told)
	}
	return strings.Join(said, "; ")
}

// Elsewhere says of a client that did not make the call that a scenario needs
// what it did instead.
func (p Presence) Elsewhere(requests int64) string {
	said := fmt.Sprintf("the client did not make the call that the scenario is about, but others (%d, the first %s after its %s)", requests, wording.Seconds(p.Waited), p.since())
	if p.Exit == "" {
		said += ", and was alive"
	}
	return said
}

// since is what a client is waited for from.
func (p Presence) since() string {
	if p.Driven {
		return "hello"
	}
	return "start"
}
