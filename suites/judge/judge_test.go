package judge

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	_ "github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const recorded = "../../cassettes/recorded"

func options(workers, maxFindings int) Options {
	edition := edition.Default()
	return Options{
		Rules: rule.All(edition), Workers: workers, Input: cassettes.Options{Stdin: strings.NewReader("")},
		Engine: engine.Options{Edition: edition, Hosts: rule.HostsOf(edition), MaxFindings: maxFindings},
	}
}

// library makes a directory of many files, some of them broken.
func library(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"conformant", "violations"} {
		data, err := os.ReadFile(filepath.Join(recorded, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			write(t, filepath.Join(dir, fmt.Sprintf("%02d-%s.yaml", i, name)), string(data))
			if i == 0 {
				write(t, filepath.Join(dir, fmt.Sprintf("%02d-cut-%s.yaml", i, name)), string(data[:len(data)*2/3]))
			}
		}
	}
	write(t, filepath.Join(dir, "LICENCE"), "Do what you like.\n")
	archives(t, dir)
	write(t, filepath.Join(dir, "us.ndjson"), strings.Repeat(`{"request":{"method":"GET","url":"https://api.binance.us/api/v1/ping"}}`+"\n", 7)+
		`{"request":{"method":"GET","url":"https://example.com/"}}`+"\n")
	write(t, filepath.Join(dir, "bad.ndjson"), `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}`+"\n"+strings.Repeat("{\"request\": 5}\n", 25))
	return dir
}

// archives packs what is in dir so far, the zip with a member that is no
// recording, one that is broken and two of the same name.
func archives(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var packed, tarred bytes.Buffer
	z, compressed := zip.NewWriter(&packed), gzip.NewWriter(&tarred)
	tape := tar.NewWriter(compressed)
	for _, file := range append(files, files[0]) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := z.Create("../" + filepath.Base(file))
		w.Write(data)
		tape.WriteHeader(&tar.Header{Name: filepath.Base(file), Size: int64(len(data))})
		tape.Write(data)
	}
	w, _ := z.Create("LICENCE")
	w.Write([]byte("Do what you like.\n"))
	z.Close()
	tape.Close()
	compressed.Close()
	write(t, filepath.Join(dir, "all.zip"), packed.String())
	write(t, filepath.Join(dir, "all.tar.gz"), tarred.String())
	write(t, filepath.Join(dir, "cut.tar.gz"), tarred.String()[:tarred.Len()/2])
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestAnyNumberOfWorkers: reports hold the same bytes however the work was
// divided.
func TestAnyNumberOfWorkers(t *testing.T) {
	dir := library(t)
	for _, maxFindings := range []int{0, 1, 5} {
		want := ""
		for _, workers := range []int{1, 2, 3, 16} {
			for range 2 {
				got := report(t, Find([]string{dir}, Options{}), options(workers, maxFindings))
				if want == "" {
					want = got
				}
				if got != want {
					t.Fatalf("max-findings %d: %d workers do not report what one does:\n%s\n%s", maxFindings, workers, got, want)
				}
			}
		}
		if !strings.Contains(want, `"back-off-after-429"`) {
			t.Fatal("expected findings in the report")
		}
	}
}

func report(t *testing.T, sources []Source, o Options) string {
	t.Helper()
	found, err := Sources(context.Background(), sources, o)
	if err != nil {
		t.Fatal(err)
	}
	json, _ := reports.ByName("json")
	var b bytes.Buffer
	if err := json.Write(&b, &reports.Report{Tally: found.Tally}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCounts(t *testing.T) {
	dir := library(t)
	found, err := Sources(context.Background(), Find([]string{dir}, Options{}), options(0, 100))
	if err != nil {
		t.Fatal(err)
	}
	got := found.Tally.Traffic
	if got.Unrecognised != 2 || got.Skipped != 8 {
		t.Errorf("expected 2 files that are no recording and 8 exchanges of other hosts, found %+v", got)
	}
	if got.Unreadable < 25 || len(found.Tally.Errors) >= 25 {
		t.Errorf("expected 25 bad lines counted and their errors bounded, found %d and %d", got.Unreadable, len(found.Tally.Errors))
	}
	us := found.Tally.LeftOut.Of("api.binance.us")
	if us.Exchanges != 7 || us.API != 7 {
		t.Errorf("expected 7 exchanges of api.binance.us left out, found %+v", us)
	}
	if other := found.Tally.LeftOut.Of("example.com"); other.Exchanges == 0 || other.API != 0 {
		t.Errorf("expected an exchange of example.com outside the API, found %+v", other)
	}
}

// TestHopsOfABrokenRecording: what could not be read may have been of any hop that was
// open then.
func TestHopsOfABrokenRecording(t *testing.T) {
	const line = `{"sent":%d,"received":%d,"hop":{"id":1,"side":%q},"request":{"method":"GET","url":"https://api.binance.com/api/v1/time"},"response":{"status":%d,"headers":{"Server":"nginx"},"body":""}%s}` + "\n"
	for member, want := range map[string]int64{"": 0, `,"unheard":1`: 1} {
		file := filepath.Join(t.TempDir(), "hop.ndjson")
		write(t, file, fmt.Sprintf(line, 1563616810005, 1563616810050, "behind", 504, "")+
			fmt.Sprintf(line, 1563616810055, 1563616810090, "behind", 200, member)+fmt.Sprintf(line, 1563616810000, 1563616810095, "front", 200, ""))
		found, err := Paths(context.Background(), []string{file}, options(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		r := &found.Tally.Rules[slices.IndexFunc(found.Tally.Rules, func(r rule.RuleTally) bool { return r.ID == "proxy-passes-5xx" })]
		if r.Failed != 0 || r.Inconclusive != want || r.Passed != 1-want {
			t.Errorf("second line with %q: expected %d in doubt and no violation, found %+v", member, want, r)
		}
	}
}

// TestErrorsOfAnArchive: an archive of many broken members keeps a bounded number
// of errors, and counts all.
func TestErrorsOfAnArchive(t *testing.T) {
	const members, lines = 300, 8
	var packed bytes.Buffer
	tape := tar.NewWriter(&packed)
	text := `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}` + "\n" + strings.Repeat("{\"request\": 5}\n", lines)
	for i := range members {
		tape.WriteHeader(&tar.Header{Name: fmt.Sprint(i), Size: int64(len(text))})
		io.WriteString(tape, text)
	}
	tape.Close()
	file := filepath.Join(t.TempDir(), "broken.tar")
	write(t, file, packed.String())
	found, err := Sources(context.Background(), Find([]string{file}, Options{}), options(0, 100))
	if err != nil {
		t.Fatal(err)
	}
	errs := found.Tally.Errors
	if found.Tally.Traffic.Unreadable != members*lines || len(errs) != maxSourceErrors+1 {
		t.Errorf("expected %d bad lines and %d errors, found %d and %d", members*lines, maxSourceErrors+1, found.Tally.Traffic.Unreadable, len(errs))
	}
	if last := errs[len(errs)-1].Text; !strings.Contains(last, "broken.tar: more errors in its members") {
		t.Errorf("expected to be told that there were more, found %q", last)
	}
}

func TestEachFileOnce(t *testing.T) {
	dir := library(t)
	one := filepath.Join(dir, "00-violations.yaml")
	if n := len(Find([]string{one, dir + "/./00-violations.yaml", one}, Options{})); n != 1 {
		t.Errorf("expected one source, found %d", n)
	}
	if all, twice := len(Find([]string{dir}, Options{})), len(Find([]string{one, dir}, Options{})); all != twice {
		t.Errorf("expected %d sources, found %d", all, twice)
	}
}

// TestRuleThatPanics: the rule is broken, and every other verdict stands.
func TestRuleThatPanics(t *testing.T) {
	o := options(3, 100)
	broken := *o.Rules[0]
	broken.ID, broken.Only, broken.New = "panics", nil, nil
	broken.Check = func(*rule.Trial, *traffic.Facts) { panic("planted") }
	o.Rules = append([]*rule.Rule{&broken}, o.Rules...)
	found, err := Sources(context.Background(), Find([]string{recorded}, Options{}), o)
	if err != nil {
		t.Fatal(err)
	}
	if v := found.Tally.Rules[0].Verdict(); v != rule.Broken || !strings.Contains(found.Tally.Rules[0].Error, "conformant.yaml:4") {
		t.Errorf("expected a broken rule with the first file's line, found %v: %s", v, found.Tally.Rules[0].Error)
	}
	want, err := Sources(context.Background(), Find([]string{recorded}, Options{}), options(1, 100))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Tally.Rules {
		if got := &found.Tally.Rules[i+1]; got.Passed != want.Tally.Rules[i].Passed || got.Failed != want.Tally.Rules[i].Failed {
			t.Errorf("%s: expected its counts untouched", got.ID)
		}
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("planted") }

// TestReaderThatPanics: the file is broken, and the others are judged.
func TestReaderThatPanics(t *testing.T) {
	o := options(1, 100)
	o.Input.Stdin = panicking{}
	found, err := Sources(context.Background(), Find([]string{"-", recorded}, Options{}), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Broken) != 1 || !strings.Contains(found.Broken[0].Error(), "planted") {
		t.Errorf("expected one fault, found %v", found.Broken)
	}
	if found.Tally.Traffic.Files != 2 {
		t.Errorf("expected the two other files judged, found %d", found.Tally.Traffic.Files)
	}
}

// TestManyPanics: of many files that meet the same bug, the first is told with
// its stack, some with a line each, and of the others how many there are.
func TestManyPanics(t *testing.T) {
	const n = 2*maxPanics + 5
	sources := slices.Repeat(Find([]string{"-"}, Options{}), n)
	for _, workers := range []int{1, 4} {
		o := options(workers, 100)
		o.Input.Stdin = panicking{}
		found, err := Sources(context.Background(), sources, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Broken) != maxPanics+1 {
			t.Fatalf("%d workers: expected %d faults, found %v", workers, maxPanics+1, found.Broken)
		}
		for i, err := range found.Broken {
			lines := strings.Split(err.Error(), "\n")
			want := "-: reading it panicked: planted"
			if i == maxPanics {
				want = fmt.Sprintf("reading %d more files panicked", n-maxPanics)
			}
			if lines[0] != want || (len(lines) > 1) != (i == 0) || i == 0 && !strings.Contains(err.Error(), "debug.Stack()") {
				t.Errorf("%d workers: fault %d: expected %q, with a stack for the first only, found %v", workers, i, want, err)
			}
		}
	}
}

// TestInterrupt: a pass ends although standard input never does, and tells what
// it has judged.
func TestInterrupt(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	o := options(2, 100)
	o.Input.Stdin = r
	go func() {
		line := `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":{"status":200,"body":"{}"}}` + "\n"
		w.Write([]byte(strings.Repeat(line, 3*batchExchanges))) // returns when it was read
		w.Write([]byte(`{"request":`))
		cancel()
	}()
	found, err := Sources(ctx, Find([]string{"-"}, Options{}), o)
	if err != context.Canceled || found == nil {
		t.Fatalf("expected an outcome and %v, found %v and %v", context.Canceled, found, err)
	}
	if n := found.Tally.Traffic.Exchanges; n > 3*batchExchanges || len(found.Tally.Errors) > 0 {
		t.Errorf("expected at most what was read, and no error for what was cut off; found %d exchanges, %v", n, found.Tally.Errors)
	}
}

// BenchmarkSources says what the pass costs around parsing and judging.
func BenchmarkSources(b *testing.B) {
	sources := Find([]string{recorded}, Options{})
	for b.Loop() {
		if _, err := Sources(context.Background(), sources, options(0, 100)); err != nil {
			b.Fatal(err)
		}
	}
}
