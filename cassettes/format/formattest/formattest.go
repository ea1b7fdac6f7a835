// Package formattest is what the tests of all formats share: golden files of
// what is read from the samples in testdata, samples cut short, and a fuzzer.
package formattest

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var (
	update = flag.Bool("update", false, "rewrite the golden files")
	long   = flag.Bool("long", false, "cut samples at every byte, and not only at some hundred places")
)

// mostCuts is how many places a sample is cut at. Reading one to each of n bytes
// takes the square of n: those of HAR took a minute.
const mostCuts = 300

// Cuts are the lengths to cut a text to: without -long only those at which a word, a
// number, white space or a run of one character begins or ends, for within them all
// cuts are alike, and of those no more than mostCuts from all over the text.
func Cuts(text []byte) (all []int) {
	for n := range len(text) + 1 {
		if *long || n == 0 || n == len(text) || kind(text[n]) != kind(text[n-1]) {
			all = append(all, n)
		}
	}
	if *long || len(all) <= mostCuts {
		return all
	}
	some := make([]int, mostCuts)
	for i := range some {
		some[i] = all[i*(len(all)-1)/(mostCuts-1)]
	}
	return some
}

// kind tells letters, digits and what is beyond ASCII apart from each of the others.
func kind(c byte) byte {
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return 'a'
	case '0' <= c && c <= '9':
		return '0'
	case c >= 0x80:
		return 0x80
	}
	return c
}

// Samples returns the files in testdata that are no golden files.
func Samples(t testing.TB) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, path := range all {
		if filepath.Ext(path) != ".golden" {
			samples = append(samples, path)
		}
	}
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	return samples
}

// Written is the recording of exchanges as the format writes it, secrets masked.
func Written(t testing.TB, f format.Format, exchanges ...*traffic.Exchange) []byte {
	t.Helper()
	var to format.Memory
	w, err := f.Write(&to)
	for _, x := range exchanges {
		if err == nil {
			err = w.Add((*mask.Masker)(nil).Storable(x))
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return to.Bytes
}

// All reads a recording in which nothing is broken.
func All(t testing.TB, f format.Format, text []byte) (all []*traffic.Exchange) {
	t.Helper()
	for x, err := range f.Read(Input(text, "written")) {
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		all = append(all, x.Clone())
	}
	return all
}

// Golden reads each sample and compares what comes out with the file of that
// name and .golden. It reads as a file, as a stream, and as a stream that
// comes byte by byte: all must say the same.
func Golden(t *testing.T, f format.Format) {
	for _, path := range Samples(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if is, missing := f.Sniff(text[:min(len(text), format.SniffLen)]); !is {
				t.Errorf("not recognised; missing: %q", missing)
			}
			got := dump(f.Read, sample(text))
			if stream := dump(f.Read, sample(text).Through(bytes.NewReader(text))); stream != got {
				t.Errorf("read as a stream:\n%s\nread as a file:\n%s", stream, got)
			}
			if slow := dump(f.Read, sample(text).Through(iotest.OneByteReader(bytes.NewReader(text)))); slow != got {
				t.Errorf("read byte by byte:\n%s\nread at once:\n%s", slow, got)
			}
			golden := path + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// Input is a text as a file has it, under the default limits.
func Input[T string | []byte](text T, name string) format.Input {
	return format.FromFile(bytes.NewReader([]byte(text)), name, format.DefaultLimits())
}

func sample(text []byte) format.Input { return Input(text, "sample") }

func dump(by read, in format.Input) string {
	var out strings.Builder
	for x, err := range by(in) {
		if err != nil {
			fmt.Fprintf(&out, "error: %v\n\n", err)
			continue
		}
		Dump(&out, x)
	}
	return out.String()
}

// Dump writes an exchange for people to compare.
func Dump(w io.Writer, x *traffic.Exchange) {
	fmt.Fprintf(w, "%d. line %d\n", x.At.Number, x.At.Line)
	for _, span := range []struct {
		name string
		traffic.Span
	}{{"sent", x.Sent}, {"received", x.Received}} {
		switch {
		case span.Exact():
			fmt.Fprintf(w, "%s %s\n", span.name, span.Earliest.UTC().Format(time.RFC3339Nano))
		case span.Known():
			fmt.Fprintf(w, "%s %s .. %s\n", span.name, span.Earliest.UTC().Format(time.RFC3339Nano), span.Latest.UTC().Format(time.RFC3339Nano))
		}
	}
	if x.Duration != 0 {
		fmt.Fprintln(w, "duration", x.Duration)
	}
	if x.Client != "" {
		fmt.Fprintln(w, "client", x.Client)
	}
	if x.CompleteHistory {
		fmt.Fprintln(w, "complete history")
	}
	if x.Annotation != nil {
		fmt.Fprintf(w, "%+v\n", *x.Annotation)
	}
	fmt.Fprintln(w, ">", x.Request.Method, x.Request.URL)
	message(w, ">", x.Request.Header, x.Request.Body)
	fmt.Fprintln(w, "<", x.Response.Status)
	message(w, "<", x.Response.Header, x.Response.Body)
	for _, g := range gaps {
		if x.Gaps.Has(g.gap) {
			fmt.Fprintln(w, "gap:", g.name)
		}
	}
	fmt.Fprintln(w)
}

func message(w io.Writer, mark string, h traffic.Header, body []byte) {
	for _, f := range h {
		fmt.Fprintf(w, "%s %s: %s\n", mark, f.Name, f.Value)
	}
	if body != nil {
		fmt.Fprintf(w, "%s %s\n", mark, strconv.Quote(string(body)))
	}
}

var gaps = []struct {
	name string
	gap  traffic.Gap
}{
	{"request header", traffic.GapRequestHeader}, {"request body", traffic.GapRequestBody},
	{"status", traffic.GapStatus}, {"response header", traffic.GapResponseHeader},
	{"response body", traffic.GapResponseBody}, {"truncated", traffic.GapTruncated},
	{"undecoded", traffic.GapUndecoded}, {"host", traffic.GapHost},
	{"filtered", traffic.GapFiltered}, {"response", traffic.GapResponse},
	{"order", traffic.GapOrder},
}

// Cut reads each sample cut short: the cut ones may give errors and fewer exchanges,
// never more, and never exchanges without a target.
func Cut(t *testing.T, f format.Format) {
	eachSample(t, func(t *testing.T, text []byte) {
		all, _ := count(t, f, text)
		for _, n := range Cuts(text) {
			f.Sniff(text[:n])
			got, failed := count(t, f, text[:n])
			if got > all {
				t.Errorf("cut to %d bytes: %d exchanges, whole: %d", n, got, all)
			}
			if n > 0 && got == 0 && !failed && len(bytes.TrimSpace(text[:n])) > 3 && all > 0 && n > len(text)/2 {
				t.Errorf("cut to %d bytes: neither an exchange nor an error", n)
			}
		}
	})
}

// eachSample runs a test of each sample, several at a time.
func eachSample(t *testing.T, one func(t *testing.T, text []byte)) {
	for _, path := range Samples(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			one(t, text)
		})
	}
}

// read is a format's Read, or another way to read the same.
type read = func(format.Input) iter.Seq2[*traffic.Exchange, error]

// FuzzSame holds that two ways to read a format give the same exchanges and
// errors on whatever the fuzzer comes up with, starting from the samples and
// the texts given, however the text arrives.
func FuzzSame(f *testing.F, fast, library read, more ...string) {
	for _, path := range Samples(f) {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range more {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { same(t, text, fast, library) })
}

func same(t *testing.T, text []byte, fast, library read) {
	for _, way := range []struct {
		name string
		from func(io.Reader) io.Reader
		but  *regexp.Regexp // what of an error depends on how far was read
	}{
		{"at once", func(r io.Reader) io.Reader { return r }, regexp.MustCompile(`not JSON: .*`)},
		{"by halves", iotest.HalfReader, regexp.MustCompile(`\d+: (expected .*: )?not JSON: .*`)},
	} {
		read := func(by read) string {
			got := dump(by, sample(text).Through(way.from(bytes.NewReader(text))))
			return way.but.ReplaceAllString(got, "not JSON")
		}
		if got, want := read(fast), read(library); got != want {
			t.Errorf("%q read %s:\n%s\nby the library:\n%s", text, way.name, got, want)
		}
	}
}

// Same holds that two ways to read a format give the same for the samples, whole and
// cut short.
func Same(t *testing.T, fast, library read) {
	eachSample(t, func(t *testing.T, text []byte) {
		for _, n := range Cuts(text) {
			if same(t, text[:n], fast, library); t.Failed() {
				return
			}
		}
	})
}

func count(t *testing.T, f format.Format, text []byte) (exchanges int, failed bool) {
	t.Helper()
	last, lines := 0, true
	for x, err := range f.Read(sample(text)) {
		switch {
		case err != nil && x != nil:
			t.Fatal("an exchange and an error")
		case err != nil:
			failed = true
			if _, ok := err.(*format.Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			continue
		case !x.Statement() && (x.Request.URL == "" || x.Request.Method == ""):
			t.Fatalf("no target: %+v", x)
		case x.At.Number <= last || x.At.Line == 0 && lines && last > 0:
			t.Fatalf("position %+v behind number %d", x.At, last)
		}
		lines = x.At.Line > 0 // all of a file or, being binary, none
		last = x.At.Number
		exchanges++
	}
	return exchanges, failed
}

// Fuzz reads whatever the fuzzer comes up with, starting from the samples.
func Fuzz(f *testing.F, format format.Format) {
	for _, path := range Samples(f) {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		format.Sniff(text)
		n, _ := count(t, format, text)
		if n > len(text) {
			t.Errorf("%d exchanges in %d bytes", n, len(text))
		}
	})
}
