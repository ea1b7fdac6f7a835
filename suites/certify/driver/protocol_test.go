package driver

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/xeipuuv/gojsonschema"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func ptr[T any](v T) *T { return &v }

func TestAnswers(t *testing.T) {
	for line, want := range map[string]Answer{
		`{"id":1,"outcome":"ok"}`:                                             {ID: 1, Outcome: traffic.OutcomeOK},
		`{"id":7,"outcome":"unsupported","result":null}`:                      {ID: 7, Outcome: traffic.OutcomeUnsupported},
		`{"id":1,"outcome":"ok","result":{"more":[1e99]}}`:                    {ID: 1, Outcome: traffic.OutcomeOK, Result: &Result{}},
		`{"id":1,"outcome":"ok","result":{"orderId":12,"clientOrderId":"a"}}`: {ID: 1, Outcome: traffic.OutcomeOK, Result: &Result{OrderID: 12, ClientOrderID: "a"}},
		`{"id":1,"outcome":"ok","result":{"rows":0,"first_ms":null,"last_ms":1563616860000}}`: {
			ID: 1, Outcome: traffic.OutcomeOK, Result: &Result{Rows: ptr[int64](0), LastMs: ptr[int64](1563616860000)},
		},
		`{"id":2,"outcome":"rate_limited","error":{"type":"RateLimitExceeded","message":"","status":429,"code":-1003,"retry_after_ms":2000}}`: {
			ID: 2, Outcome: traffic.OutcomeRateLimited,
			Error: &Error{Type: "RateLimitExceeded", Status: 429, Code: -1003, RetryAfterMs: ptr[int64](2000)},
		},
		`{"id":3,"outcome":"error","error":{"type":"TypeError","message":"fetch failed","status":null}}`: {
			ID: 3, Outcome: traffic.OutcomeError, Error: &Error{Type: "TypeError", Message: "fetch failed"},
		},
	} {
		got, err := parseAnswer([]byte(line))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: expected %+v, found %+v, %v", line, want, got, err)
		}
	}
}

func TestBrokenAnswersSayWhatIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		``:                                         "EOF",
		`ready`:                                    "invalid character",
		`{"id":1,"outcome":"ok"} {}`:               "after top-level value",
		`{"id":1,"id":2,"outcome":"ok"}`:           "duplicate",
		`{"outcome":"ok"}`:                         "id: expected a command's number, found 0",
		`{"id":1e3,"outcome":"ok"}`:                "id",
		`{"id":9007199254740992,"outcome":"ok"}`:   "id: expected a command's number",
		`{"id":1,"outcome":"done"}`:                `found "done"`,
		`{"id":1,"outcome":"error"}`:               "expected an error with error, found none",
		`{"id":1,"outcome":"rejected","error":{}}`: "error: type: expected a name, found none",
		`{"id":1,"outcome":"error","error":{"type":"E"}}`:                                             "error: message: expected a string",
		`{"id":1,"outcome":"error","error":{"type":"E","message":"","status":0}}`:                     "error: status: expected an HTTP status, found 0",
		`{"id":1,"outcome":"error","error":{"type":"E","message":"","retry_after_ms":-1}}`:            "error: retry_after_ms: expected 0 or more",
		`{"id":1,"outcome":"error","error":{"type":"E","message":"","retry_after":1}}`:                "retry_after",
		`{"id":1,"outcome":"error","error":{"type":"E","message":""},"result":{}}`:                    "expected no result with error",
		`{"id":1,"outcome":"ok","error":{"type":"E","message":""}}`:                                   "expected no error with ok",
		`{"id":1,"outcome":"unsupported","result":{}}`:                                                "expected no result with unsupported",
		`{"id":1,"outcome":"ok","result":[]}`:                                                         "array",
		`{"id":1,"outcome":"ok","result":{"orderId":"12"}}`:                                           "orderId",
		`{"id":1,"outcome":"ok","result":{"rows":-1}}`:                                                "rows: expected 0 or more, found -1",
		`{"id":1,"outcome":"error","error":{"type":"` + strings.Repeat("é", 201) + `","message":""}}`: "at most 200 characters, found 201",
	} {
		if a, err := parseAnswer([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: expected an error with %q, found %+v, %v", line, want, a, err)
		}
	}
}

func TestHellos(t *testing.T) {
	h, err := parseHello([]byte(`{"protocol":1,"client":"ccxt","version":"4.5.1","configuration":"default","ops":["klines","placeOrder"]}`))
	want := Hello{Protocol: 1, Client: "ccxt", Version: "4.5.1", Configuration: "default", Ops: []Op{Klines, PlaceOrder}, BaseURL: true}
	if err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("expected %+v, found %+v, %v", want, h, err)
	}
	if !h.Has(Klines) || h.Has(Withdraw) {
		t.Errorf("expected klines and no withdraw, found %v", h.Ops)
	}
	if h, err := parseHello([]byte(`{"protocol":1,"client":"c","version":"1","configuration":"d","ops":[],"base_url":false}`)); err != nil || h.BaseURL {
		t.Errorf("expected no setting for the address, found %+v, %v", h, err)
	}
	for line, want := range map[string]string{
		`{"protocol":2,"client":"c","version":"1","configuration":"d","ops":[]}`:                  "protocol: expected 1, found 2",
		`{"client":"c","version":"1","configuration":"d","ops":[]}`:                               "protocol: expected 1, found 0",
		`{"protocol":1,"version":"1","configuration":"d","ops":[]}`:                               "client: expected a name, found none",
		`{"protocol":1,"client":"c","version":"","configuration":"d","ops":[]}`:                   "version: expected a name",
		`{"protocol":1,"client":"c","version":"1","configuration":"d"}`:                           "ops: expected a list, found none",
		`{"protocol":1,"client":"c","version":"1","configuration":"d","ops":["sell"]}`:            `found "sell"`,
		`{"protocol":1,"client":"c","version":"1","configuration":"d","ops":["ping","ping"]}`:     `"ping" stands twice`,
		`{"protocol":1,"client":"c","version":"1","configuration":"d","ops":[],"Base_url":false}`: "Base_url",
	} {
		if h, err := parseHello([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: expected an error with %q, found %+v, %v", line, want, h, err)
		}
	}
}

func compile(t testing.TB) *gojsonschema.Schema {
	t.Helper()
	data, err := schemas.Schema(schemas.Driver)
	if err != nil {
		t.Fatal(err)
	}
	s, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema's ops are this package's.
func TestOpsAreTheSchemas(t *testing.T) {
	data, err := schemas.Schema(schemas.Driver)
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Definitions struct {
			Op struct {
				Enum []Op `json:"enum"`
			} `json:"op"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Definitions.Op.Enum, allOps) {
		t.Errorf("expected %v, found %v", allOps, s.Definitions.Op.Enum)
	}
}

func TestCommandsKeepTheSchema(t *testing.T) {
	s := compile(t)
	for _, c := range []Command{
		{ID: 1, Op: Ping},
		{ID: 2, Op: PlaceOrder, Params: map[string]any{"symbol": "BTCUSDT", "quantity": "0.01", "limit": 5}, DeadlineMs: 30000},
	} {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := s.Validate(gojsonschema.NewBytesLoader(line)); err != nil || !r.Valid() {
			t.Errorf("%s: %v, %v", line, err, r.Errors())
		}
	}
}

// What the parser takes, the schema takes, and it means the same when written
// and read again.
func FuzzAnswer(f *testing.F) {
	for _, line := range []string{
		`{"id":1,"outcome":"ok","result":{"orderId":123,"clientOrderId":"a","rows":1,"first_ms":1,"last_ms":2}}`,
		`{"id":1,"outcome":"rate_limited","error":{"type":"E","message":"m","status":429,"code":-1003,"retry_after_ms":2000}}`,
		`{"id":1,"outcome":"unsupported","result":null,"error":null}`,
		`{"id":1,"outcome":"banned","error":{"type":"\ud83d\ude00","message":"\u0000","status":null}}`,
		`{"id":1,"outcome":"ok","result":{"x":[{"y":1e400}]}}`,
	} {
		f.Add([]byte(line))
	}
	s := compile(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		a, err := parseAnswer(line)
		if err != nil {
			return
		}
		again, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		b, err := parseAnswer(again)
		if err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s: expected %+v, found %+v, %v", line, a, b, err)
		}
		r, err := s.Validate(gojsonschema.NewBytesLoader(again))
		if err != nil || !r.Valid() {
			t.Errorf("%s: %v, %v", again, err, r.Errors())
		}
	})
}

func FuzzHello(f *testing.F) {
	f.Add([]byte(`{"protocol":1,"client":"ccxt","version":"4.5.1","configuration":"default","ops":["klines"],"base_url":null}`))
	s := compile(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		h, err := parseHello(line)
		if err != nil {
			return
		}
		again, err := json.Marshal(h)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		r, err := s.Validate(gojsonschema.NewBytesLoader(again))
		if err != nil || !r.Valid() {
			t.Errorf("%s: %v, %v", again, err, r.Errors())
		}
	})
}
