package process

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const forbidHere = "MBXCHECK_TEST_FORBID"

// TestForbidden: where the kernel allows no namespaces, it is said which of its
// settings that is, and what else can be done.
func TestForbidden(t *testing.T) {
	t.Parallel()
	if os.Getenv(forbidHere) != "" {
		if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := start(t, Options{Command: []string{"true"}, Isolate: true})
		for what, err := range map[string]error{"CanIsolate": CanIsolate(t.Context()), "Start": err} {
			if err == nil || !strings.Contains(err.Error(), "max_user_namespaces=0") || !strings.Contains(err.Error(), "{url}") {
				t.Errorf("%s: expected to be told of the setting and of other ways, found %v", what, err)
			}
		}
		return
	}
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestForbidden$")
	cmd.Env = append(os.Environ(), forbidHere+"=1")
	// A user namespace has a limit of its own on what is below it.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNoWayOut: an isolated client has this machine's loopback neither, no other
// interface, no rights, and nobody's names but the venue's.
func TestNoWayOut(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	script := fmt.Sprintf(`
cat /proc/net/dev | tail -n +3 | grep -v lo: && echo "more than loopback"
(: < /dev/tcp/127.0.0.1/%d) 2>/dev/null && echo "reached a port outside"
mount -t tmpfs x /mnt 2>/dev/null && echo "may mount"
getent hosts nobody.example && echo "found a name"
getent ahosts api.binance.com | head -1
id -u
sed -n 's/CapEff:\t//p' /proc/self/status
`, outside.Addr().(*net.TCPAddr).Port)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	p, front := must(t, Options{Command: []string{bash, "-c", script}, Isolate: true})
	if err := ended(t, p); err != nil {
		t.Fatal(err, p.Output())
	}
	var rights uint64
	if os.Geteuid() == 0 {
		for _, c := range keptCapabilities {
			rights |= 1 << c
		}
	}
	lines := strings.Split(strings.TrimSpace(p.Output()), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "127.0.0.1 ") || lines[1] != fmt.Sprint(os.Geteuid()) || lines[2] != fmt.Sprintf("%016x", rights) {
		t.Errorf("expected the venue's address, the user and the rights %016x, found:\n%s", rights, p.Output())
	}
	if list := front.Foreign(); len(list) != 1 || list[0].Host != "nobody.example" {
		t.Errorf("expected the name to be counted, found %v", list)
	}
}

// TestOtherWaysToTheVenue: names lead to an address of IPv6 for who wants one, and
// who asks for names over HTTPS, by a name or by an address, is told so.
func TestOtherWaysToTheVenue(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	if _, err := os.Stat("/proc/net/if_inet6"); err == nil {
		p, front := must(t, Options{Isolate: true, Command: []string{python, "-c", `
import socket, ssl
address = socket.getaddrinfo("api.binance.com", 443, socket.AF_INET6, socket.SOCK_STREAM)[0][4]
s = ssl.create_default_context().wrap_socket(socket.create_connection(address[:2]), server_hostname="api.binance.com")
s.sendall(b"GET /api/v1/ping HTTP/1.1\r\nHost: api.binance.com\r\nConnection: close\r\n\r\n")
print(address[0], s.recv(12))
`}})
		if err := ended(t, p); err != nil || front.Requests() != 1 || !strings.Contains(p.Output(), "::1 ") {
			t.Errorf("expected it to come by IPv6, found %v\n%s", err, p.Output())
		}
	}
	for asked, script := range map[string]string{
		"1.1.1.1":    `import urllib.request; urllib.request.urlopen("https://1.1.1.1/dns-query?name=api.binance.com", timeout=60)`,
		"dns.google": `import socket; socket.getaddrinfo("dns.google", 443)`,
	} {
		o := Options{Isolate: true, Command: []string{python, "-c", script}}
		p, front := must(t, o)
		if err := ended(t, p); err == nil {
			t.Error("expected it not to get there")
		}
		if hint := Hint(o, front, p.Exit()); !strings.Contains(hint, asked+", which resolve names over HTTPS") {
			t.Errorf("%s: found the hint %q\n%s", asked, hint, p.Output())
		}
	}
}

func TestHostsFile(t *testing.T) {
	text := hostsFile([]string{"api.binance.com", "api.binance.us"})
	for _, want := range []string{"localhost", "127.0.0.1 api.binance.com\n", "127.0.0.1 api.binance.us\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q, found:\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if !net.ParseIP(strings.Fields(line)[0]).IsLoopback() {
			t.Errorf("expected loopback addresses alone, found %q", line)
		}
	}
}
