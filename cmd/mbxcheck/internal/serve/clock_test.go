package serve

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// machine is one whose clock is set now and then. Time passes as a test says.
type machine struct{ passed, set atomic.Int64 }

var began = time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC)

func (m *machine) timeOfDay() time.Time {
	return began.Add(time.Duration(m.passed.Load() + m.set.Load()))
}
func (m *machine) since() time.Duration    { return time.Duration(m.passed.Load()) }
func (m *machine) sleep(d time.Duration)   { m.passed.Add(int64(d)) }
func (m *machine) setBy(d time.Duration)   { m.set.Add(int64(d)) }
func (m *machine) clock() func() time.Time { return traffic.SteadyClockOf(m.timeOfDay, m.since) }

// TestSetClockMakesNoFinding: whatever the machine's clock is set to while the
// venue serves a client that waits as long as it is told, by a clock that is never
// set, its recording keeps all rules.
func TestSetClockMakesNoFinding(t *testing.T) {
	t.Parallel()
	waited := 0
	for seed := range uint64(100) {
		m, r := &machine{}, rand.New(rand.NewPCG(seed, 1))
		name := filepath.Join(t.TempDir(), "x.ndjson")
		s := start(t, Options{Record: name, Limits: limits(t, "REQUEST_WEIGHT=30/1m"), clock: m.clock()})
		waited += m.patientClient(t, r, s.Greeting.Listening)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, f := range judged(t, name) {
			t.Errorf("seed %d: expected no finding, found %s at exchange %d: %s Seen: %s", seed, f.Rule, f.At.Exchange, f.Message, f.Seen)
		}
		if t.Failed() {
			return
		}
	}
	if waited < 100 {
		t.Errorf("expected a client that is told to wait a hundred times or more, found %d", waited)
	}
}

// patientClient asks for something in about two minutes, and returns how often it
// was told to wait. Now and then the clock is set.
func (m *machine) patientClient(t *testing.T, r *rand.Rand, url string) (waited int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range 80 {
		m.sleep(time.Duration(1+r.IntN(2500)) * time.Millisecond)
		if r.IntN(4) == 0 {
			m.setBy(time.Duration(r.IntN(60001)-30000) * time.Millisecond)
		}
		answer, err := client.Get(url + []string{"/api/v3/ping", "/api/v3/time", "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2"}[r.IntN(3)])
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode == http.StatusTooManyRequests {
			seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
			if err != nil {
				t.Fatal(err)
			}
			waited++
			m.sleep(time.Duration(seconds) * time.Second)
		}
	}
	return waited
}

// judged are the findings in a recording, by all rules.
func judged(t *testing.T, name string) []rule.Finding {
	t.Helper()
	edition := edition.Default()
	e := engine.New(rule.All(edition), engine.Options{Edition: edition})
	rec, err := cassettes.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	e.Begin()
	for x, err := range rec.Exchanges() {
		if err != nil {
			t.Fatal(err)
		}
		e.Observe(x)
	}
	e.End()
	var all []rule.Finding
	for i := range e.Tally().Rules {
		tally := &e.Tally().Rules[i]
		all = append(all, tally.Findings...)
		if tally.Error != "" {
			t.Error(fmt.Sprint(tally.ID, ": ", tally.Error))
		}
	}
	return all
}
