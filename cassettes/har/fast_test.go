package har

import (
	"iter"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func byLibrary(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return readBy(jsonitems.New(in).ByLibrary(), in)
}

func TestSameByLibrary(t *testing.T) { formattest.Same(t, read, byLibrary) }

func FuzzSameByLibrary(f *testing.F) {
	const entry = `{"startedDateTime":"2019-07-20T10:00:00Z","time":1e2,"request":{"method":"GET","url":"u","headers":[{"name":"A","value":"\u0062"}]},"response":{"status":200,"headers":[],"content":{"size":3,"text":"[\"\\n\u00e9é\"]"}}}`
	formattest.FuzzSame(f, read, byLibrary,
		`{"log":{"entries":[`+entry+`,`+entry+"\n,\n"+entry+`]}}`,
		`{"log":{"version":"1.2","entries":[`+entry+`,0,`+entry+`,{"request":{}},`+entry+`],"comment":""}}`,
		`{"a":[1,2],"log":{"entries":[{"request":{"method":"GET","url":"\ud83d\ude00","postData":{"text":"a=b","params":[{"name":"n","value":"v"}]}},"response":null}] } }`,
	)
}
