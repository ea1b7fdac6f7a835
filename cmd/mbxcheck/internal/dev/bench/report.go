//go:build unix

package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// report measures commands and prints a line of each as soon as it is known.
type report struct {
	runs     int
	mbxcheck string

	addon, openapi string   // of peers
	missing        []string // peers that can't be measured, and why
}

// cost is what a run took.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // bytes at the most
}

// command is something to be measured.
type command struct {
	what  string
	args  []string
	cores int // GOMAXPROCS; 0 to leave it
}

func (c command) run() (cost, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	if c.cores > 0 {
		cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", c.cores))
	}
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", strings.Join(c.args, " "), err, said.String())
	}
	s := cmd.ProcessState
	rss := int64(s.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "linux" {
		rss <<= 10 // getrusage(2) counts kilobytes there
	}
	return cost{wall: took, cpu: s.UserTime() + s.SystemTime(), rss: rss}, nil
}

// measure runs the commands in turn, so that a machine that grows slower does
// so for all of them, and returns the runs of each.
func (r *report) measure(cs []command) ([][]cost, error) {
	all := make([][]cost, len(cs))
	for range r.runs {
		for i, c := range cs {
			one, err := c.run()
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], one)
		}
	}
	return all, nil
}

func median[T int64 | float64 | time.Duration](runs []cost, of func(cost) T) T {
	all := make([]T, len(runs))
	for i, c := range runs {
		all[i] = of(c)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func wallOf(c cost) time.Duration { return c.wall }
func cpuOf(c cost) time.Duration  { return c.cpu }
func rssOf(c cost) int64          { return c.rss }

// ratio is how many times as long as a run of the one command the next run of
// the other took; the median.
func ratio(one, other []cost, of func(cost) time.Duration) float64 {
	all := make([]float64, len(one))
	for i := range one {
		all[i] = of(other[i]).Seconds() / of(one[i]).Seconds()
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// small measures what a user waits for a cassette of ten exchanges.
func (r *report) small(dir string) error {
	path := filepath.Join(dir, "ten.ndjson")
	text := strings.Builder{}
	if _, err := forms[1].write(&text, 1<<20); err != nil {
		return err
	}
	lines := strings.SplitAfterN(text.String(), "\n", 11)
	if err := os.WriteFile(path, []byte(strings.Join(lines[:10], "")), 0o600); err != nil {
		return err
	}
	more := &report{runs: 4*r.runs + 1, mbxcheck: r.mbxcheck}
	all, err := more.measure([]command{{"lint", []string{r.mbxcheck, "lint", path}, 0}})
	if err != nil {
		return err
	}
	fmt.Printf("ten exchanges, start to finish: %.1f ms, %.1f ms of CPU, %d MB\n",
		median(all[0], wallOf).Seconds()*1e3, median(all[0], cpuOf).Seconds()*1e3, median(all[0], rssOf)/1e6)
	return nil
}

// form measures one recording: mbxcheck on one core and on two, and beside it
// what else reads that form.
func (r *report) form(f file, peers bool) error {
	cs := []command{
		{"mbxcheck lint, one core", []string{r.mbxcheck, "lint", f.path}, 1},
		{"mbxcheck lint, two cores", []string{r.mbxcheck, "lint", f.path}, 2},
	}
	if peers {
		cs = append(cs, r.peersOf(f)...)
	}
	fmt.Printf("\n%s: %.1f MB, %d exchanges\n", f.form, float64(f.bytes)/1e6, f.exchanges)
	all, err := r.measure(cs)
	if err != nil {
		return err
	}
	fmt.Printf("  %-44s %9s %9s %12s %8s %8s %9s\n", "", "MB/s", "MB/s CPU", "exchanges/s", "wall", "CPU", "peak RSS")
	for i, c := range cs {
		wall, cpu := median(all[i], wallOf).Seconds(), median(all[i], cpuOf).Seconds()
		fmt.Printf("  %-44s %9.0f %9.0f %12.0f %7.2fs %7.2fs %6d MB\n", c.what,
			float64(f.bytes)/1e6/wall, float64(f.bytes)/1e6/cpu, float64(f.exchanges)/wall, wall, cpu, median(all[i], rssOf)/1e6)
	}
	fmt.Printf("  two cores are %.2f times as fast as one\n", 1/ratio(all[0], all[1], wallOf))
	for i := 2; i < len(cs); i++ {
		fmt.Printf("  %s takes %.1f times as long as lint on one core, %.1f as on two, and %.1f times the CPU\n",
			cs[i].what, ratio(all[0], all[i], wallOf), ratio(all[1], all[i], wallOf), ratio(all[0], all[i], cpuOf))
	}
	return nil
}

// fourChecks are four of the rules in jq: the body is JSON, an error has code
// and msg, the used weight is told, and candlesticks ascend.
const fourChecks = `[.log.entries[] | (.response.content.text | fromjson) as $b | [
	(($b | type) == "object" or ($b | type) == "array"),
	(.response.status < 400 or (($b.code | type) == "number" and ($b.msg | type) == "string")),
	any(.response.headers[]; .name | ascii_downcase == "x-mbx-used-weight"),
	((.request.url | contains("/klines") | not) or ($b | type) != "array" or ([$b[][0]] | . == (sort | unique)))
] | all] | group_by(.) | map({(first | tostring): length}) | add`

// mitmAddon is the same four checks as an addon of mitmproxy.
//
//go:embed mitm_addon.py
var mitmAddon []byte

// pythonJSON does what the first of them takes, and nothing more.
const pythonJSON = `import json, sys
for e in json.load(open(sys.argv[1]))["log"]["entries"]:
	json.loads(e["response"]["content"]["text"])`

const pythonLines = `import json, sys
for line in open(sys.argv[1]):
	json.loads(json.loads(line)["response"]["body"])`

// mostBytes bounds what a peer is given that holds all of it in memory, at some
// thirty times its size.
const mostBytes = 100_000_000

// peersOf lists what else reads a recording, of what is installed.
func (r *report) peersOf(f file) []command {
	var cs []command
	add := func(what string, args ...string) {
		if _, err := exec.LookPath(args[0]); err == nil && f.bytes <= mostBytes {
			cs = append(cs, command{what, args, 0})
		}
	}
	switch f.form {
	case "har":
		add("jq, four of the checks", "jq", "-c", fourChecks, f.path)
		add("Python's json, parsing only", "python3", "-c", pythonJSON, f.path)
	case "ndjson":
		add("Python's json, parsing only", "python3", "-c", pythonLines, f.path)
	case "go-vcr":
		if self, err := os.Executable(); err == nil {
			add("go-vcr's cassette.Load, parsing only", self, loadArg, f.path)
		}
		add("go-vcr and kin-openapi", r.openapi, f.path)
	case "mitmproxy":
		add("mitmdump, four of the checks in Python", "mitmdump", "-q", "-n", "-r", f.path, "-s", r.addon)
	}
	return cs
}

// makePeers makes what peers need beside being installed: the addon of
// mitmdump, and the program with kin-openapi, of which nothing is downloaded.
func (r *report) makePeers(dir string) error {
	r.addon, r.openapi = filepath.Join(dir, "addon.py"), filepath.Join(dir, "openapi")
	if err := os.WriteFile(r.addon, mitmAddon, 0o600); err != nil {
		return err
	}
	list := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/dev/bench")
	at, err := list.Output()
	if err != nil {
		return fmt.Errorf("finding the program with kin-openapi: %w", err)
	}
	build := exec.Command("go", "build", "-o", r.openapi, ".")
	build.Dir = filepath.Join(strings.TrimSpace(string(at)), "openapi")
	build.Env = append(os.Environ(), "GOPROXY=off")
	if err := build.Run(); err != nil {
		r.missing = append(r.missing, "go-vcr and kin-openapi: its modules are not there; 'go mod download' in cmd/mbxcheck/internal/dev/bench/openapi fetches them")
	}
	return nil
}

// leftOut says what was not measured, and why.
func (r *report) leftOut() {
	fmt.Println()
	for _, name := range []string{"jq", "python3", "mitmdump"} {
		if _, err := exec.LookPath(name); errors.Is(err, exec.ErrNotFound) {
			fmt.Printf("left out: %s is not installed\n", name)
		}
	}
	fmt.Printf("left out: peers that hold a recording in memory, above %d MB\n", mostBytes/1_000_000)
	for _, why := range r.missing {
		fmt.Printf("left out: %s\n", why)
	}
}
