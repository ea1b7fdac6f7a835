package postman

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// TestNewman reads what newman reports of a run as JSON: the collection that it
// ran, with what was saved there, and the run, which nobody may take for read.
func TestNewman(t *testing.T) {
	const info = `"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}`
	const item = `"item":[{"name":"ping","request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":[{"code":200,"body":"{}"}]}]`
	for text, want := range map[string]string{
		`{"collection":{` + info + `,` + item + "},\n" + `"run":{"executions":[{"response":{"code":200}}]}}`: "x:2: expected a collection, found newman's report of a run",
		`{"collection":{` + info + `,` + item + `}}`:                                                         "",
		`{` + info + `,` + item + `,"run":17}`:                                                               "",
	} {
		exchanges, told := 0, ""
		for x, err := range Format.Read(formattest.Input(text, "x")) {
			if err != nil {
				told = err.Error()
			} else if x != nil {
				exchanges++
			}
		}
		if !strings.HasPrefix(told, want) || want == "" && told != "" || exchanges != 1 {
			t.Errorf("%s: expected one exchange and %q, found %d and %q", text, want, exchanges, told)
		}
	}
}
