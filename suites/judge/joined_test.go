package judge

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestJoinedIsWhole: a recording that goes on in another file is judged as if it stood in
// one, wherever it was cut: what each rule counts is the same.
func TestJoinedIsWhole(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../general/testdata/*/*-*.txt")
	if err != nil || len(files) < 500 {
		t.Fatal(len(files), err)
	}
	apart := 0 // cuts that would be seen
	dir := t.TempDir()
	for i, file := range files {
		if i%7 != 0 { // of each rule some, and all take too long
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := conversation.Parse(edition.Default(), file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		xs := c.Exchanges
		want := counts(t, false, written(t, dir, "0", xs))
		for cut := 1; cut < len(xs); cut += max(1, len(xs)/3) {
			parts := []string{written(t, dir, "1", xs[:cut]), written(t, dir, "2", xs[cut:])}
			if got := counts(t, true, parts...); got != want {
				t.Errorf("%s cut behind exchange %d: expected\n%s\nfound\n%s", file, cut, want, got)
			}
			if counts(t, false, parts...) != want {
				apart++
			}
		}
	}
	if apart < 20 {
		t.Errorf("expected recordings that are judged otherwise where their files are not joined, found %d", apart)
	}
}

func written(t *testing.T, dir, name string, xs []*traffic.Exchange) string {
	t.Helper()
	file := filepath.Join(dir, name+".ndjson")
	text, err := cassettes.Encode(file, slices.Values(xs), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// counts is what each rule counted.
func counts(t *testing.T, joined bool, files ...string) string {
	t.Helper()
	o := options(1, 0)
	o.Joined, o.Engine.Hosts = joined, rule.Hosts{}
	found, err := Sources(context.Background(), Find(files, Options{}), o)
	if err != nil || found.Tally.Traffic.Files != int64(len(files)) || len(found.Tally.Errors) > 0 {
		t.Fatal(err, found)
	}
	var b strings.Builder
	for _, r := range found.Tally.Rules {
		if r.Exercised() > 0 {
			fmt.Fprintln(&b, r.ID, r.Passed, r.Failed, r.Inconclusive)
		}
	}
	return b.String()
}

// TestJoinedLacksAFile: where a file of the recording can't be read, what it held is in
// doubt as an entry is that can't be read, and nobody is blamed for it.
func TestJoinedLacksAFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../general/testdata/proxy-answers-own/good.txt")
	if err != nil {
		t.Fatal(err)
	}
	c, err := conversation.Parse(edition.Default(), "good.txt", string(text))
	if err != nil {
		t.Fatal(err)
	}
	xs, dir := c.Exchanges, t.TempDir()
	if len(xs) != 2 {
		t.Fatalf("expected both sides of a hop, found %d exchanges", len(xs))
	}
	front, behind := xs[:1], xs[1:]
	if front[0].Annotation.Hop.Side != traffic.Front {
		front, behind = behind, front
	}
	broken := filepath.Join(dir, "2.ndjson")
	for _, parts := range [][]string{
		{broken, written(t, dir, "3", front)},
		{written(t, dir, "1", front), broken},
	} {
		written(t, dir, "2", behind)
		for _, bad := range []string{"garbage", "no file"} {
			os.Remove(broken)
			if bad == "garbage" {
				if err := os.WriteFile(broken, []byte(bad), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			o := options(1, 0)
			o.Joined, o.Engine.Hosts = true, rule.Hosts{}
			found, err := Sources(t.Context(), Find(parts, Options{}), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range found.Tally.Rules {
				if r.Failed > 0 {
					t.Errorf("%q: expected nobody to be blamed, found %s: %+v", bad, r.ID, r.Findings)
				}
			}
			if len(found.Tally.Errors) != 1 {
				t.Errorf("%q: expected an error, found %v", bad, found.Tally.Errors)
			}
		}
	}
}
