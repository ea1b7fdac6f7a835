package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/output"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/certify/subject"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// evidenceDir is where evidence lies beside a certificate.
const evidenceDir = "evidence"

// report makes what is reported of results.
func (c *certifying) report(t *subject.Program, certifier *certify.Certifier, results []*certify.Result, began time.Time) *reports.Report {
	r := &reports.Report{
		Tally: certifier.Total(results), OfAKind: c.few.value, FailOn: clause.Level(c.failOn.value), Version: version(), Began: began, Elapsed: time.Since(began),
		Target: c.described(t, results), Evidence: map[string]reports.Evidence{},
	}
	r.Target.Warning = strings.TrimSpace(certify.KeysRefused(results) + " " + unprotected(t.Unprotected))
	for _, one := range inOrder(results) {
		s := scenarioOfResult(one)
		s.Note = c.hide.Text(s.Note)
		for i, name := range s.Presence.Names {
			s.Presence.Names[i] = c.hide.Text(name)
		}
		r.Scenarios = append(r.Scenarios, s)
	}
	for i := range r.Tally.Rules {
		f := r.Tally.Rules[i].Findings
		if len(f) == 0 {
			continue
		}
		if one := resultOf(results, &f[0]); one != nil {
			r.Evidence[f[0].Rule] = reports.Evidence{
				Venue: venueCommand(one.Scenario.Name), Curl: certify.Curl(one.Exchanges[f[0].At.Exchange-1]), Timeline: timelineOf(one, &f[0]),
			}
		}
	}
	return r
}

// unprotected is a sentence of the protections that a client ran without; "" for
// none.
func unprotected(missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	return "This machine is not kept from the client as elsewhere: " + strings.Join(missing, "; ") + "."
}

// venueCommand is a command line that has a venue play a scenario, for the one
// that asks it again.
func venueCommand(scenario string) string {
	return "mbxcheck serve --scenario " + certify.Quoted(scenario) + "  # MBXCHECK_URL is the base URL that it tells"
}

// inOrder lists results by name, which brings those of one kind together; they
// ran in the order of their length.
func inOrder(results []*certify.Result) []*certify.Result {
	list := slices.Clone(results)
	slices.SortFunc(list, func(a, b *certify.Result) int { return cmp.Compare(a.Scenario.Name, b.Scenario.Name) })
	return list
}

// described says who was certified and how.
func (c *certifying) described(t *subject.Program, results []*certify.Result) *reports.Target {
	d := &reports.Target{
		Name: cmp.Or(c.name, t.Hello.Client, filepath.Base(t.Command[0])), Version: cmp.Or(c.version, t.Hello.Version),
		Configuration: t.Hello.Configuration, Contact: c.contact,
		Profile: c.profile.value, Picked: len(c.scenarios) > 0, Command: process.Published(t.Command, c.known(t.Command)), Mode: reports.Observe, Reached: reports.ByIsolation,
	}
	if t.Mode == subject.Drive {
		d.Mode = reports.Drive
	}
	switch {
	case t.Isolate:
	case t.Way == process.ByURL:
		d.Reached = reports.ByURL
	default:
		d.Reached = reports.ByProxy
	}
	if d.Profile == "" {
		var left []certify.LeftOut
		d.Profile, left = certify.Fitting(results, t.Mode == subject.Observe)
		for _, l := range left {
			d.LeftOut = append(d.LeftOut, reports.LeftOut(l))
		}
	}
	d.Reproduce = c.reproduce(t, d)
	return d
}

// reproduce is the command line that does it again.
func (c *certifying) reproduce(t *subject.Program, d *reports.Target) string {
	words := []string{"mbxcheck", "certify"}
	if c.profile.value != "" {
		words = append(words, "--profile", c.profile.value)
	}
	words = append(words, "--"+string(d.Mode))
	switch d.Reached {
	case reports.ByIsolation:
		words = append(words, "--isolate")
	case reports.ByProxy:
		words = append(words, "--proxy")
	}
	for _, glob := range c.scenarios {
		words = append(words, "--scenario", glob)
	}
	for _, e := range c.env {
		name, _, _ := strings.Cut(e, "=")
		words = append(words, "--env", name) // its value is for the environment of who does it again
	}
	for _, dir := range c.writable {
		words = append(words, "--writable", dir)
	}
	for _, h := range c.hosts {
		words = append(words, "--host", h)
	}
	if c.watchTime != 0 {
		words = append(words, "--watch", c.watchTime.String())
	}
	if c.banWindow != defaultBanWindow {
		words = append(words, "--ban-window", c.banWindow.String())
	}
	if c.fullBan {
		words = append(words, "--full-ban")
	}
	words = append(append(words, "--"), d.Command...)
	for i, w := range words {
		words[i] = certify.Quoted(w)
	}
	return strings.Join(words, " ")
}

func scenarioOfResult(one *certify.Result) reports.Scenario {
	s := reports.Scenario{
		Name: one.Scenario.Name, Place: one.Place(), Outcome: reports.Played, Tally: one.Tally,
		NamesNoWait: one.Scenario.NamesNoWait, Watched: one.Watched, Unfinished: one.Unfinished,
	}
	switch {
	case one.Err != nil:
		s.Outcome, s.Note = reports.Broke, one.Err.Error()
	case len(one.Unsupported) > 0 && !one.Exercised():
		s.Outcome, s.Note = reports.Unsupported, "the client has no "+joinOps(one)
	case !one.Reached():
		s.Outcome, s.Note = reports.NotReached, one.Presence.Unreached()
		if last := lastLine(one.Output); last != "" {
			s.Note += "; it said at last: " + last
		}
	case !one.Exercised():
		s.Outcome = reports.NotReached
		if s.Unfinished == "" { // which says it, and for how long it was waited for
			s.Note = one.Presence.Elsewhere(one.Requests)
		}
	case one.Flooded:
		s.Note = "the client sent so much that the scenario was ended early"
	case len(one.Unsupported) > 0:
		s.Note = "the client has no " + joinOps(one)
	}
	s.Presence = &reports.Presence{
		Waited: one.Presence.Waited, Exit: one.Presence.Exit, Connections: one.Presence.Connections,
		Names: slices.Clone(one.Presence.Names), Told: one.Presence.Told,
	}
	if s.Outcome != reports.Played {
		s.Output = strings.Join(lastLines(one.Output), "\n")
	}
	if one.Reached() && one.Err == nil && one.Presence.Exit != "" && one.Presence.Exit != endedWell {
		s.Note = strings.TrimPrefix(s.Note+"; the client ended with "+one.Presence.Exit, "; ")
	}
	return s
}

// lastLine is the last line of what a client printed.
func lastLine(output string) string {
	lines := lastLines(output)
	return strings.TrimSpace(lines[len(lines)-1])
}

// endedWell is how a program ends whose work is done, which is nothing to be
// told.
const endedWell = "exit code 0"

func joinOps(one *certify.Result) string {
	var ops []string
	for _, op := range one.Unsupported {
		ops = append(ops, string(op))
	}
	return strings.Join(ops, ", ")
}

// resultOf finds the scenario in which a finding falls.
func resultOf(results []*certify.Result, f *rule.Finding) *certify.Result {
	i := slices.IndexFunc(results, func(one *certify.Result) bool { return one.Scenario.Name == f.At.File })
	if i < 0 || f.At.Exchange < 1 || f.At.Exchange > len(results[i].Exchanges) {
		return nil
	}
	return results[i]
}

func timelineOf(one *certify.Result, f *rule.Finding) reports.Timeline {
	var t reports.Timeline
	events := one.Around(*f)
	for _, e := range events {
		t = append(t, reports.Moment{At: e.At.Sub(events[0].At), Who: reports.Speaker(e.Who), Text: e.Text, Finding: e.Finding})
	}
	return t
}

// ready makes sure, before any client is run, that what is to be kept can be
// written.
func (c *certifying) ready() error {
	if c.clientLog != "" {
		if err := os.MkdirAll(c.clientLog, 0o700); err != nil {
			return usage("", "--client-log %s: %v", c.clientLog, err)
		}
		if err := writable(c.clientLog); err != nil {
			return usage("", "--client-log %s: expected a directory that can be written to: %v", c.clientLog, err)
		}
	}
	for _, file := range []string{c.certificate, filepath.Join(c.evidence, ".ready")} {
		if file == "" || c.evidence == "" && file != c.certificate {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return unwritable("what is to be kept", err)
		}
		out, err := output.Create(file)
		if err != nil {
			return unwritable("what is to be kept", err)
		}
		out.Discard()
	}
	return nil
}

// writable reports why no file can be made in a directory.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".ready-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// keep writes what stays beside the reports: a recording for each rule that
// failed, and the certificate.
func (c *certifying) keep(r *reports.Report, certifier *certify.Certifier, results []*certify.Result) []error {
	var errs []error
	dir, beside := c.evidence, "."
	if c.certificate != "" {
		beside = filepath.Dir(c.certificate)
		if dir == "" {
			dir = filepath.Join(beside, evidenceDir)
		}
	}
	if dir != "" {
		errs = append(errs, c.keepEvidence(dir, beside, r, certifier, results)...)
	}
	if c.certificate == "" {
		return errs
	}
	if err := c.writeCertificate(r); err != nil {
		errs = append(errs, fmt.Errorf("the certificate could not be written: %w", err))
	}
	return errs
}

func (c *certifying) keepEvidence(dir, beside string, r *reports.Report, certifier *certify.Certifier, results []*certify.Result) []error {
	var errs []error
	for i := range r.Tally.Rules {
		t := &r.Tally.Rules[i]
		if len(t.Findings) == 0 {
			continue
		}
		one := resultOf(results, &t.Findings[0])
		if one == nil {
			continue
		}
		file := filepath.Join(dir, t.ID+".ndjson")
		text, err := cassettes.Encode(file, slices.Values(certifier.Minimal(one, t.Findings[0])), c.hide)
		if err == nil {
			err = writeWhole(file, text, cassettes.RecordingMode)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("the evidence for %s could not be written: %w", t.ID, err))
			continue
		}
		e := r.Evidence[t.ID]
		if rel, err := filepath.Rel(beside, file); err == nil {
			e.Cassette = filepath.ToSlash(rel)
		}
		r.Evidence[t.ID] = e
	}
	return errs
}

func (c *certifying) writeCertificate(r *reports.Report) error {
	cert, err := reports.NewCertificate(r, time.Now())
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := cert.Write(&text); err != nil {
		return err
	}
	return writeWhole(c.certificate, c.hide.Known(text.Bytes()), public)
}

// public is the mode of a file that is made to be shown, as far as the user's umask
// lets others read it.
const public = 0o666

// writeWhole writes a file that appears whole or not at all. One that is there
// keeps its mode.
func writeWhole(file string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	out, err := output.CreateMode(file, mode)
	if err != nil {
		return err
	}
	if _, err := out.Write(data); err != nil {
		out.Discard()
		return err
	}
	return out.Commit()
}
