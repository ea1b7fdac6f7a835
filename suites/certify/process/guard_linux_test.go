package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// glutton is what a client of TestGuard takes: mebibytes of memory, in as many
// processes as it says. It ends by itself when nobody ends it.
const glutton = "MBXCHECK_TEST_GLUTTON"

func beGlutton(amount string) {
	mebibytes, children := 0, 0
	if a, b, ok := strings.Cut(amount, " "); ok {
		mebibytes, _ = strconv.Atoi(a)
		children, _ = strconv.Atoi(b)
	}
	for range children {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestGuard$")
		cmd.Env = append(os.Environ(), glutton+"="+strconv.Itoa(mebibytes)+" 0")
		if err := cmd.Start(); err != nil {
			os.Exit(9)
		}
	}
	if children == 0 {
		held := make([]byte, mebibytes<<20)
		for i := 0; i < len(held); i += 4096 {
			held[i] = 1
		}
		defer func() { held[0] = 2 }() // it is held until then
	}
	time.Sleep(20 * time.Second)
	fmt.Println(survived)
}

// survived is what a client says that nobody ended.
const survived = "survived"

// TestGuard: a client that takes more than it may is ended at once, with all that
// it started, and told of what. Each attempt is bounded by itself, too.
func TestGuard(t *testing.T) {
	if amount := os.Getenv(glutton); amount != "" {
		beGlutton(amount)
		return
	}
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() == 0 {
		t.Run("user", func(t *testing.T) { asNobody(t, "TestGuard") })
	}
	self := []string{"/proc/self/exe", "-test.run=^TestGuard$"}
	for _, c := range []struct {
		name    string
		command []string
		env     string
		limits  Limits
		want    string // "" for one that is not ended
	}{
		{"fork bomb", []string{"sh", "-c", "i=0; while [ $i -lt 300 ]; do sleep 20 & i=$((i+1)); done; wait; echo " + survived}, "", Limits{Tasks: 60}, "processes and threads at once, and may have 60"},
		{"few processes", []string{"sh", "-c", "i=0; while [ $i -lt 40 ]; do sleep 0.3 & i=$((i+1)); done; wait"}, "", Limits{Tasks: 60}, ""},
		{"memory of one", self, "300 0", Limits{Total: 100 << 20}, "of memory, and may have 100 MiB"},
		{"memory of many", self, "60 4", Limits{Total: 200 << 20}, "of memory, and may have 200 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Command: c.command, Isolate: true, Dir: "/", Env: []string{glutton + "=" + c.env}, Limits: c.limits}
			p, _ := must(t, o)
			err := ended(t, p)
			var how *Exit
			switch {
			case c.want == "" && err != nil:
				t.Errorf("expected it to end well, found %v\n%s", err, p.Output())
			case c.want != "" && (!errors.As(err, &how) || !strings.HasSuffix(how.Over, c.want)):
				t.Errorf("expected it ended since %q, found %v\n%s", c.want, err, p.Output())
			case c.want != "" && strings.Contains(p.Output(), survived):
				t.Error("expected it ended at once, found it told at its own end")
			case c.want != "":
				t.Log(err)
			}
		})
	}
}

// TestKernelBoundsProcesses: what comes between two looks of the guard is bounded
// by the kernel, and this machine's own bound is left alone.
func TestKernelBoundsProcesses(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() == 0 {
		t.Run("user", func(t *testing.T) { asNobody(t, "TestKernelBoundsProcesses") })
	}
	const tasks = 50
	name, command, want := "RLIMIT_NPROC", "sed -n 's/^Max processes *\\([0-9]*\\).*/\\1/p' /proc/self/limits", headroom*tasks
	since := kernelSince(5, 14)
	if os.Geteuid() == 0 {
		name, command, want, since = "pid_max", "cat /proc/sys/kernel/pid_max", headroom*tasks+reservedNumbers, kernelSince(6, 14)
	}
	if !since {
		t.Skipf("this kernel has no %s of a namespace", name)
	}
	before, _ := os.ReadFile("/proc/sys/kernel/pid_max")
	p, _ := must(t, Options{Command: []string{"sh", "-c", command}, Isolate: true, Dir: "/", Limits: Limits{Tasks: tasks}})
	if err := ended(t, p); err != nil || strings.TrimSpace(p.Output()) != strconv.Itoa(want) {
		t.Errorf("expected %s of %d, found %v %s", name, want, err, p.Output())
	}
	if after, _ := os.ReadFile("/proc/sys/kernel/pid_max"); string(after) != string(before) {
		t.Fatalf("expected this machine's pid_max as it was, %s, found %s", before, after)
	}
}

// TestDiskIsBounded: files that each are small enough are not, together.
func TestDiskIsBounded(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() == 0 {
		t.Run("user", func(t *testing.T) { asNobody(t, "TestDiskIsBounded") })
	}
	for _, where := range []string{"$HOME", "$TMPDIR", "/tmp", "/dev/shm", "."} {
		o := Options{
			Command: []string{"sh", "-c", "for i in 1 2 3 4; do head -c 3000000 /dev/zero > " + where + "/$i || exit 3; done"},
			Isolate: true, Dir: t.TempDir(), Limits: Limits{Disk: 8 << 20, File: 4 << 20},
		}
		p, _ := must(t, o)
		if err := ended(t, p); err == nil || !strings.Contains(p.Output(), "No space left") || !strings.Contains(p.Output(), "--writable DIR") {
			t.Errorf("%s: expected it to find the disk full and be told, found %v\n%s", where, err, p.Output())
		}
	}
}

func TestThreadsAndPages(t *testing.T) {
	for text, want := range map[string][2]int64{
		"7 (a b) c) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 9 0 100 2 5 18446744073709551615 1": {9, 5},
		"7 (x) S 1": {0, 0},
		"":          {0, 0},
	} {
		if threads, pages := threadsAndPages([]byte(text)); int64(threads) != want[0] || pages != want[1] {
			t.Errorf("%q: expected %v, found %d %d", text, want, threads, pages)
		}
	}
}
