package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// tallyVersion numbers the form in which tallies are written. It is raised when what
// an older program would make of the form is not what was counted.
const tallyVersion = 1

// plainTally is a Tally as encoding/json writes one that has no say in it.
type plainTally Tally

// MarshalJSON writes all of the tally, with the version of the form. The same tally is
// the same bytes.
func (t *Tally) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Version int `json:"version"`
		*plainTally
	}{tallyVersion, (*plainTally)(t)})
}

// UnmarshalJSON reads what MarshalJSON writes, and no more of it than the bounds of
// tallies allow. It refuses what another version wrote, and what nobody counted.
func (t *Tally) UnmarshalJSON(text []byte) error {
	var read struct {
		Version int `json:"version"`
		plainTally
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&read)
	if err != nil {
		read.Version = versionOf(text) // another one is likely to be why
	}
	switch {
	case read.Version != tallyVersion:
		return fmt.Errorf("tally: expected version %d, found %d: read it with the version of mbxcheck that wrote it, or judge anew", tallyVersion, read.Version)
	case err != nil:
		return fmt.Errorf("tally: %w", err)
	}
	found := (*Tally)(&read.plainTally)
	held, _ := edition.ByID(found.Edition)
	for i := range found.Rules {
		found.Rules[i].level = found.Rules[i].Rule().LevelIn(held)
	}
	if err := found.sound(); err != nil {
		return fmt.Errorf("tally: %w: read it as mbxcheck wrote it, or judge anew", err)
	}
	slices.SortFunc(found.Errors, func(a, b InputError) int { return a.compare(&b) })
	*t = *found.Empty()
	t.Merge(found)
	return nil
}

// versionOf is the version that a text says it is of, 0 where it says none.
func versionOf(text []byte) int {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return tallyVersion // no tally at all: what is wrong with it is known
	}
	return head.Version
}

// sound reports what cannot have been counted.
func (t *Tally) sound() error {
	n := &t.Traffic
	if counts := append(n.Artefacts[:], n.Files, n.Exchanges, n.Skipped, n.Unreadable, n.Unrecognised, n.Cuts, n.Late, n.Unknown); slices.Min(counts) < 0 {
		return fmt.Errorf("traffic: expected counts, found %+v", *n)
	}
	for name, n := range t.LeftOut {
		if n == nil || n.API < 0 || n.Exchanges < max(1, n.API) {
			return fmt.Errorf("left_out: expected as many exchanges of %q as were counted, no fewer than those of the API, found %v", name, t.LeftOut.Of(name))
		}
	}
	if err := errors.Join(counted("unknown_routes", t.UnknownRoutes.Counts), counted("passed_over", t.PassedOver.Counts)); err != nil {
		return err
	}
	for i := range t.Rules {
		r := &t.Rules[i]
		if err := errors.Join(r.sound(), counted("doubts", r.Doubts)); err != nil {
			return fmt.Errorf("rule %s: %w", r.ID, err)
		}
	}
	return nil
}

// counted reports a name of which nothing was counted.
func counted(member string, c Counts[int64]) error {
	for name := range c {
		if n := c.Of(name); n < 1 {
			return fmt.Errorf("%s: expected how often %q was counted, found %d", member, name, n)
		}
	}
	return nil
}

// sound reports what cannot have been counted of a rule.
func (t *RuleTally) sound() error {
	if t.Passed < 0 || t.Failed < int64(len(t.Findings)) || t.Inconclusive < 0 {
		return fmt.Errorf("expected counts of occasions, no fewer violations than the %d findings, found %d passed, %d failed and %d inconclusive",
			len(t.Findings), t.Passed, t.Failed, t.Inconclusive)
	}
	for kind, n := range t.Kinds.Counts {
		if n < 1 {
			return fmt.Errorf("expected how often the kind %016x was found, found %d", uint64(kind), n)
		}
	}
	for i := range t.Findings {
		if id := t.Findings[i].Rule; id != t.ID {
			return fmt.Errorf("expected findings of the rule, found one of %s", id)
		}
	}
	return nil
}

// Empty is a tally of the same pass in which nothing was counted.
func (t *Tally) Empty() *Tally {
	e := &Tally{Edition: t.Edition, Rules: make([]RuleTally, len(t.Rules)), Bounds: t.Bounds}
	for i := range t.Rules {
		e.Rules[i].ID, e.Rules[i].level = t.Rules[i].ID, t.Rules[i].level
	}
	return e
}
