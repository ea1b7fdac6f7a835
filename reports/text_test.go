package reports

import (
	"bytes"
	"testing"
)

func written(t *testing.T, format string, r *Report) []byte {
	t.Helper()
	f, ok := ByName(format)
	if !ok {
		t.Fatalf("no format is named %q", format)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextGolden(t *testing.T) {
	r := sampleReport()
	golden(t, "sample-80.txt", written(t, "text", r))
	r.Width = 120
	golden(t, "sample-120.txt", written(t, "text", r))
	r.Color = true
	golden(t, "sample-120-colour.txt", written(t, "text", r))
	golden(t, "passing.txt", written(t, "text", &Report{Tally: passingTally(), Version: "0.1.0"}))
	golden(t, "empty.txt", written(t, "text", &Report{Tally: emptyTally()}))
}
