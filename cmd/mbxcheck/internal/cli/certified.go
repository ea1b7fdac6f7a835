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
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/certify/subject"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// evidenceDir is where evidence lies beside a certificate.
const evidenceDir = "evidence"

// report decides upon the certificate of a run, which partial ended early unless
// it is "", writes what stays beside reports, and makes what is reported. It fails
// where there is no certificate; faults are of what could not be kept.
func (c *certifying) report(t *subject.Program, certifier *certify.Certifier, results []*certify.Result, partial string, began time.Time) (r *reports.Report, faults []error, err error) {
	run := certifier.Sum(results)
	run.Target, run.Version, run.Partial = c.described(t, certifier, results), version(), partial
	if partial == "" {
		faults = c.keepEvidence(run, certifier, results)
	}
	cert, err := certificate.New(run, time.Now())
	if err != nil {
		return nil, nil, err
	}
	if partial == "" && c.certificate != "" {
		if err := c.writeCertificate(cert); err != nil {
			faults = append(faults, fmt.Errorf("the certificate could not be written: %w", err))
		}
	}
	return &reports.Report{
		Tally: run.Tally, OfAKind: c.few.value, FailOn: c.fails(), Version: run.Version, Partial: partial, Began: began, Elapsed: time.Since(began),
		Certificate: cert, Scenarios: run.Scenarios, Evidence: run.Evidence, Picked: len(c.scenarios) > 0,
		Warning: strings.TrimSpace(certifier.KeysRefused(results) + " " + unprotected(t.Unprotected)),
	}, faults, nil
}

func (c *certifying) writeCertificate(cert *certificate.Certificate) error {
	var text bytes.Buffer
	if err := cert.Write(&text); err != nil {
		return err
	}
	return writeWhole(c.certificate, c.hide.Known(text.Bytes()), public)
}

// unprotected is a sentence of the protections that a client ran without; "" for
// none.
func unprotected(missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	return "This machine is not kept from the client as elsewhere: " + strings.Join(missing, "; ") + "."
}

// described says who was certified and how.
func (c *certifying) described(t *subject.Program, certifier *certify.Certifier, results []*certify.Result) certificate.Target {
	d := certificate.Target{
		Name: cmp.Or(c.name, t.Hello.Client, filepath.Base(t.Command[0])), Version: cmp.Or(c.version, t.Hello.Version),
		Configuration: t.Hello.Configuration, Contact: c.contact,
		Profile: c.profile.value, Command: process.Published(t.Command, subject.Secrets(t.Command, c.env)), Mode: t.Mode, Reached: t.Reached(),
	}
	if d.Profile == "" {
		d.Profile, d.LeftOut = certifier.Fitting(results)
	}
	d.Reproduce = c.reproduce(d)
	return d
}

// reproduce is the command line that does it again.
func (c *certifying) reproduce(d certificate.Target) string {
	words := []string{"mbxcheck", "certify"}
	if c.profile.value != "" {
		words = append(words, "--profile", c.profile.value)
	}
	words = append(words, "--"+string(d.Mode))
	switch d.Reached {
	case wire.Isolated:
		words = append(words, "--isolate")
	case wire.ByProxy:
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
	if c.banWindow != certify.DefaultBanWindow {
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

// keepEvidence writes a recording for each rule that failed where the flags want
// them, and notes in the run where it lies.
func (c *certifying) keepEvidence(run *certificate.Run, certifier *certify.Certifier, results []*certify.Result) []error {
	dir, beside := c.evidence, "."
	if c.certificate != "" {
		beside = filepath.Dir(c.certificate)
		dir = cmp.Or(dir, filepath.Join(beside, evidenceDir))
	}
	if dir == "" {
		return nil
	}
	var errs []error
	for i := range run.Tally.Rules {
		t := &run.Tally.Rules[i]
		if len(t.Findings) == 0 {
			continue
		}
		one := certify.ResultOf(results, &t.Findings[0])
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
		e := run.Evidence[t.ID]
		if rel, err := filepath.Rel(beside, file); err == nil {
			e.Cassette = filepath.ToSlash(rel)
		}
		run.Evidence[t.ID] = e
	}
	return errs
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
