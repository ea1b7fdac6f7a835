package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// guardLook is how often the first process of an isolated client counts what
	// the others take. On two busy cores a fork bomb starts some hundred
	// processes in it, and a program that fills memory takes some hundred
	// megabytes; counting takes some ten microseconds a process.
	guardLook = 100 * time.Millisecond

	// guardRest is how long the memory of processes that share much is not
	// counted anew, which takes milliseconds for each gigabyte.
	guardRest = time.Second

	// headroom is how many times the processes that a client may have the kernel
	// lets it have, where it can be told: so many are never seen, and the first
	// beyond the limit are seen before that.
	headroom = 2

	// reservedNumbers are the process numbers that the kernel does not give again.
	reservedNumbers = 300
)

// guard ends everybody in this world when they take more than they may, and says
// so. What the kernel bounds by itself (each process, the files) is no part of it.
// A control group would bound all, but few users may make one.
type guard struct {
	limits Limits
	mu     sync.Mutex
	over   string    // "" while nothing was over
	rest   time.Time // until when memory is not counted
}

// newGuard bounds nothing where /proc is not this world's own: others would be
// counted.
func newGuard(l Limits) *guard {
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		l.Tasks, l.Total = 0, 0
	}
	return &guard{limits: l}
}

// watch looks until something is over.
func (g *guard) watch() {
	if g.limits.Tasks <= 0 && g.limits.Total <= 0 {
		return
	}
	for range time.Tick(guardLook) {
		if g.look() != "" {
			_ = syscall.Kill(-1, syscall.SIGKILL) // everybody but this process, at once
			return
		}
	}
}

// look counts, and returns what is over or was before, half a sentence; "" for
// nothing.
func (g *guard) look() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over != "" || g.limits.Tasks <= 0 && g.limits.Total <= 0 {
		return g.over
	}
	t := takenInside(g.limits.Tasks)
	switch now := time.Now(); {
	case g.limits.Tasks > 0 && t.tasks > g.limits.Tasks:
		g.over = fmt.Sprintf("it had %d processes and threads at once, and may have %d", t.tasks, g.limits.Tasks)
	case g.limits.Total > 0 && t.memory > g.limits.Total && now.After(g.rest):
		if shared := t.proportional(); shared > g.limits.Total {
			g.over = fmt.Sprintf("its processes had %s of memory, and may have %s", mebibytes(shared), mebibytes(g.limits.Total))
		}
		g.rest = now.Add(guardRest)
	}
	return g.over
}

func mebibytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }

// taken is what the processes of this world take together, the first aside.
type taken struct {
	tasks     int   // processes and threads
	memory    int64 // bytes, those that are shared counted for each who has them
	processes []int
}

// takenInside reads /proc, which is this world's own. Where the processes alone
// are more than enough, nothing else of them is read: among so many, this one has
// little time.
func takenInside(enough int) taken {
	var t taken
	dir, err := os.Open("/proc")
	if err != nil {
		return t
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what was read counts
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid != os.Getpid() {
			t.processes = append(t.processes, pid)
		}
	}
	if t.tasks = len(t.processes); enough > 0 && t.tasks > enough {
		return t
	}
	t.tasks = 0
	for _, pid := range t.processes {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended
		}
		threads, pages := threadsAndPages(text)
		t.tasks += max(threads, 1)
		t.memory += pages * int64(os.Getpagesize())
	}
	return t
}

// threadsAndPages are of /proc/PID/stat, as proc_pid_stat(5) counts its fields: 20
// and 24. Its second field is a name in parentheses, which may hold anything.
func threadsAndPages(stat []byte) (threads int, pages int64) {
	const first = 3 // of what follows the name
	rest := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(rest) <= 24-first {
		return 0, 0
	}
	threads, _ = strconv.Atoi(string(rest[20-first]))
	pages, _ = strconv.ParseInt(string(rest[24-first]), 10, 64)
	return threads, pages
}

// proportional is the memory of the processes in bytes, what they share counted
// once.
func (t *taken) proportional() int64 {
	var sum int64
	for _, pid := range t.processes {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // it has ended, or hides itself: then it is bounded alone
		}
		for line := range bytes.Lines(text) {
			f := bytes.Fields(line)
			if len(f) > 1 && (string(f[0]) == "Pss:" || string(f[0]) == "SwapPss:") {
				kilo, _ := strconv.ParseInt(string(f[1]), 10, 64)
				sum += kilo << 10
			}
		}
	}
	return sum
}

// boundNumbers bounds the processes of this world by their numbers, which also
// holds root. Older kernels have one bound for the whole system, which is left
// alone.
func (p *plan) boundNumbers() {
	if p.Tasks > 0 && kernelSince(6, 14) {
		_ = os.WriteFile("/proc/sys/kernel/pid_max", strconv.AppendInt(nil, int64(headroom*p.Tasks+reservedNumbers), 10), 0)
	}
}

// boundUser bounds the processes of the client's user in its own namespace.
// Older kernels count all that the user has on this machine, and none of root's.
func (l Limits) boundUser() error {
	if l.Tasks <= 0 || !kernelSince(5, 14) {
		return nil
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &now); err != nil {
		return err
	}
	lower(&now.Cur, int64(headroom*l.Tasks))
	lower(&now.Max, int64(headroom*l.Tasks))
	return unix.Setrlimit(unix.RLIMIT_NPROC, &now)
}

// kernelSince reports whether the kernel is of a version or later.
func kernelSince(major, minor int) bool {
	var u unix.Utsname
	var haveMajor, haveMinor int
	if unix.Uname(&u) != nil {
		return false
	}
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &haveMajor, &haveMinor); err != nil {
		return false
	}
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}
