package ndjson

import (
	"iter"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func byLibrary(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return readBy(jsonitems.NewLines(in).ByLibrary(), in)
}

func TestSameByLibrary(t *testing.T) { formattest.Same(t, read, byLibrary) }

func FuzzSameByLibrary(f *testing.F) {
	formattest.FuzzSame(f, read, byLibrary,
		`{"sent":1563616800000,"duration_ms":1.5,"request":{"method":"GET","url":"u","headers":{"A":["b","c"],"D":1.50}},"response":{"status":200,"headers":null,"body":"[\"\\n\u00e9é\"]"},"gaps":["request header"]}`,
		`{"sent":["2019-07-20T10:00:00Z",1563616800001],"request":{"url":"u","method":"GET","headers":[["A","b"]],"body_base64":"e30="},"response":{"status":"200","_x":[{}],"body":null}} `+"\n{}\n",
	)
}
