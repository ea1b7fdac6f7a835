package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/mask"
)

// TestRecord: secrets are masked wherever writes cut them, lines and files have
// an end, and what stood there before is gone.
func TestRecord(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "x.log")
	if err := os.WriteFile(name, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := openRecord(name)
	if err != nil {
		t.Fatal(err)
	}
	r.hide = mask.New(secretsOf(Options{APIKey: "the-key-1", SecretKey: "the-secret-2"}, []string{"MY_TOKEN=open sesame", "LANG=C.UTF-8", "KEYS=short"})...)
	one, two := r.stream(), r.stream()
	for _, b := range []byte("key the-key-1\nnot masked: short, C.UTF-8\n") {
		one.Write([]byte{b})
		two.Write([]byte{b})
	}
	fmt.Fprint(one, strings.Repeat("x ", maxLogLine/2-3)+"the-secret-2\n")
	fmt.Fprint(two, "open sesame, and no end")
	r.close()
	fmt.Fprint(one, "too late\n")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if strings.Count(got, "key …\n") != 2 || strings.Count(got, "not masked: short, C.UTF-8\n") != 2 || !strings.HasSuffix(got, "…, and no end\n") {
		t.Errorf("found %.300q", got)
	}
	for _, unwanted := range []string{"old", "the-key-1", "the-s", "sesame", "too late"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("expected no %q", unwanted)
		}
	}
	if !strings.Contains(got, "bytes more)\n") {
		t.Error("expected a long line to be cut")
	}
	if r, err = openRecord(name); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat(strings.Repeat("y", 30)+"\n", 1<<10)
	for w, n := r.stream(), 0; n < maxLog+1<<20; n += len(long) {
		fmt.Fprint(w, long)
	}
	r.close()
	if text, err = os.ReadFile(name); err != nil || len(text) > maxLog+200 || !strings.HasSuffix(string(text), "keeps no more than 4194304 bytes of this)\n") {
		t.Errorf("expected a file with an end, found %d bytes, %v", len(text), err)
	}
}

// TestSecretOfManyLines: a key in PEM is masked though output is masked by lines.
func TestSecretOfManyLines(t *testing.T) {
	m := mask.New(secretsOf(Options{APIKey: "abcdefgh"}, []string{"SIGNING_KEY=-----BEGIN X-----\nMC4CAQAw+BQYDK2VwBCIEI/and-more\n-----END X-----\n", "OTHER_KEY=abcdefghijkl"})...)
	if got := m.Text("| MC4CAQAw+BQYDK2VwBCIEI/and-more |"); got != "| … |" {
		t.Errorf("found %q", got)
	}
	if got := m.Text("abcdefghijkl"); got != "…" {
		t.Errorf("expected the longer secret masked whole, found %q", got)
	}
}

// TestTailBeginsWithAWholeLine: where output is cut, half a secret is not shown.
func TestTailBeginsWithAWholeLine(t *testing.T) {
	for _, end := range []string{"\nlast\n", ""} {
		out := tail{hide: mask.New("the-secret-of-the-account")}
		fmt.Fprint(&out, "the-secret-of-the-account ")
		fmt.Fprint(&out, strings.Repeat("x ", (maxOutput-len(end)-10)/2)+end)
		got := out.String()
		if strings.Contains(got, "account") || strings.Contains(got, "secret") || !strings.HasSuffix(got, strings.TrimPrefix(end, "\n")) {
			t.Errorf("found %.80q and %d bytes", got, len(got))
		}
		if !strings.HasPrefix(got, "(") {
			t.Errorf("expected words on what is not shown, found %.80q", got)
		}
	}
}
