package mask_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// conversations are those of the rules' cases and of the shipped recordings, by
// name.
func conversations(t *testing.T) map[string][]*traffic.Exchange {
	t.Helper()
	all := map[string][]*traffic.Exchange{}
	files, err := fs.Glob(general.Cases, "testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("expected cases, found %d (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(general.Cases, file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := conversation.Parse(edition.Default(), file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		all[file] = c.Exchanges
	}
	recorded, err := filepath.Glob("../../cassettes/recorded/*.yaml")
	if err != nil || len(recorded) == 0 {
		t.Fatalf("expected recordings, found %d (%v)", len(recorded), err)
	}
	for _, file := range recorded {
		r, err := cassettes.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = read(t, r)
	}
	return all
}

func read(t *testing.T, r *cassettes.Recording) []*traffic.Exchange {
	t.Helper()
	defer r.Close()
	var list []*traffic.Exchange
	for x, err := range r.Exchanges() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x.Clone())
	}
	return list
}

// verdicts are what all rules say, with their counts and where they found what.
func verdicts(list []*traffic.Exchange) string {
	e := engine.New(rule.All(edition.Default()), engine.Options{Edition: edition.Default()})
	e.Begin()
	for _, x := range list {
		e.Observe(x)
	}
	e.End()
	var b strings.Builder
	for _, r := range e.Tally().Rules {
		fmt.Fprintf(&b, "%s: %s, %d passed, %d failed, %d inconclusive", r.ID, r.Verdict(), r.Passed, r.Failed, r.Inconclusive)
		for _, f := range r.Findings {
			fmt.Fprintf(&b, ", exchange %d", f.At.Exchange)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// laden puts secrets into exchanges, each under several names and in several
// encodings, without which few of them hold any.
func laden(list []*traffic.Exchange) []*traffic.Exchange {
	keys := []string{"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", "mvPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", "short-1", "short-2"}
	out := make([]*traffic.Exchange, len(list))
	for i, x := range list {
		out[i] = x.Clone()
		if x.Statement() {
			continue
		}
		k := keys[i%len(keys)]
		r := &out[i].Request
		if _, has := r.Header.Get("X-MBX-APIKEY"); has {
			r.Header.Set("X-MBX-APIKEY", k)
		}
		r.Header = append(r.Header, traffic.Field{Name: "X-Auth-Token", Value: k}, traffic.Field{Name: "Referer", Value: "http://x/?token=" + k})
		sign := "?"
		if strings.Contains(r.URL, "?") {
			sign = "&"
		}
		r.URL += sign + "listenKey=" + k
	}
	return out
}

// TestMaskedExchangesAreJudgedAlike holds what rules say of masked exchanges
// against what they say of the exchanges.
func TestMaskedExchangesAreJudgedAlike(t *testing.T) {
	for name, list := range conversations(t) {
		for _, list := range [][]*traffic.Exchange{list, laden(list)} {
			m := mask.New("vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A")
			var masked, twice []*traffic.Exchange
			for _, x := range list {
				y := m.Exchange(x)
				masked, twice = append(masked, y), append(twice, m.Exchange(y))
			}
			want := verdicts(list)
			if got := verdicts(masked); got != want {
				t.Errorf("%s: masked: %s", name, firstOther(want, got))
			}
			if fmt.Sprint(deep(masked)) != fmt.Sprint(deep(twice)) {
				t.Errorf("%s: masked twice it is another", name)
			}
		}
	}
}

// TestMaskedRecordingsAreJudgedAlike compares recordings in each format with what
// they would be if nothing were hidden: what a format loses is not masking's doing.
func TestMaskedRecordingsAreJudgedAlike(t *testing.T) {
	for name, list := range conversations(t) {
		for _, form := range []string{".yaml", ".har", ".ndjson"} {
			if form != ".ndjson" && slices.ContainsFunc(list, (*traffic.Exchange).Statement) {
				continue // which they have no place for
			}
			list := laden(list)
			got := verdicts(reread(t, written(t, form, list)))
			plain := verdicts(unmask(list, reread(t, written(t, form, list))))
			if got != plain {
				t.Errorf("%s: as %s: %s", name, form, firstOther(plain, got))
			}
		}
	}
}

// unmask puts into exchanges that were read what the writer was given.
func unmask(given, got []*traffic.Exchange) []*traffic.Exchange {
	for i, x := range got {
		x.Request.URL, x.Request.Body = given[i].Request.URL, given[i].Request.Body
		for j, f := range x.Request.Header {
			if v, ok := given[i].Request.Header.Get(f.Name); ok {
				x.Request.Header[j].Value = v
			}
		}
		if len(x.Response.Body) == len(given[i].Response.Body) {
			x.Response.Body = given[i].Response.Body
		}
	}
	return got
}

// written is a recording as a file of that ending has it.
func written(t *testing.T, ending string, list []*traffic.Exchange) []byte {
	t.Helper()
	text, err := cassettes.Encode("x"+ending, slices.Values(list), nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reread(t *testing.T, text []byte) []*traffic.Exchange {
	t.Helper()
	r, err := cassettes.OpenInput(format.FromText(text, "recording", format.DefaultLimits()))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, r)
}

func deep(list []*traffic.Exchange) (all []any) {
	for _, x := range list {
		all = append(all, x.Request, string(x.Response.Body), x.Response.Header, x.Client)
	}
	return all
}

// firstOther is the first line in which two texts differ.
func firstOther(want, got string) string {
	others := strings.Split(got, "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(others) || others[i] != line {
			return fmt.Sprintf("expected %q, found %q", line, others[min(i, len(others)-1)])
		}
	}
	return "nothing"
}
