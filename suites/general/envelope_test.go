package general

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// payloads are seeds: kept, broken, and built to tell the two judges apart.
var payloads = []string{
	`{"code":-1121,"msg":"Invalid symbol."}`,
	`{"msg":"Invalid symbol.","code":-1121,"data":{"code":"x"}}`,
	`{"code":"-1121","msg":"Invalid symbol."}`,
	`{"code":-1121.0,"msg":""}`,
	`{"code":-1.121e3,"msg":""}`,
	`{"code":1e999999999,"msg":""}`,
	`{"code":123456789012345678901234567890,"msg":""}`,
	`{"code":-0,"msg":""}`,
	`{"code":1,"code":"x","msg":""}`,
	`{"code":"x","code":1,"msg":null,"msg":""}`,
	`{"Code":-1,"MSG":"x"}`,
	`{"code":null,"msg":null,"success":null}`,
	`{"success":false,"msg":"Invalid symbol."}`,
	`{"success":false,"msg":"x","code":-1121,"id":"y"}`,
	`{"success":"false","msg":"x"}`,
	`{"success":true,"msg":"x"}`,
	`{"success":false,"success":0,"msg":"x"}`,
	`{"error":{"code":-1121,"msg":"x"}}`,
	"\xef\xbb\xbf" + `{"code":-1,"msg":"x"}`,
	`[{"code":-1,"msg":"x"}]`, `[]`, `{}`,
}

// FuzzEnvelopes holds the look at a payload's members against the schema, which
// is written and read by others.
func FuzzEnvelopes(f *testing.F) {
	for _, p := range payloads {
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		// The scan compares names as they stand, the schema's reader undoes
		// escapes in them; no venue escapes a letter.
		if len(body) > maxEnvelope || bytes.IndexByte(body, '\\') >= 0 {
			return
		}
		var b traffic.Body
		traffic.ScanBody(&b, body, spoken.Plan())
		if !b.JSON() || !isContainer(b.Kind) {
			return
		}
		if countableIn(body) != nil {
			return // the schema is not asked
		}
		code, success := b.Capture(traffic.CaptureCode), b.Capture(traffic.CaptureSuccess)
		_, plain := code.Int()

		_, broken, why := breachOf(&edition.Default().Dialect.Members, errorEnvelope, body)
		switch look := isErrorEnvelope(&b); {
		case why != "":
			t.Fatalf("%q: the scan reads it, but %s", body, why)
		case look && broken:
			t.Fatalf("%q: the look says yes to what breaks the schema", body)
		case !look && !broken && plain && success.Kind == traffic.KindNone:
			t.Fatalf("%q: the look says no to what keeps the schema", body)
		}
		if _, broken, _ := breachOf(&edition.Default().Dialect.Members, wapiErrorEnvelope, body); isWAPIErrorEnvelope(&b) == broken {
			t.Fatalf("%q: the look and the schema disagree, the schema says broken=%t", body, broken)
		}
	})
}

func TestBreachIsExplained(t *testing.T) {
	for _, c := range []struct{ body, what, pointer string }{
		{`{"code":"-1121","msg":"x"}`, "code is of type string, not integer", "/code"},
		{`{"code":-1121}`, "msg is not there", "/msg"},
		{`{}`, "code is not there", "/code"},
		{`[]`, "the payload is of type array, not object", ""},
		{`{"code":-1,"msg":"x","success":false}`, "success beside them is the mark of another family's payload", "/success"},
	} {
		b, broken, why := breachOf(&edition.Default().Dialect.Members, errorEnvelope, []byte(c.body))
		if !broken || why != "" || b.what != c.what || b.pointer != c.pointer {
			t.Errorf("%s: expected %q at %q, found %q at %q (broken %t, %s)", c.body, c.what, c.pointer, b.what, b.pointer, broken, why)
		}
	}
	for _, c := range []struct{ body, what, pointer string }{
		{`{"success":"false","msg":"x"}`, "success is of type string, not boolean", "/success"},
		{`{"success":true,"msg":"x"}`, "success is not false", "/success"},
		{`{"success":false}`, "msg is not there", "/msg"},
	} {
		b, broken, why := breachOf(&edition.Default().Dialect.Members, wapiErrorEnvelope, []byte(c.body))
		if !broken || why != "" || b.what != c.what || b.pointer != c.pointer {
			t.Errorf("%s: expected %q at %q, found %q at %q (broken %t, %s)", c.body, c.what, c.pointer, b.what, b.pointer, broken, why)
		}
	}
}

// A hostile payload must not take the judge long: numbers with huge exponents
// are turned into big ones behind the scenes.
func TestHostilePayloadIsBounded(t *testing.T) {
	large := []byte(`{"code":"` + strings.Repeat("x", maxEnvelope) + `"}`)
	if _, broken, why := breachOf(&edition.Default().Dialect.Members, errorEnvelope, large); broken || why == "" {
		t.Errorf("expected a payload over the bound to be left alone, found broken=%t, why %q", broken, why)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		breachOf(&edition.Default().Dialect.Members, errorEnvelope, []byte(`{"code":1e999999,"msg":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)+`}`))
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("expected the judge to be done with a payload of 400 bytes within 30 s, found it at work")
	}
}

// TestVastNumbers gives the schemas numbers that their library takes a tenth of
// a second each for, or panics at.
func TestVastNumbers(t *testing.T) {
	for number, judged := range map[string]bool{
		"1200": true, "1.2e3": true, "-0": true, "123456789012345678901234567890": true, "1e-324": true,
		"1e400": false, "1e999999": false, "1e-999999": false, "1" + strings.Repeat("0", 400): false,
	} {
		for _, array := range []string{`[{"limit":` + number + `}]`, `[{"interval":` + number + `}]`} {
			if _, err := limitFaults([]byte(array)); (err == nil) != judged {
				t.Errorf("%.40s: judged %t, expected %t: %v", array, err == nil, judged, err)
			}
		}
		payload := `{"code":` + number + `,"msg":5}`
		if _, broken, why := breachOf(&edition.Default().Dialect.Members, errorEnvelope, []byte(payload)); broken != judged || (why == "") != judged {
			t.Errorf("%.40s: broken %t, %q", payload, broken, why)
		}
	}
}
