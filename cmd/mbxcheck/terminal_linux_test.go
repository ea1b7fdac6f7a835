package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal of 80 columns; what is written to tty is
// read from screen.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { tty.Close() })
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	return screen, tty
}

// shown runs a command whose output goes to a terminal and returns all of it.
func shown(t *testing.T, env string, args ...string) string {
	t.Helper()
	screen, tty := terminal(t)
	cmd := command(t, args...)
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=", env)
	cmd.Stdout = tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close() // the screen ends when the program does
	var all bytes.Buffer
	all.ReadFrom(screen) // ends with EIO on Linux
	cmd.Wait()
	return all.String()
}

func TestColorOnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  string
		flag string
		want bool
	}{
		{"", "auto", true},
		{"", "never", false},
		{"NO_COLOR=1", "auto", false},
		{"NO_COLOR=1", "always", true},
		{"TERM=dumb", "auto", false},
	} {
		out := shown(t, c.env, "lint", "--color", c.flag, recorded)
		if got := strings.Contains(out, "\x1b["); got != c.want {
			t.Errorf("%s --color %s: expected colours %v, found %v", c.env, c.flag, c.want, got)
		}
		if !strings.Contains(out, "back-off-after-429") {
			t.Errorf("expected the report, found %q", out)
		}
		for line := range strings.SplitSeq(out, "\n") {
			if n := len([]rune(strings.TrimSpace(line))); !c.want && n > 80 {
				t.Errorf("expected 80 columns at most, found %d: %q", n, line)
			}
		}
	}
}

// TestProgressOnATerminal waits for the bar of a program that waits for input,
// ends the input, and expects the bar gone and standard output clean.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	screen, tty := terminal(t)
	cmd := command(t, "lint", "--format", "json", "-")
	cmd.Env = append(cmd.Env, "TERM=xterm")
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, tty
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	fmt.Fprintln(stdin, `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":{"status":200,"body":"{}"}}`)
	var seen bytes.Buffer
	readUntil(t, screen, &seen, "exchanges/s")
	stdin.Close()
	seen.ReadFrom(screen)
	if got := code(t, cmd.Wait()); got != 0 {
		t.Errorf("expected exit code 0, found %d", got)
	}
	if !strings.HasSuffix(seen.String(), "\r\x1b[K") {
		t.Errorf("expected the bar taken away, found %q", seen.String())
	}
	if !strings.HasPrefix(stdout.String(), "{") || strings.Contains(stdout.String(), "\x1b") {
		t.Errorf("expected the report alone, found %q", stdout.String())
	}
}

func readUntil(t *testing.T, from *os.File, into *bytes.Buffer, text string) {
	t.Helper()
	buf := make([]byte, 1024)
	for !strings.Contains(into.String(), text) {
		n, err := from.Read(buf)
		if err != nil {
			t.Fatalf("expected %q, found %q and %v", text, into.String(), err)
		}
		into.Write(buf[:n])
	}
}
