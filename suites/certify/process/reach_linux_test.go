package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/clients"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// stranger is a client that nobody adapted: where it says VENUE it has the
// venue's address.
type stranger struct {
	name    string
	command []string
	needs   []string // succeeds where it is installed
	proxied bool     // it comes by proxy, whatever its version
	dir     string   // where it runs; "" for where everybody may be
}

const node, python, php = "node", "/usr/bin/python3", "php"

// modules is where Node's libraries are looked for.
const modules = "../clients/node"

func strangers(static string) []stranger {
	js := func(text string) []string { return []string{node, "-e", text} }
	py := func(text string) []string { return []string{python, "-c", text} }
	return []stranger{
		{"curl", []string{"curl", "-fsS", "VENUE/api/v1/ping"}, nil, true, ""},
		{"wget", []string{"wget", "-qO-", "VENUE/api/v1/ping"}, nil, false, ""},
		{"Python requests", py("import requests; print(requests.get('VENUE/api/v1/ping').json())"), py("import requests"), true, ""},
		{"Python urllib", py("import urllib.request; print(urllib.request.urlopen('VENUE/api/v1/ping').read())"), nil, true, ""},
		{"Node fetch", js("fetch('VENUE/api/v1/ping').then(r => r.text()).then(console.log)"), js("fetch"), false, ""},
		{"Node https", js("const u = 'VENUE/api/v1/ping'; require(u.split(':')[0]).get(u, r => r.pipe(process.stdout))"), nil, false, ""},
		{"Node fetch, names by c-ares", js("require('dns').resolve4(new URL('VENUE').hostname, (e, a) => { if (e) throw e; fetch('VENUE/api/v1/ping').then(r => r.text()).then(console.log) })"), js("fetch"), false, ""},
		{"axios", js("require('axios').get('VENUE/api/v1/ping').then(r => console.log(r.data))"), js("require('axios')"), true, modules},
		{"ccxt", js("const e = new (require('ccxt').binance)(); for (const k in e.urls.api) { if (typeof e.urls.api[k] === 'string') e.urls.api[k] = e.urls.api[k].replace('https://api.binance.com', 'VENUE') } e.publicGetPing().then(console.log)"), js("require('ccxt')"), false, modules},
		{"PHP curl", []string{php, "-r", "$c = curl_init('VENUE/api/v1/ping'); curl_setopt($c, CURLOPT_FAILONERROR, true); exit(curl_exec($c) ? 0 : (print(curl_error($c))));"}, []string{php, "-r", "exit(function_exists('curl_init') ? 0 : 1);"}, false, ""},
		{"PHP streams", []string{php, "-r", "exit(file_get_contents('VENUE/api/v1/ping') ? 0 : 1);"}, nil, false, ""},
		{"static Go binary", []string{static, "VENUE/api/v1/ping"}, nil, true, ""},
	}
}

// static builds the Go client, once for all users.
func static(t *testing.T) string {
	if file := os.Getenv(staticFile); file != "" {
		return file
	}
	// Where everybody may look.
	dir, err := os.MkdirTemp("/tmp", "mbxcheck-static-")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "static")
	cmd := exec.Command("go", "build", "-o", file, "./testdata/static")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// Variables of the test: the static client for other users, and whether to try
// the ways that nothing depends on, where a client that ignores them must not
// find the way out, and print a table for README.md:
//
//	unshare -n sh -c 'ip link set lo up; MBXCHECK_TEST_ALL_WAYS=1 go test -v -run TestReach .'
const (
	staticFile = "MBXCHECK_TEST_STATIC"
	allWays    = "MBXCHECK_TEST_ALL_WAYS"
)

// TestReach reaches clients that nobody adapted, as root and as a user without
// any rights.
func TestReach(t *testing.T) {
	t.Parallel()
	install(t)
	static := static(t)
	if os.Geteuid() == 0 {
		t.Run("as an ordinary user", func(t *testing.T) { ordinary(t, static) })
	}
	if err := CanIsolate(t.Context()); err != nil {
		missing(t, err.Error())
	}
	list := strangers(static)
	rows := make([]string, len(list)) // of the table for README.md
	t.Cleanup(func() {
		if os.Getenv(allWays) != "" {
			t.Logf("\n%s", strings.Join(rows, ""))
		}
	})
	for i, s := range list {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.mustBeInstalled(t)
			row := "| " + s.name + " |"
			for _, r := range routes {
				if r.way == wire.Isolated || os.Getenv(allWays) != "" || s.name == "curl" {
					row += " " + map[bool]string{true: "✓"}[s.reached(t, r)] + " |"
				}
			}
			rows[i] = row + "\n"
		})
	}
}

// route is a way that is tried, with what the client takes for the venue.
type route struct {
	way     wire.Way
	isolate bool
	venue   string
}

var routes = []route{
	{wire.Isolated, true, "https://api.binance.com"},
	{wire.ByURL, false, Placeholder},
	{wire.ByProxy, false, "https://api.binance.com"},
}

// reached runs the client in one way and reports whether it came.
func (s stranger) reached(t *testing.T, r route) bool {
	o := Options{Way: r.way, Isolate: r.isolate, Dir: s.absolute(t), Limits: DefaultLimits()}
	for _, a := range s.command {
		o.Command = append(o.Command, strings.ReplaceAll(a, "VENUE", r.venue))
	}
	p, front := must(t, o)
	err := ended(t, p)
	came := err == nil && front.Requests() > 0
	if certain := r.way == wire.Isolated || r.way == wire.ByProxy && s.proxied; certain && !came {
		t.Errorf("%v: expected it to be reached, found %d requests, %v\n%s\n%s", r.way, front.Requests(), err, p.Output(), Hint(o, front, p.Exit()))
	}
	return came
}

func (s stranger) absolute(t *testing.T) string {
	if s.dir == "" {
		return "/"
	}
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// missing skips, but not where everything is to be tried.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func (s stranger) mustBeInstalled(t *testing.T) {
	if _, err := os.Stat(s.dir); errors.Is(err, os.ErrPermission) {
		t.Skipf("%s: this user may not look there: %v", s.name, err)
	} else if s.dir != "" && err != nil {
		t.Fatalf("%s: where its libraries are looked for: %v", s.name, err) // moved, not missing
	}
	_, err := exec.LookPath(s.command[0])
	if err == nil && s.needs != nil {
		cmd := exec.Command(s.needs[0], s.needs[1:]...)
		cmd.Dir = s.dir
		err = cmd.Run()
	}
	if err != nil {
		missing(t, fmt.Sprintf("%s is not installed: %v", s.name, err))
	}
}

// install fetches Node's libraries where everything is to be tried; elsewhere
// they are there if somebody certified them before.
func install(t *testing.T) {
	if os.Getenv("CI") != "true" || os.Geteuid() != 0 && os.Getenv(staticFile) != "" {
		return
	}
	for _, c := range clients.All() {
		if c.Name == "ccxt" {
			if _, err := clients.Prepare(t.Context(), filepath.Dir(modules), c); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// ordinary runs this test again as nobody.
func ordinary(t *testing.T, static string) {
	const nobody = 65534
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestReach$", "-test.v")
	cmd.Env = append(os.Environ(), "HOME=/nonexistent", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin", staticFile+"="+static)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "--- ") || strings.Contains(line, "✓") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if !strings.Contains(string(out), "--- PASS: TestReach/static_Go_binary") {
		t.Errorf("expected at least the static binary to be reached, found:\n%s", out)
	}
}
