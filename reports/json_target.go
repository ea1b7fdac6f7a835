package reports

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

type jsonTarget struct {
	Implementation
	Contact   string           `json:"contact,omitempty"`
	Profile   string           `json:"profile"`
	Command   []string         `json:"command"`
	Mode      Mode             `json:"mode"`
	Reached   Reached          `json:"reached"`
	Reproduce string           `json:"reproduce"`
	Warning   string           `json:"warning,omitempty"`
	Verdict   string           `json:"verdict"`
	Reasons   []jsonReason     `json:"reasons,omitempty"`
	LeftOut   []LeftOut        `json:"left_out,omitempty"`
	NotAsked  []Unasked        `json:"not_asked,omitempty"`
	Clauses   []jsonMatrixCell `json:"clauses"`
}

type jsonReason struct {
	Clause string     `json:"clause,omitempty"`
	Kind   ReasonKind `json:"kind"`
	Place  string     `json:"place,omitempty"`
	Why    string     `json:"why"`
}

type jsonScenario struct {
	Name       string               `json:"name"`
	Place      string               `json:"place,omitempty"`
	Outcome    Outcome              `json:"outcome"`
	Note       string               `json:"note,omitempty"`
	WatchedMs  int64                `json:"watched_ms,omitempty"`
	Unfinished string               `json:"unfinished,omitempty"`
	Presence   *jsonPresence        `json:"presence,omitempty"`
	Output     string               `json:"output,omitempty"`
	Verdict    Result               `json:"verdict"`
	Clauses    []jsonScenarioClause `json:"clauses"`
}

type jsonPresence struct {
	WaitedMs    int64    `json:"waited_ms"`
	Exit        string   `json:"exit,omitempty"`
	Connections int64    `json:"connections"`
	Names       []string `json:"names,omitempty"`
	Told        string   `json:"told,omitempty"`
}

func jsonPresenceOf(p *Presence) *jsonPresence {
	if p == nil {
		return nil
	}
	return &jsonPresence{p.Waited.Milliseconds(), rule.Mask(p.Exit), p.Connections, p.Names, rule.Mask(p.Told)}
}

type jsonScenarioClause struct {
	ID      string       `json:"id"`
	Verdict Result       `json:"verdict"`
	Broken  clause.Level `json:"broken,omitempty"`
	InDoubt int64        `json:"in_doubt,omitempty"`
	Why     string       `json:"why,omitempty"`
}

type jsonEvidence struct {
	Cassette string       `json:"cassette,omitempty"`
	Venue    string       `json:"venue,omitempty"`
	Curl     string       `json:"curl,omitempty"`
	Timeline []jsonMoment `json:"timeline,omitempty"`
}

// jsonMoment is an event, or so many that were left out.
type jsonMoment struct {
	AtMs    *int64  `json:"at_ms,omitempty"`
	Who     Speaker `json:"who,omitempty"`
	Text    string  `json:"text,omitempty"`
	Finding bool    `json:"finding,omitempty"`
	LeftOut int     `json:"left_out,omitempty"`
}

// jsonTargetOf is nil without a target of a known profile.
func jsonTargetOf(r *Report) *jsonTarget {
	if r.Target == nil {
		return nil
	}
	c, err := NewCertificate(r, time.Time{})
	if err != nil {
		return nil
	}
	j := &jsonTarget{
		Implementation: c.Implementation, Contact: c.Contact, Profile: c.Profile, Command: c.Command, Mode: c.Mode, Reached: c.Reached,
		Reproduce: c.Reproduce, Warning: rule.Mask(r.Target.Warning), Verdict: c.Verdict, LeftOut: c.LeftOut, NotAsked: c.NotAsked, Clauses: []jsonMatrixCell{},
	}
	for _, reason := range c.Reasons {
		j.Reasons = append(j.Reasons, jsonReason(reason))
	}
	for _, d := range c.Clauses {
		j.Clauses = append(j.Clauses, jsonCellOf(&d))
	}
	return j
}

func jsonScenariosOf(scenarios []Scenario) []jsonScenario {
	var all []jsonScenario
	for _, s := range scenarios {
		r := scenarioResult(s)
		j := jsonScenario{r.Name, r.Place, r.Outcome, r.Note, r.WatchedMs, r.Unfinished, jsonPresenceOf(s.Presence), rule.Mask(s.Output), r.Verdict, []jsonScenarioClause{}}
		for _, c := range r.Clauses {
			j.Clauses = append(j.Clauses, jsonScenarioClause(c))
		}
		all = append(all, j)
	}
	return all
}

func jsonEvidenceOf(e Evidence) *jsonEvidence {
	j := &jsonEvidence{Cassette: rule.Mask(e.Cassette), Curl: rule.Mask(e.Curl), Venue: rule.Mask(e.Venue)}
	for _, m := range e.Timeline.shown() {
		if m.left > 0 {
			j.Timeline = append(j.Timeline, jsonMoment{LeftOut: m.left})
			continue
		}
		at := m.At.Milliseconds()
		j.Timeline = append(j.Timeline, jsonMoment{&at, m.Who, rule.Mask(m.Text), m.Finding, 0})
	}
	return j
}
