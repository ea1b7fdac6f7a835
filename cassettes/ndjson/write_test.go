package ndjson

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func conversation() []*traffic.Exchange {
	at := time.Date(2019, 7, 20, 10, 0, 0, 5, time.UTC)
	header := traffic.Header{{Name: "Set-X", Value: "1"}, {Name: "Accept", Value: "*/*"}, {Name: "set-x", Value: "2"}}
	return []*traffic.Exchange{
		{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/time", Header: header, Body: []byte{}},
			Response: traffic.Response{Status: 200, Header: header, Body: []byte("{\"é\": \"\\u0001\"}\n")},
			Sent:     traffic.Exactly(at), Received: traffic.Exactly(at.Add(7)), Duration: 7,
			Client: "203.0.113.7", CompleteHistory: true,
		},
		{
			Request:  traffic.Request{Method: "POST", URL: "https://api.binance.com/api/v3/order", Header: header, Body: []byte("symbol=LTCBTC")},
			Response: traffic.Response{Header: traffic.Header{}, Body: []byte{}},
			Sent:     traffic.Span{Earliest: at, Latest: at.Add(time.Second)}, Gaps: traffic.GapResponse | traffic.GapFiltered,
		},
		{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/x", Header: header, Body: []byte{}},
			Response: traffic.Response{Status: 200, Header: header, Body: []byte("\x1b\xff\x00")},
			Gaps:     traffic.GapUndecoded | traffic.GapTruncated, Duration: 1234567,
		},
		{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/x", Header: header, Body: []byte{}},
			Response: traffic.Response{Status: 200, Header: header, Body: []byte("{}")},
			Sent:     traffic.Span{Earliest: at.Add(-time.Second), Latest: at}, Received: traffic.Exactly(at.Add(7)),
			Arrival: traffic.Arrival{OpenedAt: at.Add(-3), FreeAt: at.Add(-2), FirstByteAt: at},
		},
		{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/x", Header: traffic.Header{}, Body: []byte{}},
			Response: traffic.Response{Header: header, Body: []byte{}},
			Gaps:     traffic.GapResponseBody | traffic.GapRequestHeader | traffic.GapStatus,
		},
		{
			Request:  traffic.Request{Method: "POST", URL: "https://api.binance.com/api/v3/order", Header: header, Body: []byte("symbol=LTCBTC")},
			Response: traffic.Response{Header: traffic.Header{}, Body: []byte{}},
			Sent:     traffic.Exactly(at), Received: traffic.Exactly(at.Add(7)), Gaps: traffic.GapResponse,
			Annotation: &traffic.Annotation{
				Command: traffic.Command{ID: 1, Op: "placeOrder", Own: true}, Lost: traffic.LostReset,
				Experiment: traffic.Experiment{Name: "any-order", Group: 3, Variant: "reversed"},
				Hop:        traffic.Hop{ID: traffic.MaxHop, Side: traffic.Behind},
			},
		},
		{
			Request:  traffic.Request{Header: traffic.Header{}},
			Response: traffic.Response{Header: traffic.Header{}},
			Sent:     traffic.Exactly(at), Received: traffic.Exactly(at.Add(7)), Gaps: traffic.GapResponse,
			Annotation: &traffic.Annotation{
				Command: traffic.Command{ID: 1, Op: "placeOrder"},
				Told:    traffic.Told{Outcome: traffic.OutcomeUnknown, Type: "HttpError", Status: 504, Code: -1007, RetryAfter: time.Second},
			},
		},
	}
}

// TestSchema holds reader and schema to each other, line by line.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile("../../schemas/exchange.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	written := formattest.Written(t, Format, conversation()...)
	sample, err := os.ReadFile("testdata/sample.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	lines := append(strings.Split(string(written), "\n"), strings.Split(string(sample), "\n")...)
	lines = append(lines,
		`{"request":{"method":"GET","url":"x","body":"","body_base64":""}}`,
		`{"request":{"method":"GET","url":"x"},"response":{"status":1000}}`,
		`{"request":{"method":"GET","url":"x"},"response":{"status":200.5}}`,
		`{"request":{"method":"GET","url":"x","headers":[["a"]]}}`,
		`{"request":{"method":"GET","url":"x","headers":[["a","b","c"]]}}`,
		`{"request":{"method":"GET","url":"x","headers":{"a":{}}}}`,
		`{"request":{"method":"GET","url":"x"},"duration_ms":-1}`,
		`{"request":{"method":"GET","url":"x"},"sent":"yesterday"}`,
		`{"request":{"method":"GET","url":"x"},"sent":["2019-07-20T10:00:00Z"]}`,
		`{"request":{"method":"GET","url":"x","_mine":{"a":[]}},"_mine":1,"response":null,"sent":null}`,
		`{"request":{"method":"","url":"x"}}`,
		`{"request":{"method":"GET","url":"x"},"gaps":["headers"]}`,
		`{}`,
		`{"told":{"outcome":"ok"},"sent":1563616800000,"received":1563616800001,"command":{"id":1,"op":"klines","own":null}}`,
		`{"told":{"outcome":"ok"},"sent":1563616800000,"received":1563616800001,"command":{"id":1,"op":"klines"}}`,
		`{"told":{"outcome":"watched","_x":1},"sent":1563616800000,"received":1563616800001}`,
		`{"told":{"outcome":"fine"},"sent":1563616800000,"received":1563616800001}`,
		`{"told":{},"sent":1563616800000,"received":1563616800001}`,
		`{"told":{"outcome":"ok"},"sent":1563616800000}`,
		`{"told":{"outcome":"ok"},"sent":1563616800000,"received":1563616800001,"request":{"method":"GET","url":"x"}}`,
		`{"request":{"method":"GET","url":"x"},"lost":"hung","experiment":{"name":"a","group":1,"variant":"b"}}`,
		`{"request":{"method":"GET","url":"x"},"lost":"eaten"}`,
		`{"request":{"method":"GET","url":"x"},"command":{"id":1.5}}`,
		`{"request":{"method":"GET","url":"x"},"command":{"who":1}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":1,"side":"front","_at":"gateway"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":9007199254740992,"side":"front"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":0,"side":"front"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":"1","side":"front"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":-1,"side":"behind"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":null,"side":"behind"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":1,"side":"alone"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":1}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"side":"front"}}`,
		`{"request":{"method":"GET","url":"x"},"hop":{"id":1,"side":"front","of":1}}`,
		`{"request":{"method":"GET","url":"x"},"hop":null}`,
		`{"told":{"outcome":"ok"},"sent":1563616800000,"received":1563616800001,"hop":{"id":1,"side":"front"}}`,
	)
	for _, gap := range Gaps() {
		lines = append(lines, `{"request":{"method":"GET","url":"x"},"gaps":["`+gap+`"]}`)
	}
	good, bad := 0, 0
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		result, err := schema.Validate(gojsonschema.NewStringLoader(line))
		valid := err == nil && result.Valid()
		read := true
		for _, err := range Format.Read(formattest.Input(line, "line")) {
			read = err == nil
		}
		if valid != read {
			t.Errorf("the schema says %v, the reader %v: %s", valid, read, line)
		}
		if read {
			good++
		} else {
			bad++
		}
	}
	if good < 5 || bad < 5 {
		t.Errorf("%d good lines and %d bad ones prove little", good, bad)
	}
}
