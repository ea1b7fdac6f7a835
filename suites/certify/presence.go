package certify

import (
	"fmt"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/wire"
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

// maxTold bounds what is kept of a client's own words, in bytes.
const maxTold = 300

// PresenceOf is what is seen of a client now that started at an instant of the
// front's clock.
func PresenceOf(client Subject, front *wire.Front, started time.Time) Presence {
	p := Presence{Driven: client.Hello().Protocol != 0, Waited: front.Now().Sub(started), Exit: client.Exit(), Connections: front.Connections()}
	for _, a := range front.Asked() {
		p.Names = append(p.Names, a.Host)
	}
	return p
}

// presence is what was seen of a scenario's client, which has not been ended yet.
func (r *run) presence(client Subject, started time.Time) Presence {
	p := PresenceOf(client, r.front, started)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.asked) > 0 {
		p.Waited = max(r.asked[0].HeaderAt.Sub(started), 0) // one may come before the hello
	}
	for _, c := range r.commands {
		if p.Told == "" && !c.answered.IsZero() {
			p.Told = Told(c.op, c.answer)
		}
	}
	return p
}

// Told says what a driven client told its caller of a command that came to
// nothing; "" of one that is done.
func Told(op driver.Op, a driver.Answer) string {
	if a.Error == nil {
		return ""
	}
	var hide *mask.Masker // what the run knows is hidden by who reports
	text, more := hide.Excerpt(fmt.Sprintf("%s: %s: %s: %s", op, a.Outcome, a.Error.Type, a.Error.Message), maxTold)
	if more {
		text += "…"
	}
	return text
}

// Unreached says of a client that sent nothing what was seen of it. It accuses
// nobody: whoever is alive may still be loading.
func (p Presence) Unreached() string {
	since := p.since()
	first := fmt.Sprintf("it had sent nothing %s after its %s, and was alive", seconds(p.Waited), since)
	if p.Exit != "" {
		first = fmt.Sprintf("it ended with %s %s after its %s, having sent nothing", p.Exit, seconds(p.Waited), since)
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
	said := fmt.Sprintf("the client did not make the call that the scenario is about, but others (%d, the first %s after its %s)", requests, seconds(p.Waited), p.since())
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

// seconds is a time as people read it: "0.4 s", "60 s".
func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
