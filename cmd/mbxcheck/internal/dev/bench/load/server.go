//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	serverCore, senderCore = "0", "1"
	path                   = "/api/v1/time"
)

// server is a process that is measured.
type server struct {
	name string
	url  string
	cmd  *exec.Cmd
	runs []result
}

// result is what one run of wrk came to.
type result struct {
	requests int64
	took     time.Duration
	cpu      time.Duration // of the server
}

// start starts a command on the servers' core.
func start(name, url string, args ...string) (*server, io.Reader, error) {
	if _, err := exec.LookPath(args[0]); err != nil {
		return nil, nil, &exec.Error{Name: args[0], Err: exec.ErrNotFound}
	}
	cmd := exec.Command("taskset", append([]string{"-c", serverCore}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return &server{name: name, url: url, cmd: cmd}, out, cmd.Start() // taskset becomes the command
}

func (s *server) stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// ready waits until the server answers.
func (s *server) ready() error {
	const patience = time.Minute // node takes some seconds
	var last error
	for began := time.Now(); time.Since(began) < patience; time.Sleep(50 * time.Millisecond) {
		r, err := http.Get(s.url)
		if err == nil {
			r.Body.Close()
			if r.StatusCode == 200 {
				return nil
			}
			err = fmt.Errorf("status %s", r.Status)
		}
		last = err
	}
	s.stop()
	return fmt.Errorf("%s: expected an answer within %s: %w", s.name, patience, last)
}

// startVenue builds mbxcheck and serves a venue, with limits that a run does
// not reach.
func startVenue(dir string) (*server, error) {
	bin := filepath.Join(dir, "mbxcheck")
	build := exec.Command("go", "build", "-o", bin, "github.com/mbxcheck/mbxcheck/cmd/mbxcheck")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building mbxcheck: %w", err)
	}
	s, out, err := start("mbxcheck", "", bin, "serve", "--limit", "REQUEST_WEIGHT=2000000000/1m", "--limit", "RAW_REQUESTS=2000000000/5m")
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var first struct{ Listening string }
	if err == nil {
		err = json.Unmarshal(line, &first)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("mbxcheck serve: %w", err)
	}
	s.url = first.Listening + path
	return s, s.ready()
}

// startNginx serves what the venue answered once: its body and header fields.
func startNginx(dir string, venue *server) (*server, error) {
	r, err := http.Get(venue.url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var fields strings.Builder
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-") {
			fmt.Fprintf(&fields, "add_header %s %s;\n", name, values[0])
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log;
events { worker_connections 1024; }
http {
	access_log off; keepalive_requests 1000000000; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
	server { listen 127.0.0.1:%[2]d; location = %[3]s { default_type "%[4]s"; %[5]s return 200 '%[6]s'; } }
}
`, dir, port, path, r.Header.Get("Content-Type"), fields.String(), body)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	s, _, err := start("nginx", fmt.Sprintf("http://127.0.0.1:%d%s", port, path), "nginx", "-p", dir, "-c", file)
	if err != nil {
		return nil, err
	}
	return s, s.ready()
}

// startPrism mocks the route by an example, with Prism as it comes.
func startPrism(dir string, _ *server) (*server, error) { return prism(dir, "prism", "info") }

// startSilentPrism does without the lines that Prism writes of each request.
func startSilentPrism(dir string, _ *server) (*server, error) {
	return prism(dir, "prism, silent", "silent")
}

func prism(dir, name, verbosity string) (*server, error) {
	const openAPI = `{"openapi":"3.0.0","info":{"title":"time","version":"1"},"paths":{"/api/v1/time":{"get":{"responses":{"200":{
"description":"the venue's time","content":{"application/json":{"schema":{"type":"object","properties":{"serverTime":{"type":"integer"}}},
"example":{"serverTime":1563616802080}}}}}}}}}`
	file := filepath.Join(dir, "openapi.json")
	if err := os.WriteFile(file, []byte(openAPI), 0o600); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s, out, err := start(name, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), "prism", "mock", "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-v", verbosity, file)
	if err != nil {
		return nil, err
	}
	go io.Copy(io.Discard, out)
	return s, s.ready()
}

// freePort finds a port for a server that can't say which it took.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

var (
	requestsIn = regexp.MustCompile(`(\d+) requests in ([0-9.]+m?s)`)
	notAnswers = regexp.MustCompile(`Non-2xx or 3xx responses|Socket errors`)
)

// measure sends requests for a while.
func (s *server) measure(length time.Duration) error {
	before, err := s.cpu()
	if err != nil {
		return err
	}
	out, err := exec.Command("taskset", "-c", senderCore, "wrk", "-t1", "-c32", "--timeout", "30s", fmt.Sprintf("-d%.0fs", length.Seconds()), s.url).CombinedOutput()
	if err != nil {
		return fmt.Errorf("wrk %s: %w\n%s", s.name, err, out)
	}
	after, err := s.cpu()
	if err != nil {
		return err
	}
	found := requestsIn.FindSubmatch(out)
	if found == nil || notAnswers.Match(out) {
		return fmt.Errorf("wrk %s: expected requests answered with 200, found\n%s", s.name, out)
	}
	n, err1 := strconv.ParseInt(string(found[1]), 10, 64)
	took, err2 := time.ParseDuration(string(found[2]))
	if err := errors.Join(err1, err2); err != nil || n == 0 || took == 0 {
		return fmt.Errorf("wrk %s: expected a number of requests and a time, found %q: %w", s.name, found[0], err)
	}
	s.runs = append(s.runs, result{n, took, after - before})
	return nil
}

// cpu is the processor time that the server has taken, from proc(5): fields 14
// and 15 of stat, in hundredths of a second, of which the second is the
// program's name in brackets.
func (s *server) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: expected 15 fields, found %q", s.cmd.Process.Pid, data)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}
