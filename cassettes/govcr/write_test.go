package govcr

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/dnaeon/go-vcr.v3/cassette"
	"gopkg.in/dnaeon/go-vcr.v3/recorder"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// venue answers as the venue does, in shape.
func venue(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/ping", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-MBX-USED-WEIGHT", "1")
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		io.WriteString(w, "{}")
	})
	mux.HandleFunc("/api/v3/order", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, "{\"code\":-1121,\n\"msg\":\"Invalid symbol: é \u0001\"}")
	})
	mux.HandleFunc("/binary", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte{0xff, 0xfe, 0, 1})
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// TestReadRecorded reads what go-vcr v3 itself records.
func TestReadRecorded(t *testing.T) {
	server := venue(t)
	name := filepath.Join(t.TempDir(), "recorded")
	rec, err := recorder.NewWithOptions(&recorder.Options{CassetteName: name, Mode: recorder.ModeRecordOnly})
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Date(2019, 7, 20, 10, 0, 0, 123456789, time.UTC)
	rec.AddHook(func(i *cassette.Interaction) error {
		i.Request.Headers = i.Request.Headers.Clone()
		i.Request.Headers.Set(SentAtHeader, sent.Format(time.RFC3339Nano))
		i.Request.Headers.Set(ClientHeader, "203.0.113.7")
		return nil
	}, recorder.AfterCaptureHook)
	client := rec.GetDefaultClient()
	get := func(r *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	get(client.Get(server.URL + "/api/v1/ping"))
	get(client.Post(server.URL+"/api/v3/order?recvWindow=5000", "application/x-www-form-urlencoded", strings.NewReader("symbol=LTCBTC&side=BUY")))
	get(client.Get(server.URL + "/binary"))
	if err := rec.Stop(); err != nil {
		t.Fatal(err)
	}
	got := readFile(t, name+".yaml")
	if len(got) != 3 {
		t.Fatalf("%d exchanges, want 3", len(got))
	}
	for i, want := range []struct {
		method, path, request string
		status                int
		body                  string
	}{
		{"GET", "/api/v1/ping", "", 200, "{}"},
		{"POST", "/api/v3/order?recvWindow=5000", "symbol=LTCBTC&side=BUY", 400, "{\"code\":-1121,\n\"msg\":\"Invalid symbol: é \u0001\"}"},
		{"GET", "/binary", "", 200, "\xff\xfe\x00\x01"},
	} {
		x := got[i]
		if x.Request.Method != want.method || x.Request.URL != server.URL+want.path || string(x.Request.Body) != want.request {
			t.Errorf("request %d: %+v", i, x.Request)
		}
		if x.Response.Status != want.status || string(x.Response.Body) != want.body {
			t.Errorf("response %d: %d %q, want %d %q", i, x.Response.Status, x.Response.Body, want.status, want.body)
		}
		if !x.Sent.Exact() || !x.Sent.Earliest.Equal(sent) || x.Duration <= 0 || !x.Received.Earliest.Equal(sent.Add(x.Duration)) || x.Client != "203.0.113.7" {
			t.Errorf("exchange %d: sent %v, received %v, took %v, client %q", i, x.Sent, x.Received, x.Duration, x.Client)
		}
		if _, has := x.Request.Header.Get(SentAtHeader); has {
			t.Errorf("exchange %d keeps %s", i, SentAtHeader)
		}
	}
	if weight, _ := got[0].Response.Header.Get("X-MBX-USED-WEIGHT"); weight != "1" {
		t.Errorf("used weight %q", weight)
	}
}

func readFile(t *testing.T, path string) []*traffic.Exchange {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return formattest.All(t, Format, text)
}

const (
	apiKey    = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
	userKey   = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
)

// conversation has what a cassette can keep, and what it must not.
func conversation() []*traffic.Exchange {
	at := time.Date(2019, 7, 20, 10, 0, 0, 5, time.UTC)
	date := traffic.Field{Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}
	return []*traffic.Exchange{
		{
			Request: traffic.Request{
				Method: "POST", URL: "https://api.binance.com/api/v3/order?signature=" + signature,
				Header: traffic.Header{{Name: "X-MBX-APIKEY", Value: apiKey}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
				Body:   []byte("symbol=LTCBTC&timestamp=1563616800000&listenKey=" + userKey),
			},
			Response: traffic.Response{Status: 200, Header: traffic.Header{date, {Name: "Content-Length", Value: "82"}}, Body: []byte(`{ "listenKey" : "` + userKey + `"}`)},
			Client:   "203.0.113.7", Sent: traffic.Exactly(at), Received: traffic.Exactly(at.Add(123456789)), Duration: 123456789,
		},
		{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/time", Header: traffic.Header{{Name: "Accept", Value: "*/*"}}},
			Response: traffic.Response{Status: 200, Header: traffic.Header{date, {Name: "Content-Encoding", Value: "gzip"}}, Body: []byte("\n  {\"serverTime\": 1}\r\n\t# é \x00 \u2028 'it''s' ")},
			Duration: time.Millisecond,
		},
		{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/time", Header: traffic.Header{{Name: "Accept", Value: " a: b # c"}, {Name: "Accept", Value: "null"}}},
			Response: traffic.Response{Status: 404, Header: traffic.Header{date}, Body: []byte("\xff\xfe")},
		},
	}
}

// TestWrite writes a cassette and reads it back, with ours and with go-vcr.
func TestWrite(t *testing.T) {
	want := conversation()
	out := formattest.Written(t, Format, want...)
	for _, secret := range []string{apiKey, signature, userKey} {
		if strings.Contains(string(out), secret) {
			t.Errorf("holds the secret %s:\n%s", secret, string(out))
		}
	}
	name := filepath.Join(t.TempDir(), "written")
	if err := os.WriteFile(name+".yaml", out, 0o644); err != nil {
		t.Fatal(err)
	}
	loaded, err := cassette.Load(name)
	if err != nil {
		t.Fatalf("go-vcr: %v in\n%s", err, string(out))
	}
	got := formattest.All(t, Format, out)
	if len(got) != len(want) || len(loaded.Interactions) != len(want) {
		t.Fatalf("%d exchanges, go-vcr has %d, want %d", len(got), len(loaded.Interactions), len(want))
	}
	for i, w := range want {
		g, l := got[i], loaded.Interactions[i]
		if g.Sent != w.Sent || g.Received != w.Received || g.Duration != w.Duration || g.Client != w.Client {
			t.Errorf("exchange %d: sent %v, received %v, took %v, client %q", i, g.Sent, g.Received, g.Duration, g.Client)
		}
		if len(g.Request.Body) != len(w.Request.Body) || len(g.Response.Body) != len(w.Response.Body) {
			t.Errorf("exchange %d: bodies %q and %q", i, g.Request.Body, g.Response.Body)
		}
		if i > 0 && string(g.Response.Body) != string(w.Response.Body) {
			t.Errorf("exchange %d: body %q, want %q", i, g.Response.Body, w.Response.Body)
		}
		if g.Gaps != 0 {
			t.Errorf("exchange %d: gaps %b", i, g.Gaps)
		}
		if l.Response.Body != string(g.Response.Body) || l.Response.Code != w.Response.Status || l.Request.URL != g.Request.URL || l.Request.Method != w.Request.Method {
			t.Errorf("go-vcr's %d: %+v", i, l)
		}
	}
	if values := loaded.Interactions[2].Request.Headers["Accept"]; !slices.Equal(values, []string{" a: b # c", "null"}) {
		t.Errorf("go-vcr's Accept: %q", values)
	}
	if _, coded := got[1].Response.Header.Get("Content-Encoding"); coded || !loaded.Interactions[1].Response.Uncompressed {
		t.Error("a decoded body is written as coded")
	}
	if form := loaded.Interactions[0].Request.Form.Get("symbol"); form != "LTCBTC" {
		t.Errorf("go-vcr's form: %v", loaded.Interactions[0].Request.Form)
	}
}

// TestWriteReplays replays a written cassette with go-vcr's recorder.
func TestWriteReplays(t *testing.T) {
	name := filepath.Join(t.TempDir(), "replayed")
	out := formattest.Written(t, Format, conversation()...)
	if err := os.WriteFile(name+".yaml", out, 0o644); err != nil {
		t.Fatal(err)
	}
	rec, err := recorder.NewWithOptions(&recorder.Options{CassetteName: name, Mode: recorder.ModeReplayOnly, SkipRequestLatency: true})
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Stop()
	r, err := rec.GetDefaultClient().Get("https://api.binance.com/api/v1/time")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != string(conversation()[1].Response.Body) {
		t.Errorf("replayed %q, %v", body, err)
	}
}

// FuzzWrite writes a body and a field value and demands them back, from ours
// and from go-vcr's library.
func FuzzWrite(f *testing.F) {
	f.Add([]byte("{}"), "*/*")
	f.Add([]byte("\n  - a: |+\n\n"), "'\"# :")
	f.Add([]byte("\xff\x00\u0085\u2029\ufeff"), "~")
	f.Fuzz(func(t *testing.T, body []byte, value string) {
		x := &traffic.Exchange{
			Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/", Header: traffic.Header{{Name: "A", Value: value}}},
			Response: traffic.Response{Status: 200, Header: traffic.Header{{Name: "B", Value: value}}, Body: body},
			Gaps:     traffic.GapUndecoded,
		}
		out := formattest.Written(t, Format, x)
		name := filepath.Join(t.TempDir(), "fuzzed")
		if err := os.WriteFile(name+".yaml", out, 0o644); err != nil {
			t.Fatal(err)
		}
		loaded, err := cassette.Load(name)
		if err != nil {
			t.Fatalf("go-vcr: %v in\n%s", err, string(out))
		}
		masked := string(responseOf(x).Body)
		if got := loaded.Interactions[0].Response.Body; got != masked {
			t.Errorf("go-vcr reads %q, want %q", got, masked)
		}
		got := formattest.All(t, Format, out)[0]
		if v, _ := got.Request.Header.Get("A"); v != value {
			t.Errorf("field %q, want %q", v, value)
		}
	})
}
