package general

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestNothingIsKeptOfAnExchange: a reader reads the next exchange into the memory of the
// one before, which may hold a key. What is told of each case is the same where that
// memory is written over as soon as an exchange was judged, and where it is not, whether
// its hosts are judged or left out.
func TestNothingIsKeptOfAnExchange(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(Cases, "testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("expected cases, found %d: %v", len(files), err)
	}
	nobody, err := rule.NewHosts([]string{"nobody.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, hosts := range []rule.Hosts{{}, nobody} {
		fresh, written := cleanEngine(t, hosts), cleanEngine(t, hosts)
		for _, file := range files {
			text, err := fs.ReadFile(Cases, file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := conversation.Parse(edition.Default(), file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			want, got := judged(t, fresh, c.Exchanges, (*engine.Engine).Observe), judged(t, written, c.Exchanges, observeInOneMemory())
			if want != got {
				t.Errorf("%s: %s", file, difference(want, got))
			}
		}
	}
}

func cleanEngine(t *testing.T, hosts rule.Hosts) *engine.Engine {
	return engine.New(rule.All(edition.Default()), engine.Options{Edition: edition.Default(), Hosts: hosts})
}

// judged is what an engine counts of a recording.
func judged(t *testing.T, e *engine.Engine, xs []*traffic.Exchange, observe func(*engine.Engine, *traffic.Exchange)) string {
	t.Helper()
	e.Begin()
	for _, x := range xs {
		observe(e, x)
	}
	e.End()
	text, err := json.MarshalIndent(e.Take(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// observeInOneMemory has an engine judge exchanges that all stand in one piece of
// memory, the name of their file too, and writes over it behind each.
func observeInOneMemory() func(*engine.Engine, *traffic.Exchange) {
	var read traffic.Exchange
	text := make([]byte, 0, 1<<16)
	return func(e *engine.Engine, x *traffic.Exchange) {
		named := *x
		named.Response.Header = append(x.Response.Header[:len(x.Response.Header):len(x.Response.Header)], traffic.Field{Value: x.At.File})
		text = named.CopyTo(&read, text[:0])
		last := len(read.Response.Header) - 1
		read.At.File, read.Response.Header = read.Response.Header[last].Value, read.Response.Header[:last]
		e.Observe(&read)
		for i := range text {
			text[i] = '~'
		}
	}
}
