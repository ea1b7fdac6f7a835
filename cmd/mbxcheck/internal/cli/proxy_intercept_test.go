package cli

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestCAInit: the CA is made once, for its owner alone, and one that others may write or
// read is not used.
func TestCAInit(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir := filepath.Join(os.Getenv("XDG_STATE_HOME"), "mbxcheck", "ca")
	file, key := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca-key.pem")
	intercept := func(flags ...string) outcome {
		return mbxcheck("", append([]string{"proxy", "--intercept", "--listen", "0.0.0.0:0"}, flags...)...)
	}
	intercept().expect(t, exitUsage, "mbxcheck ca init")
	mbxcheck("", "ca").expect(t, exitUsage, "mbxcheck ca init")
	mbxcheck("", "ca", "init", "--host", "*.binance.com").expect(t, exitUsage, "expected the name of a host")
	made := mbxcheck("", "ca", "init")
	made.expect(t, exitConformant, file, key, "api.binance.com, api1.binance.com", "NODE_EXTRA_CA_CERTS="+file)
	for name, mode := range map[string]os.FileMode{dir: 0o700, file: 0o600, key: 0o600} {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s: expected mode %o, found %v, %v", name, mode, info.Mode(), err)
		}
	}
	first, _ := os.ReadFile(file)
	mbxcheck("", "ca", "init").expect(t, exitUsage, file, "--force")
	if again, _ := os.ReadFile(file); !bytes.Equal(first, again) {
		t.Error("expected the CA to stay")
	}
	intercept().expect(t, exitUsage, "expected a loopback address") // all else is well
	intercept("--host", "example.com").expect(t, exitUsage, "can't sign for example.com", "--force")
	for name, mode := range map[string]os.FileMode{key: 0o640, file: 0o666, dir: 0o777} {
		if runtime.GOOS == "windows" {
			break
		}
		info, _ := os.Stat(name)
		os.Chmod(name, mode)
		o := intercept()
		o.expect(t, exitUsage, name, "open to others")
		os.Chmod(name, info.Mode().Perm())
	}
	text, _ := os.ReadFile(key)
	mbxcheck("", "ca", "init", "--force", "--host", "example.com").expect(t, exitConformant, "It signs for example.com,")
	os.WriteFile(key, text, 0o600)
	o := intercept("--host", "example.com")
	o.expect(t, exitUsage, "expected the key of its certificate")
	block, _ := pem.Decode(text)
	if block == nil || strings.Contains(made.out+o.err, strings.Split(string(text), "\n")[1]) {
		t.Error("expected a key that is told to nobody")
	}
	os.Remove(key)
	os.Symlink(file, key)
	intercept().expect(t, exitUsage, "expected a file of its own")
}

// TestInterceptRefuses flags that say nothing.
func TestInterceptRefuses(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for _, c := range [][]string{
		{"there is no --intercept", "--upstream", "http://127.0.0.1:1", "--host", "a"},
		{"--upstream-ca can't be read", "--upstream", "http://127.0.0.1:1", "--upstream-ca", "missing"},
		{"expected certificates in PEM", "--upstream", "http://127.0.0.1:1", "--upstream-ca", "proxy.go"},
		{"without a port", "--intercept", "--host", "a:443"},
	} {
		mbxcheck("", append([]string{"proxy"}, c[1:]...)...).expect(t, exitUsage, c[0])
	}
}

// secureVenue answers by TLS, and writes whom to trust.
func secureVenue(t *testing.T) (url, ca string) {
	t.Helper()
	venue := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Mbx-Used-Weight", "1")
		io.WriteString(w, `{"serverTime":1563616800000}`)
	}))
	venue.Config.ErrorLog = log.New(io.Discard, "", 0)
	venue.StartTLS()
	t.Cleanup(venue.Close)
	ca = filepath.Join(t.TempDir(), "venue.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: venue.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return venue.URL, ca
}

// noProxy has commands find no proxy of the test's caller.
func noProxy(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
}

// TestAskVenueThroughProxy is the command of the test below: it asks for a venue that is
// not this machine's, and trusts as the variables have it.
func TestAskVenueThroughProxy(t *testing.T) {
	if os.Getenv("MBXCHECK_RUN") == "" || len(os.Args) < 3 || os.Args[len(os.Args)-1] != "venue" {
		t.Skip("nobody runs it as a command")
	}
	resp, err := http.Get("https://api.binance.com/api/v1/time")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
}

// TestInterceptACommand: a command that knows of no proxy but by its variables is judged,
// with a CA for its run alone, whether --intercept says so or not.
func TestInterceptACommand(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	noProxy(t)
	venue, ca := secureVenue(t)
	commands := [][]string{{os.Args[0], "-test.run=^TestAskVenueThroughProxy$", "venue"}}
	if curl, err := exec.LookPath("curl"); err == nil {
		commands = append(commands, []string{curl, "-sSf", "https://api.binance.com/api/v1/time"})
	}
	for _, command := range commands {
		for _, flags := range [][]string{nil, {"--intercept"}} {
			args := append([]string{"proxy", "--upstream", venue, "--upstream-ca", ca}, flags...)
			mbxcheck("", append(append(args, "--"), command...)...).expect(t, exitConformant, "2 exchanges judged")
		}
	}
	o := mbxcheck("", append([]string{"proxy", "--upstream", venue, "--"}, commands[0]...)...)
	if n := strings.Count(o.err, "is not trusted"); o.code == exitConformant || n != 1 {
		t.Errorf("expected it to be told once that the venue is not trusted, found %d times:\n%s", n, o.err)
	}
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	mbxcheck("", append([]string{"proxy", "--upstream", venue, "--upstream-ca", ca, "--"}, commands[0]...)...).expect(t, exitNoStart, "failed: exit code 1")
}

// TestInterceptWatches: a client that trusts the CA that was made is judged, and what it
// asks of others is counted.
func TestInterceptWatches(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	noProxy(t)
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	venue, ca := secureVenue(t)
	mbxcheck("", "ca", "init").expect(t, exitConformant)
	trusted := filepath.Join(os.Getenv("XDG_STATE_HOME"), "mbxcheck", "ca", "ca.pem")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out bytes.Buffer
	told, ended := &waiting{told: make(chan struct{}, 1)}, make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"proxy", "--intercept", "--upstream", venue, "--upstream-ca", ca}, Streams{strings.NewReader(""), &out, told})
	}()
	base := told.match(t, regexp.MustCompile(`(http://\S+) passes on to`))
	for _, args := range [][]string{{"--cacert", trusted, "https://api1.binance.com/api/v1/time"}, {"--cacert", ca, venue + "/api/v1/time"}} {
		if text, err := exec.Command(curl, append([]string{"-sSf", "--proxy", base}, args...)...).CombinedOutput(); err != nil || !strings.Contains(string(text), "serverTime") {
			t.Errorf("%v: expected an answer, found %s, %v", args, text, err)
		}
	}
	cancel()
	outcome{<-ended, out.String(), told.text.String()}.expect(t, exitConformant, "2 exchanges judged", "1 tunnels and requests for other hosts were passed on unjudged: 127.0.0.1")
}

// TestCommandLeavesNothing: what it started and left is ended with it, and its streams
// are its caller's.
func TestCommandLeavesNothing(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	o := proxied(plainVenue(t), nil, []string{"--", sh, "-c", `sleep 1000 & echo "left $!"; read word; echo "read $word"`})
	o.expect(t, exitNotExercised, "left ", "read ")
	pid := regexp.MustCompile(`left (\d+)`).FindStringSubmatch(o.err)
	if pid == nil {
		t.Fatalf("expected the number of what was left, found %s", o.err)
	}
	runs := func() bool { // one that nobody has waited for does not
		return exec.Command(sh, "-c", "kill -0 $0 && ! grep -q '^State:.*Z' /proc/$0/status", pid[1]).Run() == nil
	}
	for late := time.Now().Add(10 * time.Second); runs(); {
		if time.Now().After(late) {
			t.Fatal("expected nothing of it to run any more")
		}
	}
}
