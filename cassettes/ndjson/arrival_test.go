package ndjson

import (
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestArrivalBoundsTheSending: whoever only sees requests come says when they
// came, and no more.
func TestArrivalBoundsTheSending(t *testing.T) {
	const line = `{"arrival":{"opened":"2019-07-20T09:59:59.5Z","first_byte":"2019-07-20T10:00:00Z"},"received":"2019-07-20T10:00:01Z","request":{"method":"GET","url":"/"}}`
	at := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	x := formattest.All(t, Format, []byte(line))[0]
	if want := (traffic.Span{Earliest: at.Add(-500*time.Millisecond - traffic.InFlight), Latest: at}); x.Sent != want || !x.Arrival.Seen() {
		t.Errorf("expected the sending bounded by %v, found %v", want, x.Sent)
	}
	for _, err := range Format.Read(formattest.Input(strings.Replace(line, "first_byte", "free", 1), "x")) {
		if err == nil || !strings.Contains(err.Error(), "first_byte") {
			t.Errorf("expected an error that asks for first_byte, found %v", err)
		}
	}
}
