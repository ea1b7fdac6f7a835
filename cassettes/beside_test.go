package cassettes

import (
	"archive/zip"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// playwright is a recording whose bodies lie in files beside it, made by hand
// as Playwright 1.65 writes them (harTracer.ts, "content: attach"). One is not
// there, one's name climbs out of the directory.
const playwright = "testdata/playwright"

// bodies lists the bodies of requests and responses; "-" for one not recorded.
func bodies(t *testing.T, xs iter.Seq2[*traffic.Exchange, error]) (all []string) {
	for x, err := range xs {
		if err != nil {
			t.Fatal(err)
		}
		if x.Request.Method != "GET" {
			all = append(all, bodyOr(x.Request.Body, x.Gaps.Has(traffic.GapRequestBody)))
		}
		all = append(all, bodyOr(x.Response.Body, x.Gaps.Has(traffic.GapResponseBody)))
	}
	return all
}

func bodyOr(body []byte, missing bool) string {
	if missing {
		return "-"
	}
	return string(body)
}

var attachedBodies = []string{
	"{}",
	`[[1563616740000,"0.00887300","0.00888000","0.00887100","0.00887900","55.31000000",1563616799999,"0.49103331",12,"30.10000000","0.26720900","0"]]`,
	"symbol=LTCXYZ&side=BUY&type=MARKET&quantity=1&timestamp=1563616802000&signature=" + strings.Repeat("ab", 32),
	`{"code":-1121,"msg":"Invalid symbol."}`,
	"-", "-",
}

// TestBeside reads bodies that lie in files beside the recording, wherever that
// is, and no other file.
func TestBeside(t *testing.T) {
	log, err := os.ReadFile(playwright + "/har.har")
	if err != nil {
		t.Fatal(err)
	}
	packed := filepath.Join(t.TempDir(), "har.har.gz")
	write(t, packed, gzipped(string(log)))
	linked := filepath.Join(t.TempDir(), "har.har")
	write(t, linked, string(log))
	members := []member{{"run/har.har", string(log)}, {"outside.json", "{}"}}
	files, err := os.ReadDir(playwright)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name() == "har.har" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(playwright, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, member{"run/" + f.Name(), string(text)})
		write(t, filepath.Join(filepath.Dir(packed), f.Name()), string(text))
		away, err := filepath.Abs(filepath.Join(playwright, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(away, filepath.Join(filepath.Dir(linked), f.Name())); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	archive := filepath.Join(t.TempDir(), "har.zip")
	write(t, archive, zipped(zip.Deflate, members...))
	inZip := slices.Clone(attachedBodies)
	inZip[5] = "{}" // within the archive a name may climb
	none := []string{"-", "-", "-", "-", "-", "-"}
	for path, want := range map[string][]string{
		playwright + "/har.har": attachedBodies, packed: attachedBodies, archive: inZip, linked: none,
	} {
		var got, names []string
		for f, err := range Files([]string{path}) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, strings.TrimPrefix(f.Path, filepath.Dir(path)+"/"))
			for rec, err := range f.Recordings(Options{}) {
				if err == nil {
					got = append(got, bodies(t, rec.Exchanges())...)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", path, got, want)
		}
		if path == archive && !slices.Equal(names, []string{"har.zip!run/har.har", "har.zip!outside.json"}) {
			t.Errorf("members: %q, expected the bodies to be left out", names)
		}
	}
	rec, err := OpenInput(formattest.Input(log, "stream"))
	if err != nil {
		t.Fatal(err)
	}
	if got := bodies(t, rec.Exchanges()); !slices.Equal(got, none) {
		t.Errorf("a stream: got %q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
