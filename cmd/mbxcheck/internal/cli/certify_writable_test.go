package cli

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/process"
)

// TestWritableIsForIsolation: it means nothing to a client that may write anyway,
// and names a directory.
func TestWritableIsForIsolation(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--writable", dir, "--proxy", "--", "true"}, "found --proxy"},
		{[]string{"--writable", dir, "--", "true", "{url}"}, "found {url}"},
		{[]string{"--writable", dir + "/none", "--", "true"}, "expected a directory that there is"},
	} {
		mbxcheck("", append([]string{"certify"}, c.args...)...).expect(t, exitUsage, c.want)
	}
}

// TestReproduceSaysWhatIsWritable: without it the client would not run again.
func TestReproduceSaysWhatIsWritable(t *testing.T) {
	t.Parallel()
	if err := process.CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	o := mbxcheck("", "certify", "--isolate", "--observe", "--scenario", "refused-read", "--writable", dir, "--format", "json", "--", "true")
	o.expect(t, exitNotExercised, "--scenario refused-read --writable "+dir[:5])
}
