package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	certified = "../../../../reports/testdata/certified.yaml"
	refused   = "../../../../reports/testdata/refused.yaml"
)

// certificatesIn makes a directory with two certificates, one of them deep, and
// what else lies beside certificates.
func certificatesIn(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, from := range map[string]string{"ccxt.yaml": certified, "deep/er/mbxcheck-report.yml": refused} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), string(data))
	}
	put(t, filepath.Join(dir, "deep/er/evidence/L08-limit-429.yaml"), "version: 2\ninteractions: []\n")
	put(t, filepath.Join(dir, "notes.yaml"), "# schema: mbxcheck-certificate/1\n")
	put(t, filepath.Join(dir, "ccxt.json"), "{}")
	return dir
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestMatrix(t *testing.T) {
	dir := certificatesIn(t)
	mbxcheck("", "matrix", dir).expect(t, 0, "| ccxt | 4.5.1 |", "✗ obeys[^2]<br>✗ tells", "[certified for market-data](")
	mbxcheck("", "matrix", certified, refused, certified).expect(t, 0, "[not certified](")

	page, data := filepath.Join(dir, "docs", "clients.html"), filepath.Join(dir, "clients.json")
	put(t, page, "an older one")
	mbxcheck("", "matrix", "--format", "html="+page, "--format", "json="+data, dir).expect(t, 0, "| ccxt |")
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), `href="../deep/er/evidence/L08-limit-429.yaml"`) {
		t.Errorf("expected links from where the page is, found %v\n%s", err, html)
	}
	text, err := os.ReadFile(data)
	var doc struct {
		Clients []struct{ Certificate string }
	}
	if err != nil || json.Unmarshal(text, &doc) != nil || len(doc.Clients) != 2 || doc.Clients[1].Certificate != "deep/er/mbxcheck-report.yml" {
		t.Errorf("found %v and\n%s", err, text)
	}
	if o := mbxcheck("", "matrix", "--format", "json", "-o", data, dir); o.code != 0 || o.out != "" {
		t.Errorf("expected nothing on standard output, found %d and\n%s%s", o.code, o.out, o.err)
	}
}

// TestMatrixLeavesSamplesOut: the certificates of this package's own tests are
// none of clients that there are; whoever names them has them.
func TestMatrixLeavesSamplesOut(t *testing.T) {
	dir := certificatesIn(t)
	sample, err := os.ReadFile(certified)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "testdata", "sample.yaml"), strings.Replace(string(sample), "name: ccxt", "name: nobody", 1))
	o := mbxcheck("", "matrix", dir)
	o.expect(t, 0, "| ccxt |", "testdata left out", "to have it in the table, name it")
	if strings.Contains(o.out, "| nobody |") {
		t.Errorf("expected no sample, found\n%s", o.out)
	}
	mbxcheck("", "matrix", filepath.Join(dir, "testdata")).expect(t, 0, "| nobody |")
	mbxcheck("", "matrix", "../../../../reports").expect(t, exitUsage, "no certificate found in", "testdata left out")
}

func TestBadge(t *testing.T) {
	dir := certificatesIn(t)
	for name, want := range map[string]string{"badge.svg": "<title>mbxcheck: certified for market-data</title>", "badge.json": `"message": "certified for market-data"`} {
		file := filepath.Join(dir, name)
		if o := mbxcheck("", "matrix", "--badge", file, certified); o.code != 0 || o.out != "" {
			t.Errorf("%s: expected the badge alone, found %d and\n%s%s", name, o.code, o.out, o.err)
		}
		if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: expected %s, found %v and\n%s", name, want, err, data)
		}
		mbxcheck("", "matrix", "--badge", file, "--format", "markdown", certified).expect(t, 0, "| ccxt |")
	}
	mbxcheck("", "matrix", "--badge", filepath.Join(dir, "badge.svg"), dir).expect(t, exitUsage, "expected one certificate, found 2")
}

func TestMatrixOfWhatIsNone(t *testing.T) {
	t.Parallel()
	dir := certificatesIn(t)
	broken := filepath.Join(dir, "broken.yaml")
	put(t, broken, "schema: mbxcheck-certificate/1\nverdict: great\n")
	copied := filepath.Join(dir, "ccxt.yaml")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{nil, exitUsage, []string{"at least one REPORT", "For example"}},
		{[]string{t.TempDir()}, exitUsage, []string{"no certificate found in", "mbxcheck certify"}},
		{[]string{filepath.Join(dir, "none.yaml")}, exitUsage, []string{"none.yaml", "no such file"}},
		{[]string{dir}, exitUsage, []string{"broken.yaml:", "| ccxt |", "holds the others"}},
		{[]string{conformant}, exitUsage, []string{"conformant.yaml", "nothing was written"}},
		{[]string{"--format", "htm", certified}, exitUsage, []string{"did you mean html?"}},
		{[]string{"--format", "html", "--format", "json", certified}, exitUsage, []string{"two reports"}},
		{[]string{"--badge", "badge.png", certified}, exitUsage, []string{"ends in .svg or .json"}},
		{[]string{"--badge", "./a.json", "--format", "json=a.json", certified}, exitUsage, []string{"both for the file"}},
		{[]string{"-o", copied, copied}, exitUsage, []string{"written over"}},
		{[]string{"--format", "html=" + dir + "/none/x.html", certified}, exitUsage, []string{"can't be written"}},
	} {
		mbxcheck("", append([]string{"matrix"}, c.args...)...).expect(t, c.code, c.want...)
	}
	if data, err := os.ReadFile(copied); err != nil || !strings.Contains(string(data), "mbxcheck-certificate/1") {
		t.Errorf("expected the certificate to stand, found %v and\n%s", err, data)
	}
}
