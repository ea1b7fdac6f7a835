package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// Seat is where somebody sits who watches a client and judges it.
type Seat string

// The seats. The last three are a venue that records, and lint.
const (
	Isolated Seat = "isolated" // certify, by the venue's names
	ByURL    Seat = "url"      // certify, by {url}
	NDJSON   Seat = "ndjson"
	HAR      Seat = "har"
	VCR      Seat = "yaml" // go-vcr
)

var seats = []Seat{Isolated, ByURL, NDJSON, HAR, VCR}

// Sight is what came of a client in a seat: of a run of its own, which only its
// own diary tells the truth of.
type Sight struct {
	Behaviour Behaviour
	Seat      Seat
	Dir       string // the diary, the recording and the report
	Truth     map[string]Truth
	Told      map[string]Told // by clause
	Err       error
}

// watch has a client play before a seat.
func watch(ctx context.Context, b Behaviour, seat Seat, dir string) *Sight {
	s := &Sight{Behaviour: b, Seat: seat, Dir: dir}
	report, err := s.report(ctx)
	if err == nil {
		s.Told, err = readReport(report)
	}
	notes, e := readDiary(dir)
	s.Truth = truths(notes)
	if s.Err = errors.Join(err, e); s.Err != nil {
		s.Err = fmt.Errorf("behaviour %d, %s: %w", b.Number, seat, s.Err)
	}
	return s
}

func (s *Sight) report(ctx context.Context) ([]byte, error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, err
	}
	text, err := json.Marshal(s.Behaviour)
	if err != nil {
		return nil, err
	}
	env := []string{behaviourVariable + "=" + string(text), diaryVariable + "=" + s.Dir}
	if s.Seat == Isolated || s.Seat == ByURL {
		return s.certify(ctx, env)
	}
	return s.record(ctx, env)
}

// certify has certify run the client.
func (s *Sight) certify(ctx context.Context, env []string) ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"certify", "--observe", "--scenario", s.Behaviour.Scenario, "--format", "json", "--evidence", s.Dir}
	if s.Seat == Isolated {
		args = append(args, "--isolate", "--writable", s.Dir) // for its diary
	} else {
		env = append(env, "MBXCHECK_URL={url}")
	}
	for _, e := range env {
		args = append(args, "--env", e)
	}
	return s.judged(ctx, append(args, "--", self)...)
}

// judged runs a command that writes a report in JSON.
func (s *Sight) judged(ctx context.Context, args ...string) ([]byte, error) {
	cmd, err := mbxcheck(ctx, args...)
	if err != nil {
		return nil, err
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	_ = os.WriteFile(filepath.Join(s.Dir, "report.json"), out.Bytes(), 0o644) // for whoever looks into it
	if out.Len() == 0 {
		return nil, fmt.Errorf("mbxcheck %s: expected a report, found none: %w\n%s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out.Bytes(), nil // the exit code says of the verdict what the report says
}

// asMbxcheck, in the environment, makes this program the command line that it
// watches.
const asMbxcheck = "BEHAVIOURS_AS_MBXCHECK"

// mbxcheck is the command line as a process of its own.
func mbxcheck(ctx context.Context, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), asMbxcheck+"=1")
	return cmd, nil
}

const (
	// quiet is how long a client stays that has done all it does, before a
	// venue that records.
	quiet = 1500 * time.Millisecond

	// longest is how long it may play there: bans are longer.
	longest = 30 * time.Second

	apiKey, secretKey = "behaviours-key-0123456789", "behaviours-secret-0123456789"
)

// record has a venue serve the client and record, and lint judge the recording.
func (s *Sight) record(ctx context.Context, env []string) ([]byte, error) {
	scenario, recording := filepath.Join(s.Dir, "scenario.json"), filepath.Join(s.Dir, "recording."+string(s.Seat))
	if err := writeScenario(scenario, s.Behaviour.Scenario); err != nil {
		return nil, err
	}
	venue, err := mbxcheck(ctx, "serve", "--scenario", scenario, "--record", recording, "--account", apiKey+":"+secretKey)
	if err != nil {
		return nil, err
	}
	var errs bytes.Buffer
	venue.Stderr = &errs
	base, err := started(venue)
	if err != nil {
		return nil, fmt.Errorf("serve: %w\n%s", err, errs.Bytes())
	}
	played := s.playFor(ctx, append(env, "MBXCHECK_URL="+base, "MBXCHECK_API_KEY="+apiKey, "MBXCHECK_SECRET_KEY="+secretKey, quietVariable+"="+quiet.String()))
	if err := errors.Join(venue.Process.Signal(os.Interrupt), venue.Wait(), played); err != nil {
		return nil, fmt.Errorf("serve: %w\n%s", err, errs.Bytes())
	}
	return s.judged(ctx, "lint", "--host", "127.0.0.1:*", "--party", "client", "--format", "json", recording)
}

// started starts a venue and returns its address.
func started(venue *exec.Cmd) (base string, err error) {
	out, err := venue.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := venue.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var first struct{ Listening string }
	if err == nil {
		err = json.Unmarshal(line, &first)
	}
	if err != nil {
		return "", errors.Join(err, venue.Process.Kill(), venue.Wait())
	}
	return first.Listening, nil
}

// playFor has a client play until it ends, or has played long enough.
func (s *Sight) playFor(ctx context.Context, env []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	c := exec.CommandContext(ctx, self)
	c.Env = env
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	if err := c.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the client: %w", err)
	}
	return nil
}

// routes are those by which this program's clients make calls.
var routes = map[driver.Op]string{
	driver.Klines: "GET /api/v1/klines", driver.PlaceOrder: "POST /api/v3/order",
	driver.CancelOrder: "DELETE /api/v3/order", driver.Withdraw: "POST /wapi/v3/withdraw.html",
}

// writeScenario writes certify's scenario as one for serve.
func writeScenario(file, name string) error {
	all := certify.Scenarios()
	i := slices.IndexFunc(all, func(s *certify.Scenario) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("no scenario is called %q", name)
	}
	s := fault.Scenario{Name: name, Summary: all[i].Summary}
	for _, f := range all[i].Faults {
		f.Fault.Route = routes[f.On]
		if f.Fault.Route == "" {
			return fmt.Errorf("%s: no client calls %s", name, f.On)
		}
		s.Faults = append(s.Faults, f.Fault)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
