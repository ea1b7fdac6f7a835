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
		if exchanges, told := lastSaid(text); !strings.HasPrefix(told, want) || want == "" && told != "" || exchanges != 1 {
			t.Errorf("%s: expected one exchange and %q, found %d and %q", text, want, exchanges, told)
		}
	}
}

// TestMoreBehind: a file holds one collection, and what follows is not passed by.
func TestMoreBehind(t *testing.T) {
	const collection = `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[]}`
	const want = "x:2: expected the end of the file, which holds one recording (give what follows a file of its own), found an object"
	if _, told := lastSaid(collection + "\n" + collection); told != want {
		t.Errorf("expected %q, found %q", want, told)
	}
}

// lastSaid reads a text: how many exchanges there are, and the last error.
func lastSaid(text string) (exchanges int, told string) {
	for x, err := range Format.Read(formattest.Input(text, "x")) {
		if err != nil {
			told = err.Error()
		} else if x != nil {
			exchanges++
		}
	}
	return exchanges, told
}
