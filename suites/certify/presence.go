package certify

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// maxTold bounds what is kept of a client's own words, in bytes.
const maxTold = 300

// PresenceOf is what is seen of a client now that started at an instant of the
// front's clock.
func PresenceOf(client Subject, front *wire.Front, started time.Time) certificate.Presence {
	p := certificate.Presence{Driven: client.Hello().Protocol != 0, Waited: front.Now().Sub(started), Exit: client.Exit(), Connections: front.Connections()}
	for _, a := range front.Asked() {
		p.Names = append(p.Names, a.Host)
	}
	return p
}

// presence is what was seen of a scenario's client, which has not been ended yet.
func (r *run) presence(client Subject, started time.Time) certificate.Presence {
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
