package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
)

// defaultHold is how long a request waits at the most where nobody says: less than the
// 10 s after which the first clients give up on an answer.
const defaultHold = 5 * time.Second

// maxHold is longer than any client waits for an answer.
const maxHold = 10 * time.Minute

// openLedger opens the ledger of a venue, nil without --guard.
func (p *proxying) openLedger(held *edition.Edition, venue string) (*guard.Ledger, error) {
	switch {
	case !p.guard && p.hold != defaultHold:
		return nil, usage("Add --guard, or leave --hold out.", "--hold says how long --guard may hold a request, and there is no --guard")
	case !p.guard:
		return nil, nil
	case p.hold < 0 || p.hold > maxHold:
		return nil, usage("", "--hold %s: expected 0s to %s", p.hold, maxHold)
	}
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "guard-"+strings.ReplaceAll(venue, ":", "_")+".json")
	l, err := guard.Open(file, held, time.Now())
	if err != nil {
		return nil, &exit{code: exitUsage, err: err}
	}
	p.ledger = l
	return l, nil
}

// shownUses is how many clients are told of at the end.
const shownUses = 10

// tellUses tells who used what, those who used most first.
func (p *proxying) tellUses() {
	if p.ledger == nil {
		return
	}
	now := time.Now()
	used, most, silent := p.ledger.Standing(now)
	line := fmt.Sprintf("guard: %d of %d of the weight of a minute used", used, most)
	if !silent.IsZero() {
		line += fmt.Sprintf("; the venue asked for silence until %s, and the ledger keeps that", silent.UTC().Format(time.RFC3339))
	}
	p.tell(line)
	for i, u := range p.ledger.Uses(now) {
		if i == shownUses {
			p.tell("guard: and others")
			break
		}
		p.tell(fmt.Sprintf("guard: %s: %d requests of weight %d, %d orders; %d held (%s in all), %d refused", u.Client, u.Requests, u.Weight, u.Orders, u.Held, u.HeldFor.Round(time.Millisecond), u.Refused))
	}
}
