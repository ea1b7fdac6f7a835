package suites

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/judge"
)

var updateCorpus = flag.Bool("update-corpus", false, "write testdata/corpus.tsv anew, keeping the judgements that are there")

// corpusDir holds other people's recordings, which this project may read and
// not ship.
const corpusDir = "../../shared/corpus"

// expectation is what one rule says of one recorded file, and whether that is
// so: the table's rows are read and judged by people.
type expectation struct {
	file, rule string
	level      string
	findings   int64
	judgement  string // true, false, or ? for not judged yet
	why        string
}

// TestCorpus holds the findings on real traffic, every host taken, against the
// table: no more and no less, each judged, and no false alarm of level must.
func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpusDir); err != nil {
		t.Skipf("SKIPPED: %s is not there, so that findings on real traffic are not compared", corpusDir)
	}
	table, err := readExpectations("testdata/corpus.tsv")
	if err != nil && !*updateCorpus {
		t.Fatal(err)
	}
	found, files := judgeCorpus(t)
	if *updateCorpus {
		writeExpectations(t, found, table)
		return
	}
	compareExpectations(t, found, table)
	t.Logf("%d files, %d rows of findings", files, len(found))
}

func compareExpectations(t *testing.T, found, table []expectation) {
	for _, f := range found {
		at := slices.IndexFunc(table, func(e expectation) bool { return e.file == f.file && e.rule == f.rule })
		if at < 0 {
			t.Errorf("%s: %s reports %d findings that the table does not hold", f.file, f.rule, f.findings)
			continue
		}
		if e := table[at]; e.findings != f.findings {
			t.Errorf("%s: %s: expected %d findings, found %d", f.file, f.rule, e.findings, f.findings)
		}
		table = slices.Delete(table, at, at+1)
	}
	for _, e := range table {
		if e.findings > 0 {
			t.Errorf("%s: %s: expected %d findings, found none", e.file, e.rule, e.findings)
		}
		if e.judgement != "true" && e.level == string(clause.Must) {
			t.Errorf("%s: %s: a finding of level must that is judged %q", e.file, e.rule, e.judgement)
		}
	}
}

// judgeCorpus judges each file by itself, as lint --host '*' does.
func judgeCorpus(t *testing.T) (found []expectation, files int) {
	o, err := judge.Config{Hosts: []string{"*"}}.Options()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range judge.Find([]string{corpusDir}, o) {
		one, err := judge.Sources(context.Background(), []judge.Source{source}, o)
		if err != nil {
			t.Fatal(err)
		}
		tally := one.Tally
		if tally.Traffic.Unrecognised > 0 {
			continue
		}
		for _, err := range tally.Errors {
			t.Errorf("expected every recording to be read: %s", err.Text)
		}
		files++
		name, _ := filepath.Rel(corpusDir, source.Path)
		for i := range tally.Rules {
			if r := &tally.Rules[i]; r.Failed > 0 {
				found = append(found, expectation{file: filepath.ToSlash(name), rule: r.ID, level: string(r.Level()), findings: r.Failed})
			}
		}
	}
	return found, files
}

const corpusHeader = `# What the rules say of other people's recordings (every host taken), and
# whether it is so. Columns: file, rule, level, findings, true or false alarm, why.
# Files that are not named have no findings.
`

func readExpectations(name string) ([]expectation, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var table []expectation
	s := bufio.NewScanner(f)
	for line := 1; s.Scan(); line++ {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		cells := strings.Split(s.Text(), "\t")
		var e expectation
		if len(cells) == 6 {
			e = expectation{file: cells[0], rule: cells[1], level: cells[2], judgement: cells[4], why: cells[5]}
			_, err = fmt.Sscan(cells[3], &e.findings)
		}
		if len(cells) != 6 || err != nil || e.why == "" {
			return nil, fmt.Errorf("%s:%d: expected file, rule, level, findings, judgement and reason between tabs, found %q", name, line, s.Text())
		}
		table = append(table, e)
	}
	return table, s.Err()
}

func writeExpectations(t *testing.T, found, table []expectation) {
	var b strings.Builder
	b.WriteString(corpusHeader)
	slices.SortStableFunc(found, func(a, b expectation) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.file, b.file))
	})
	for _, f := range found {
		f.judgement, f.why = "?", "not judged yet"
		for _, e := range table {
			if e.file == f.file && e.rule == f.rule {
				f.judgement, f.why = e.judgement, e.why
			}
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%s\t%s\n", f.file, f.rule, f.level, f.findings, f.judgement, f.why)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/corpus.tsv", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
