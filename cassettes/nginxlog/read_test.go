package nginxlog

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// testdata/access.log and combined.log were made by nginx 1.22.1 with
//
//	bash testdata/recorder/record.sh

func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }

// TestLines covers what nginx's samples have no case of.
func TestLines(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       []string // each in the dump or the error; none: no exchange
	}{
		{"numbers bare, the request line, a client elsewhere",
			`{"time_iso8601":"2019-07-20T12:00:00+02:00","request":"GET /api/v1/ping HTTP/1.1","status":200,"request_time":0.25,"remote_addr":"203.0.113.7"}`,
			[]string{"sent 2019-07-20T09:59:57.75Z .. 2019-07-20T10:00:00.75Z", "received 2019-07-20T10:00:00Z .. 2019-07-20T10:00:02Z",
				"> GET /api/v1/ping\n", "< 200", "gap: host", "gap: response header"}},
		{"the better of two times", `{"time_local":"20/Jul/2019:10:00:00 +0000","msec":"1563616800.123","request_uri":"/x","request_method":"GET","status":"200"}`,
			[]string{"received 2019-07-20T10:00:00.123Z .. 2019-07-20T10:00:01.124Z"}},
		{"the named fields are not there", `{"msec":"1563616800.123","request":"GET /x HTTP/1.1","status":"418","sent_http_x_mbx_used_weight":"","sent_http_retry_after":"","sent_http_server":"x"}`,
			[]string{"< server: x\ngap: request header\ngap: request body\ngap: response body\ngap: host\n"}},
		{"a body", `{"msec":"1563616800.123","request":"POST /x HTTP/1.1","status":"200","request_body":"a=b&timestamp=1","http_host":"h","content_length":"15"}`,
			[]string{"> POST http://h/x\n", `> "a=b&timestamp=1"`}},
		{"a body unread", `{"msec":"1563616800.123","request":"POST /x HTTP/1.1","status":"200","request_body":"","content_length":"15"}`,
			[]string{"gap: request body"}},
		{"no body", `{"msec":"1563616800.123","request":"POST /x HTTP/1.1","status":"200","content_length":"-"}`,
			[]string{"gap: request header\ngap: response header"}},
		{"the client went", `{"msec":"1563616800.123","request_time":"0.100","request":"GET /x HTTP/1.1","status":"499"}`,
			[]string{"sent 2019-07-20", "< 0", "gap: response\n"}},
		{"no status", `{"msec":"1563616800.123","request":"GET /x HTTP/1.1"}`, []string{`sample:1: expected "status", found none`}},
		{"no target", `{"msec":"1563616800.123","status":"200"}`, []string{`sample:1: expected "request_uri" or "request", found none`}},
		{"no time", `{"request":"GET /x HTTP/1.1","status":"200"}`, []string{`sample:1: expected an instant: "msec", "time_iso8601" or "time_local", found none`}},
		{"milliseconds", `{"msec":"1563616800123","request":"GET /x HTTP/1.1","status":"200"}`, []string{`sample:1: expected the value of $msec, found "1563616800123"`}},
		{"a word for a status", `{"msec":"1563616800.123","request":"GET /x HTTP/1.1","status":"OK"}`, []string{"sample:1: expected a status code"}},
		{"a user with spaces, a quote", `203.0.113.7 - a b c [20/Jul/2019:12:00:00 +0200] "GET /x?a=\x22 HTTP/1.1" 200 5`,
			[]string{"client 203.0.113.7", `> GET /x?a=\x22`, "received 2019-07-20T10:00:00Z .. 2019-07-20T10:00:02Z"}},
		{"a TLS handshake", `203.0.113.7 - - [20/Jul/2019:10:00:00 +0000] "\x16\x03\x01" 400 157 "-" "-"`, nil},
		{"something else", `2019/07/20 10:00:00 [error] 7#7: *1 connect() failed`, []string{"sample:1: expected ADDRESS - USER"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			for x, err := range Format.Read(formattest.Input(c.line, "sample")) {
				if err != nil {
					got.WriteString(err.Error())
				} else {
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
		})
	}
}

func TestSniff(t *testing.T) {
	for text, want := range map[string]bool{
		`{"msec":"1563616800.123","status":"200","request":"GET / HTTP/1.1"}`:             true,
		`{"msec":"1563616800.123","status":"200","request":{"method":"GET"}}`:             false,
		`{"time":"1563616800.123","status":"200","request_uri":"/"}`:                      false,
		`203.0.113.7 - - [20/Jul/2019:10:00:00 +0000] "GET /` + strings.Repeat("a", 5000): true,
		`203.0.113.7 - - [20/Jul/2019:10:00:00 +0000] "GET /` + "\n":                      false,
		`203.0.113.7 - - [20/Jul/2019:10:00:00 +0000] GET / 200`:                          false,
		`203.0.113.7 - - [2019-07-20 10:00:00] "GET / HTTP/1.1" 200 5`:                    false,
		`[20/Jul/2019:10:00:00 +0000] "GET / HTTP/1.1" 200 5`:                             false,
	} {
		if is, _ := sniff([]byte(text)); is != want {
			t.Errorf("%.60q: %v", text, is)
		}
	}
}

// BenchmarkRead reads JSON lines.
func BenchmarkRead(b *testing.B) {
	line := `{"msec":"1563616800.123","request_time":"0.012","remote_addr":"127.0.0.1","request_method":"GET","scheme":"http","http_host":"api.binance.com","request_uri":"/api/v1/depth?symbol=LTCBTC","status":"200","http_x_mbx_apikey":"","content_type":"","content_length":"","sent_http_content_type":"application/json","sent_http_x_mbx_used_weight":"1","sent_http_x_mbx_used_weight_1m":"","sent_http_retry_after":""}` + "\n"
	text := strings.Repeat(line, 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Format.Read(formattest.Input(text, "x")) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
