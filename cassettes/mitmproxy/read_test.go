package mitmproxy

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// testdata/sample.flows was made by mitmproxy 8.1.1 with
//
//	bash testdata/recorder/record.sh

func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }

// dump writes a netstring as mitmproxy does. A dictionary is a list of names
// and values here, so that its order is known.
type pairs []any

func dump(v any) string {
	var payload, kind string
	switch v := v.(type) {
	case nil:
		kind = "~"
	case bool:
		payload, kind = fmt.Sprint(v), "!"
	case int:
		payload, kind = fmt.Sprint(v), "#"
	case float64:
		payload, kind = fmt.Sprintf("%.6f", v), "^"
	case string:
		payload, kind = v, ";"
	case []byte:
		payload, kind = string(v), ","
	case []any:
		for _, e := range v {
			payload += dump(e)
		}
		kind = "]"
	case pairs:
		for _, e := range v {
			payload += dump(e)
		}
		kind = "}"
	}
	return fmt.Sprintf("%d:%s%s", len(payload), payload, kind)
}

const began = 1563616800.123456

func request(extra ...any) pairs {
	return append(pairs{"method", []byte("GET"), "scheme", []byte("https"), "path", []byte("/api/v1/ping"),
		"host", "::1", "port", 8443, "headers", []any{[]any{[]byte("a"), []byte("b")}}, "content", []byte(""),
		"timestamp_start", began}, extra...)
}

func flow(members ...any) pairs { return append(pairs{"type", "http", "version", 21}, members...) }

var answer = pairs{"status_code", 200, "headers", []any{}, "content", nil, "timestamp_end", began + 1}

// TestFlows covers what the recorded sample has no case of.
func TestFlows(t *testing.T) {
	for _, c := range []struct {
		name string
		flow any
		want []string // each in the dump or the error; none: no exchange
	}{
		{"an address of IPv6, a body streamed past", flow("request", request(), "response", answer),
			[]string{"> GET https://[::1]:8443/api/v1/ping", "gap: response body"}},
		{"HTTP/2", flow("request", request("authority", []byte("api.binance.com"))),
			[]string{"> GET https://api.binance.com/api/v1/ping", "gap: response\n"}},
		{"a client elsewhere", flow("request", request(), "response", answer, "client_conn", pairs{"peername", []any{"203.0.113.7", 4000}}),
			[]string{"client 203.0.113.7", "sent 2019-07-20T09:59:58.123456Z .. 2019-07-20T10:00:00.123456Z",
				"received 2019-07-20T10:00:01.123456Z .. 2019-07-20T10:00:02.123456Z"}},
		{"a response that broke off", flow("request", request(), "response", append(pairs{"content", []byte("{")}, answer[:4]...), "error", pairs{"msg", "x"}),
			[]string{"gap: truncated"}},
		{"another protocol", pairs{"type", "tcp", "version", 21, "messages", []any{}}, nil},
		{"a tunnel", flow("request", pairs{"method", []byte("CONNECT"), "path", []byte("")}), nil},
		{"an old version", pairs{"type", "http", "version", 7}, []string{"byte 29: expected version 15 of the flow format or newer (mitmproxy 8), found 7"}},
		{"a version of the past", pairs{"type", "http", "version", []any{0, 18}}, []string{"expected a version of the flow format, found a list"}},
		{"no version", pairs{"type", "http", "request", request()}, []string{`expected "version" in the flow`}},
		{"no request", flow(), []string{`expected "request" with "method" and "path"`}},
		{"no flow", []any{}, []string{"expected a flow, found a list"}},
		{"a pair of three", flow("request", pairs{"headers", []any{[]any{"a", "b", "c"}}}), []string{"expected a pair of a name and a value"}},
		{"a status beyond", flow("response", pairs{"status_code", 2000}), []string{"expected a status code, found 2000"}},
		{"milliseconds", flow("request", pairs{"timestamp_start", 1563616800123}), []string{"expected an instant: seconds since 1970, found an integer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// A good flow behind it must be read whatever stood before.
			text := dump(c.flow) + dump(flow("request", request(), "response", answer))
			var got strings.Builder
			var numbers []int
			for x, err := range Format.Read(formattest.Input(text, "sample")) {
				if err != nil {
					fmt.Fprintln(&got, err)
					continue
				}
				if numbers = append(numbers, x.At.Number); x.At.Number == 1 {
					formattest.Dump(&got, x)
				}
			}
			for _, part := range c.want {
				if !strings.Contains(got.String(), part) {
					t.Errorf("got:\n%s\nlacks %q", &got, part)
				}
			}
			if len(c.want) == 0 && got.Len() > 0 {
				t.Errorf("got:\n%s", &got)
			}
			if len(numbers) == 0 || numbers[len(numbers)-1] != 2 {
				t.Errorf("numbers %v", numbers)
			}
		})
	}
}

// TestLimits gives flows that claim to be larger than they are, or are larger
// than they may.
func TestLimits(t *testing.T) {
	good := dump(flow("request", request()))
	for text, want := range map[string]string{
		"999999999999:4:type;":    "sample: byte 13: expected a flow of at most 67108864 bytes (limit entry-bytes), found 999999999999",
		"60000000:4:type;":        "sample: byte 0: expected a flow: a flow of 60000000 bytes ends after 7: unexpected EOF",
		"1234567890123:":          "sample: byte 12: expected the size of a flow, found '3'",
		good + "12":               "expected a flow: it ends in the size of a flow: unexpected EOF",
		good + "\n":               "expected the size of a flow, found '\\n'",
		"20:4:type;99999:http;#}": "expected",
	} {
		var got string
		for _, err := range Format.Read(formattest.Input(text, "sample")) {
			if err != nil {
				got += err.Error() + "\n"
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	// A flow that is too large is passed by.
	many := dump(flow("comment", strings.Repeat("a", 2000), "request", request())) + good
	n, failed := 0, 0
	for x := range Format.Read(format.FromStream(strings.NewReader(many), "sample", limits())) {
		if x != nil {
			n = x.At.Number
		} else {
			failed++
		}
	}
	if n != 2 || failed != 1 {
		t.Errorf("number %d, %d errors", n, failed)
	}
}

func limits() format.Limits {
	l := format.DefaultLimits()
	l.EntryBytes = 1000
	return l
}

// BenchmarkRead reads flows of a short reply.
func BenchmarkRead(b *testing.B) {
	one := dump(flow("request", request(), "response", pairs{"status_code", 200,
		"headers", []any{[]any{[]byte("X-MBX-USED-WEIGHT"), []byte("1")}}, "content", bytes.Repeat([]byte("[1]"), 1000), "timestamp_end", began + 1}))
	text := strings.Repeat(one, 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for x, err := range Format.Read(formattest.Input(text, "x")) {
			if err != nil || x.Gaps.Has(traffic.GapResponse) {
				b.Fatal(err)
			}
		}
	}
}
