package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
)

// TestSpeak: a hello, and one answer for each command.
func TestSpeak(t *testing.T) {
	venue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte("{}"))
	}))
	defer venue.Close()
	c := planted.New(planted.Config{Transport: http.DefaultTransport, URL: venue.URL}, planted.Reference)
	var out bytes.Buffer
	in := `{"id":1,"op":"ping"}` + "\n" + `{"id":2,"op":"klines","params":{"symbol":"BTCUSDT","startTime":1563600000000}}` + "\n"
	if err := speak(strings.NewReader(in), &out, c); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("expected a hello and two answers, found %q", lines)
	}
	data, err := schemas.Schema(schemas.Driver)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		r, err := schema.Validate(gojsonschema.NewStringLoader(line))
		if err != nil || !r.Valid() {
			t.Errorf("%s: %v %v", line, err, r.Errors())
		}
	}
}

// TestSpeakRefusesWhatIsNoCommand ends the conversation.
func TestSpeakRefusesWhatIsNoCommand(t *testing.T) {
	c := planted.New(planted.Config{Transport: http.DefaultTransport}, planted.Reference)
	if err := speak(strings.NewReader("{\n"), new(bytes.Buffer), c); err == nil {
		t.Error("expected an error, found none")
	}
}
