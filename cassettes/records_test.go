package cassettes

import (
	"path/filepath"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestRecords holds what a format claims to record against its samples: what
// it does not claim stands in none of them, and what it claims in one.
func TestRecords(t *testing.T) {
	samples, _ := filepath.Glob("*/testdata/*.*")
	seen := map[string]format.Records{}
	for _, path := range samples {
		rec, err := Open(path)
		if err != nil || filepath.Ext(path) == ".golden" {
			continue
		}
		for x := range rec.Exchanges() {
			if x != nil {
				seen[rec.Format] |= recordsOf(x)
			}
		}
		rec.Close()
	}
	for _, f := range Formats() {
		// Two of the instants and the time between them make the third.
		claim := f.Records
		if claim.Has(format.RecordsSent) && claim&(format.RecordsReceived|format.RecordsDuration) != 0 {
			claim |= format.RecordsReceived | format.RecordsDuration
		}
		if f.Note == "" && seen[f.Name]&^claim != 0 {
			t.Errorf("%s: a sample holds %b beyond its claim", f.Name, seen[f.Name]&^claim)
		}
		const shown = format.RecordsSent | format.RecordsStatus | format.RecordsRequestHeader | format.RecordsResponseHeader | format.RecordsResponseBody
		if lacks := f.Records & shown &^ seen[f.Name]; lacks != 0 {
			t.Errorf("%s: no sample holds %b, which it claims", f.Name, lacks)
		}
	}
}

// recordsOf is what an exchange holds, as far as it can be seen.
func recordsOf(x *traffic.Exchange) (r format.Records) {
	for _, m := range []struct {
		is   bool
		what format.Records
	}{
		{x.Sent.Known(), format.RecordsSent}, {x.Received.Known(), format.RecordsReceived}, {x.Duration > 0, format.RecordsDuration},
		{len(x.Request.Header) > 0, format.RecordsRequestHeader}, {len(x.Request.Body) > 0, format.RecordsRequestBody},
		{x.Response.Status != 0, format.RecordsStatus}, {len(x.Response.Header) > 0, format.RecordsResponseHeader},
		{len(x.Response.Body) > 0, format.RecordsResponseBody}, {x.Client != "", format.RecordsClient},
	} {
		if m.is {
			r |= m.what
		}
	}
	return r
}
