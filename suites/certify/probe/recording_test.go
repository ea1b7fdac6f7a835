package probe_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// sameFromRecording demands that the recording of a probe, judged as any other
// recording, comes to the same counts for every rule.
func sameFromRecording(t *testing.T, p probed) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "probe.ndjson")
	recorder, err := cassettes.Create(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range p.exchanges {
		recorder.Add(x)
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	judge := engine.New(serverRules(), engine.Options{Edition: edition.Default(), MaxFindings: 3})
	recording, err := cassettes.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer recording.Close()
	judge.Begin()
	for x, err := range recording.Exchanges() {
		if err != nil {
			t.Fatal(err)
		}
		judge.Observe(x)
	}
	judge.End()
	for i, want := range p.tally.Rules {
		got := judge.Tally().Rules[i]
		if got.Passed != want.Passed || got.Failed != want.Failed || got.Inconclusive != want.Inconclusive {
			t.Errorf("%s: expected %d passed, %d failed, %d inconclusive from the recording as from the probe, found %d, %d, %d",
				want.ID, want.Passed, want.Failed, want.Inconclusive, got.Passed, got.Failed, got.Inconclusive)
		}
	}
}

// A recording holds nothing that could be used again.
func TestRecordingHoldsNoSecret(t *testing.T) {
	p := probeVenue(t, autumn2019, venue.Hooks{}, nil)
	text, err := cassettes.Encode("probe.ndjson", slices.Values(p.exchanges), nil)
	if err != nil {
		t.Fatal(err)
	}
	a := venue.DemoAccounts(1)[0]
	for name, secret := range map[string]string{"API key": a.Key, "secret key": a.Secret} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("expected no %s in the recording, found it", name)
		}
	}
	if !bytes.Contains(text, []byte("X-Mbx-Apikey")) {
		t.Error("expected the field of the API key, with a mask, found none: the test proves nothing")
	}
}
