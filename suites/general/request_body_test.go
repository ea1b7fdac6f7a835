package general

import (
	"encoding/json"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func factsOfBody(body string) *traffic.Facts {
	x := &traffic.Exchange{Request: traffic.Request{Method: "POST", URL: "https://api.binance.com/api/v3/order", Body: []byte(body)}}
	var f traffic.Facts
	f.ScanRequest(spoken, x)
	return &f
}

func TestHeldBy(t *testing.T) {
	for body, want := range map[string]holding{
		"":                    holdsNothing,
		" \r\n":               holdsNothing,
		"{}":                  holdsNothing,
		"{ \n}":               holdsNothing,
		"[]":                  holdsNothing,
		"null":                holdsNothing,
		`""`:                  holdsNothing,
		"symbol=LTCBTC":       holdsForm,
		"symbol=LTCBTC&a=%7B": holdsForm,
		`{"symbol":"A=B"}`:    holdsJSON,
		` {"symbol":"A=B"}`:   holdsJSON,
		`["BTC"]`:             holdsJSON,
		"[5":                  holdsOther,
		`{"symbol":`:          holdsOther,
		"<a b=\"c\"/>":        holdsOther,
		"-5":                  holdsOther,
		"hello":               holdsOther,
		"--b\r\nContent-Disposition: form-data; name=\"symbol\"\r\n\r\nA\r\n--b--": holdsMultipart,
	} {
		if got := heldBy(factsOfBody(body)); got != want {
			t.Errorf("%q: expected %d, found %d", body, want, got)
		}
	}
}

func FuzzHeldBy(f *testing.F) {
	for _, body := range []string{"", "{}", `{"a":1}`, "a=b", "[1]", "--b", "null", "\xff={"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		facts := factsOfBody(body)
		held := heldBy(facts)
		if held == holdsJSON && !json.Valid([]byte(body)) {
			t.Errorf("%q: expected JSON", body)
		}
		if held == holdsForm && firstMember([]byte(body)) != "" {
			t.Errorf("%q: expected a form, found an object", body)
		}
	})
}
