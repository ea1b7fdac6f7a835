package main

import (
	"strings"
	"testing"
)

func TestErrorCodesSayWhatIsWrong(t *testing.T) {
	const rest = `"engine_messages":["m"],"filter_failures":["F"]`
	for name, c := range map[string]struct{ data, want string }{
		"an array":  {`[]`, "array"},
		"empty":     {`{}`, "expected codes"},
		"no filter": {`{"codes":[{"code":-1}],"engine_messages":["m"]}`, "filter_failures"},
		"unknown":   {`{"codes":[{"code":-1,"text":"x"}],` + rest + `}`, "text"},
		"twice":     {`{"codes":[{"code":-1}],"sapi_codes":[{"code":-1}],` + rest + `}`, "code -1 stands twice"},
	} {
		if _, err := errorCodesSource([]byte(c.data), ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: expected %q, found %v", name, c.want, err)
		}
	}
}

func TestErrorCodesSource(t *testing.T) {
	found, err := errorCodesSource([]byte(`{
		"codes": [{"code": -1, "name": "A", "messages": ["a %s.", "'b'"]}],
		"sapi_codes": [{"code": -3, "name": "B", "engine": true, "filters": true}],
		"engine_messages": ["m"], "filter_failures": ["F", "G"]}`), "")
	if err != nil {
		t.Fatal(err)
	}
	formatted, err := file("x.json", "edition", found)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(formatted), "package edition\n\n")
	if want := `var errorCodes = [...]ErrorCode{
	{Code: -1, Name: "A", Messages: []string{
		"a %s.",
		"'b'",
	}},
	{Code: -3, Name: "B", Engine: true, Filters: true},
}

// errorCodeIndex returns a code's place in the table, or -1.
func errorCodeIndex(code int64) int {
	switch code {
	case -1:
		return 0
	case -3:
		return 1
	}
	return -1
}

var engineMessages = [...]string{
	"m",
}

var filterFailures = [...]string{
	"F",
	"G",
}
`; body != want {
		t.Errorf("expected\n%s\nfound\n%s", want, body)
	}
}
