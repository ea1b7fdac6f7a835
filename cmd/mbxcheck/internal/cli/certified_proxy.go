package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// oneByOne judges each scenario by itself: a certificate says what each showed.
type oneByOne struct {
	rules   []*rule.Rule
	options engine.Options
	to      *[]certificate.Scenario
	judge   *engine.Engine // of the scenario under way, nil before the first
}

// began ends the scenario before, and begins one.
func (o *oneByOne) began(s *relay.Scenario) {
	o.ended()
	*o.to = append(*o.to, certificate.Scenario{Name: s.Name, Outcome: certificate.Played})
	o.judge = engine.New(o.rules, o.options)
	o.judge.Begin()
}

func (o *oneByOne) ended() {
	if o.judge == nil {
		return
	}
	o.judge.End()
	(*o.to)[len(*o.to)-1].Tally = o.judge.Take()
	o.judge = nil
}

// certified writes the certificate where a flag wants one, of scenarios that partial
// left unplayed or unexercised unless it is "". Faults are of what could not be written.
func (c *relaying) certified(played *relayed, command []string, partial string) []error {
	if c.certificate == "" {
		return nil
	}
	slices.SortFunc(played.each, func(a, b certificate.Scenario) int { return cmp.Compare(a.Name, b.Name) })
	run := &certificate.Run{
		Tally: played.tally, Target: c.described(command), Scenarios: played.each, Evidence: map[string]certificate.Evidence{},
		Partial: partial, Version: version(),
	}
	if c.evidence != "" {
		if beside, err := filepath.Rel(filepath.Dir(c.certificate), c.evidence); err == nil {
			for i := range played.tally.Rules {
				run.Evidence[played.tally.Rules[i].ID] = certificate.Evidence{Cassette: filepath.ToSlash(beside)}
			}
		}
	}
	cert, err := certificate.New(run, time.Now())
	if err != nil {
		return []error{err}
	}
	var text bytes.Buffer
	if err = cert.Write(&text); err == nil {
		err = writeWhole(c.certificate, c.hide.Known(text.Bytes()), public)
	}
	if err != nil {
		return []error{fmt.Errorf("the certificate could not be written: %w", err)}
	}
	c.tell("certificate: " + cert.Sentence())
	return nil
}

// described says which proxy it was, and how it was reached.
func (c *relaying) described(command []string) certificate.Target {
	t := certificate.Target{
		Name: c.name, Version: c.version, Configuration: c.configuration, Profile: clause.ProfileProxy,
		Command: process.Published(command, nil), Mode: certificate.Relay, Reached: wire.ByURL,
	}
	if c.forward {
		t.Reached = wire.ByProxy
	}
	words := []string{"mbxcheck", "certify-proxy"}
	for _, glob := range c.scenarios {
		words = append(words, "--scenario", glob)
	}
	if c.forward {
		words = append(words, "--forward")
	}
	if c.ca != "" {
		words = append(words, "--ca", c.ca)
	}
	if u, err := url.Parse(c.url); err == nil && c.url != "" {
		t.Name = cmp.Or(t.Name, u.Host)
		words = append(words, "--url", c.url, "--upstream-listen", c.listen)
	} else {
		t.Name = cmp.Or(t.Name, filepath.Base(command[0]))
		words = append(append(words, "--"), t.Command...)
	}
	for i, w := range words {
		words[i] = certify.Quoted(w)
	}
	t.Reproduce = strings.Join(words, " ")
	return t
}
