package reports

import (
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

type jsonTarget struct {
	certificate.Implementation
	Contact   string                `json:"contact,omitempty"`
	Profile   string                `json:"profile"`
	Command   []string              `json:"command"`
	Mode      certificate.Mode      `json:"mode"`
	Reached   wire.Way              `json:"reached"`
	Reproduce string                `json:"reproduce"`
	Warning   string                `json:"warning,omitempty"`
	Verdict   string                `json:"verdict"`
	Reasons   []certificate.Reason  `json:"reasons,omitempty"`
	LeftOut   []certificate.LeftOut `json:"left_out,omitempty"`
	NotAsked  []certificate.Unasked `json:"not_asked,omitempty"`
	Clauses   []jsonMatrixCell      `json:"clauses"`
}

type jsonScenario struct {
	Name       string                       `json:"name"`
	Place      string                       `json:"place,omitempty"`
	Outcome    certificate.Outcome          `json:"outcome"`
	Note       string                       `json:"note,omitempty"`
	WatchedMs  int64                        `json:"watched_ms,omitempty"`
	Unfinished string                       `json:"unfinished,omitempty"`
	Presence   *jsonPresence                `json:"presence,omitempty"`
	Output     string                       `json:"output,omitempty"`
	Verdict    certificate.Result           `json:"verdict"`
	Clauses    []certificate.ScenarioClause `json:"clauses"`
}

type jsonPresence struct {
	WaitedMs    int64    `json:"waited_ms"`
	Exit        string   `json:"exit,omitempty"`
	Connections int64    `json:"connections"`
	Names       []string `json:"names,omitempty"`
	Told        string   `json:"told,omitempty"`
}

func jsonPresenceOf(p *certificate.Presence) *jsonPresence {
	if p == nil {
		return nil
	}
	return &jsonPresence{p.Waited.Milliseconds(), rule.Mask(p.Exit), p.Connections, p.Names, rule.Mask(p.Told)}
}

type jsonEvidence struct {
	Cassette string       `json:"cassette,omitempty"`
	Venue    string       `json:"venue,omitempty"`
	Curl     string       `json:"curl,omitempty"`
	Timeline []jsonMoment `json:"timeline,omitempty"`
}

// jsonMoment is an event, or so many that were left out.
type jsonMoment struct {
	AtMs    *int64              `json:"at_ms,omitempty"`
	Who     certificate.Speaker `json:"who,omitempty"`
	Text    string              `json:"text,omitempty"`
	Finding bool                `json:"finding,omitempty"`
	LeftOut int                 `json:"left_out,omitempty"`
}

// jsonTargetOf is nil for recorded traffic.
func jsonTargetOf(r *Report) *jsonTarget {
	c := r.Certificate
	if c == nil {
		return nil
	}
	j := &jsonTarget{
		Implementation: c.Implementation, Contact: c.Contact, Profile: c.Profile, Command: c.Command, Mode: c.Mode, Reached: c.Reached,
		Reproduce: c.Reproduce, Warning: rule.Mask(r.Warning), Verdict: c.Verdict, Reasons: c.Reasons, LeftOut: c.LeftOut, NotAsked: c.NotAsked, Clauses: []jsonMatrixCell{},
	}
	for _, d := range c.Clauses {
		j.Clauses = append(j.Clauses, jsonCellOf(&d))
	}
	return j
}

func jsonScenariosOf(r *Report) []jsonScenario {
	var all []jsonScenario
	for i, s := range r.Scenarios {
		c := r.Certificate.Scenarios[i]
		all = append(all, jsonScenario{c.Name, c.Place, c.Outcome, c.Note, c.WatchedMs, c.Unfinished, jsonPresenceOf(s.Presence), rule.Mask(s.Output), c.Verdict, c.Clauses})
	}
	return all
}

func jsonEvidenceOf(e certificate.Evidence) *jsonEvidence {
	j := &jsonEvidence{Cassette: rule.Mask(e.Cassette), Curl: rule.Mask(e.Curl), Venue: rule.Mask(e.Venue)}
	for _, m := range Timeline(e.Timeline).shown() {
		if m.left > 0 {
			j.Timeline = append(j.Timeline, jsonMoment{LeftOut: m.left})
			continue
		}
		at := m.At.Milliseconds()
		j.Timeline = append(j.Timeline, jsonMoment{&at, m.Who, rule.Mask(m.Text), m.Finding, 0})
	}
	return j
}
