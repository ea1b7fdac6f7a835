package govcr

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestArrivalIsKept: of a request that was seen to come the cassette says so.
func TestArrivalIsKept(t *testing.T) {
	at := time.Date(2019, 7, 20, 10, 0, 0, 5000, time.UTC)
	for _, a := range []traffic.Arrival{
		{FirstByteAt: at},
		{OpenedAt: at.Add(-time.Second), FirstByteAt: at},
		{OpenedAt: at.Add(-time.Minute), FreeAt: at.Add(-time.Second), FirstByteAt: at},
	} {
		x := &traffic.Exchange{
			Arrival: a, Sent: a.Sent(), Received: traffic.Exactly(at.Add(time.Millisecond)),
			Request:  traffic.Request{Method: "GET", URL: "http://127.0.0.1:1/api/v1/ping"},
			Response: traffic.Response{Status: 200, Body: []byte("{}")},
		}
		for _, got := range formattest.All(t, Format, formattest.Written(t, Format, x)) {
			if got.Arrival != x.Arrival || got.Sent != x.Sent || got.Received != x.Received || got.Request.Header.Count(ArrivalHeader) > 0 {
				t.Errorf("expected %+v, found %+v", x, got)
			}
		}
	}
}
