//go:build unix

package cli

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestServeUnread: a recording into a pipe that nobody reads is given up, and said to be.
func TestServeUnread(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe.ndjson")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	mbxcheck("", "serve", "--record", name).expect(t, exitBroken, "recording "+name+": nobody reads the pipe")
}
