//go:build !race

// Bounds on memory and time mean nothing under the race detector, which needs
// ten times of both; the streams of a gigabyte are read without it.

package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// maxResident bounds what one worker may take of memory, whatever it is given:
// an entry as long as the limit on entries (64 MiB), which a decoder's buffer
// holds at up to twice its length while it grows, what the collector lets stand
// before it runs, and the program itself.
const maxResident = 512 << 20

// maxHostile is how long any hostile input may keep the program busy; a slow
// machine takes a tenth of it.
const maxHostile = 2 * time.Minute

const ping = `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}` + "\n"

// repeated is a long text that is never whole in memory.
func repeated(piece string, bytes int64) io.Reader {
	return io.LimitReader(&loop{text: []byte(strings.Repeat(piece, 1+(64<<10)/len(piece)))}, bytes)
}

type loop struct {
	text []byte
	at   int
}

func (l *loop) Read(p []byte) (int, error) {
	n := copy(p, l.text[l.at:])
	l.at = (l.at + n) % len(l.text)
	return n, nil
}

func join(parts ...any) io.Reader {
	var all []io.Reader
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			all = append(all, strings.NewReader(p))
		case io.Reader:
			all = append(all, p)
		}
	}
	return io.MultiReader(all...)
}

// TestHostileStreams gives the program what is made to break it.
func TestHostileStreams(t *testing.T) {
	t.Parallel()
	const gib, levels = 1 << 30, 100_000
	har := `{"log":{"version":"1.2","entries":[`
	vcr := "version: 1\ninteractions:\n"
	for _, c := range []struct {
		name string
		in   io.Reader
		code int
		want string
		long bool
	}{
		{"1 GiB on one line of NDJSON", join(`{"request":{"url":"`, repeated("a", gib), `"}}`+"\n"), 2, "-:1: expected a line: it exceeds 67108864 bytes (limit entry-bytes)", true},
		{"1 GiB in one string of HAR", join(har+`{"request":{"url":"`, repeated("a", gib), `"}}]}}`), 2, "one entry exceeds 67108864 bytes (limit entry-bytes)", true},
		{"1 GiB of white space in HAR", join(har, repeated(" ", gib), `]}}`), 2, "one entry exceeds 67108864 bytes (limit entry-bytes)", true},
		{"1 GiB in one string of ExVCR", join(`[{"request":{"options":[],"url":"`, repeated("a", gib), `"}}]`), 2, "one entry exceeds 67108864 bytes (limit entry-bytes)", true},
		{"1 GiB on one line of go-vcr", join(vcr+"- request:\n    url: ", repeated("a", gib), "\n"), 2, "67108864 bytes (limit entry-bytes)", true},
		{"1 GiB on one line of vcrpy", join("interactions:\n- request:\n    uri: ", repeated("a", gib), "\n"), 2, "67108864 bytes (limit entry-bytes)", true},
		{"1 GiB on one line of Ruby VCR", join("http_interactions:\n- request:\n    uri: ", repeated("a", gib), "\n"), 2, "67108864 bytes (limit entry-bytes)", true},
		{"1 GiB of empty entries", join(har, repeated("{},", gib-1), "{}]}}"), 2, "more entries that could not be read", false},
		{"128 MiB of empty lines", join(ping, repeated("\n", gib/8)), 0, "1 exchange judged", true},
		{"1 GiB of nothing", repeated("\x00", gib), 2, "no recording format", false},
		{"100,000 levels of arrays in HAR", join(har+`{"request":{"url":"x","x":`, repeated("[", levels)), 2, "at most 500 levels", false},
		{"100,000 levels of objects in NDJSON", join(`{"request":`, repeated(`{"_x":`, levels*6), "\n"), 2, "at most 500 levels", false},
		{"100,000 folders of Postman", join(`{"info":{"schema":"x"},"item":[`, repeated(`{"item":[`, levels*9)), 2, "at most 100 folders", false},
		{"100,000 levels of flow in go-vcr", join(vcr+"- ", repeated("[", levels)), 2, "depth", false},
		{"100,000 levels of maps in go-vcr", join(vcr+"- ", repeated("{a: ", levels*4)), 2, "depth", false},
		{"100,000 levels of dashes in go-vcr", join(vcr, repeated("- ", levels*2), "\n"), 2, "depth", false},
		{"invalid UTF-8 in NDJSON", join(`{"request":{"method":"GET","url":"https://api.binance.com/api/v1/`, repeated("\xff\xfe\x80", 3000), `"}}`+"\n"), 0, "1 exchange judged", false},
		{"invalid UTF-8 in go-vcr", join(vcr+"- request:\n    method: GET\n    url: \"", repeated("\xff\xfe\x80", 3000), "\"\n"), 2, "UTF-8", false},
		{"YAML aliases that multiply", strings.NewReader(aliases()), 2, "-:", false},
		{"YAML aliases in a circle", strings.NewReader(vcr + "- &a\n  request: *a\n  response: *a\n"), 2, "-:", false},
		{"YAML aliases of one long item", strings.NewReader(manyAliases()), 2, "limit aliases", false},
		{"YAML merges in a circle", strings.NewReader(vcr + "- &a\n  request: {method: GET, <<: *a}\n  <<: *a\n"), 2, "-:", false},
		{"60 MB of tiny YAML nodes", join(vcr+"- request: [", repeated("a,", 60<<20), "]\n"), 2, "limit yaml-syntax-bytes", false},
		{"60 MB of tiny YAML lines", join(vcr+"- request:\n", repeated("    a: b\n", 60<<20)), 2, "limit yaml-syntax-bytes", false},
		{"a gzip bomb of 4 GiB", gzipBomb(ping, 4*gib), 2, "a decompression bomb", true},
		{"a zstd bomb of 4 GiB", zstdBomb(ping, 4*gib), 2, "a decompression bomb", true},
		{"a gzip bomb in a body", strings.NewReader(bodyBomb()), 0, "content coding can't be undone", false},
		{"a zip in a pipe", strings.NewReader("PK\x03\x04" + strings.Repeat("\x00", 100)), 2, "in a stream", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.long && testing.Short() {
				t.Skip("takes seconds")
			}
			hostile(t, c.in, c.code, c.want, "lint", "-")
		})
	}
}

// hostile runs the program and holds what it says, how it ends, and what it
// takes.
func hostile(t *testing.T, in io.Reader, want int, text string, args ...string) {
	t.Helper()
	cmd := command(t, args...)
	peak := filepath.Join(t.TempDir(), "peak")
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1", peakFile+"="+peak)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &out
	cmd.WaitDelay = time.Second
	timer := time.AfterFunc(maxHostile, func() { cmd.Process.Kill() })
	defer timer.Stop()
	began := time.Now()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Errorf("expected exit code %d, found %d", want, got)
	}
	shown := strings.ReplaceAll(out.String(), "\n", " ")
	if flat := strings.Join(strings.Fields(shown), " "); !strings.Contains(flat, text) {
		t.Errorf("expected %q", text)
	}
	if strings.Contains(shown, "panic") || strings.Contains(shown, "goroutine") {
		t.Error("expected no panic")
	}
	resident := peakOf(t, peak)
	if resident > maxResident {
		t.Errorf("expected %d MB of memory at most, found %d", maxResident>>20, resident>>20)
	}
	if t.Failed() {
		t.Logf("%.2000s", out.String())
	}
	t.Logf("%4d MB, %5.2f s: %s", resident>>20, time.Since(began).Seconds(), t.Name())
}

// peakOf reads the most memory that a process had.
func peakOf(t *testing.T, file string) int64 {
	t.Helper()
	status, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kib int64
	if _, err := fmt.Sscan(string(rest), &kib); err != nil {
		t.Error(err)
	}
	return kib << 10
}

// aliases is an item whose tenth name stands for ten billion values.
func aliases() string {
	var b strings.Builder
	b.WriteString("version: 1\ninteractions:\n- a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	b.WriteString("  request:\n    method: GET\n    url: http://x/\n    headers:\n      X: *a9\n  response:\n    status: *a9\n    headers: *a9\n")
	return b.String()
}

// manyAliases is a megabyte that stands for 100 GB of interactions.
func manyAliases() string {
	return "version: 1\ninteractions:\n- &a\n  request:\n    method: GET\n    url: https://api.binance.com/api/v1/ping\n  response:\n    body: '" +
		strings.Repeat(" ", 1<<20) + "'\n" + strings.Repeat("- *a\n", 100_000)
}

// piped is what a writer writes, as it is read.
func piped(write func(io.Writer)) io.Reader {
	r, w := io.Pipe()
	go func() {
		write(w)
		w.Close()
	}()
	return r
}

func gzipBomb(head string, size int64) io.Reader {
	return piped(func(w io.Writer) {
		z, _ := gzip.NewWriterLevel(w, 9)
		io.Copy(z, join(head, repeated(" ", size)))
		z.Close()
	})
}

func zstdBomb(head string, size int64) io.Reader {
	return piped(func(w io.Writer) {
		z, _ := zstd.NewWriter(w)
		io.Copy(z, join(head, repeated(" ", size)))
		z.Close()
	})
}

// bodyBomb is twenty exchanges, the body of each 60 MB in a gzip of 60 kB: all of
// them together exceed maxResident twice.
func bodyBomb() string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, 9)
	io.Copy(z, repeated(" ", 60<<20))
	z.Close()
	return strings.Repeat(`{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":{"status":200,"headers":{"Content-Encoding":"gzip"},"body_base64":"`+
		base64.StdEncoding.EncodeToString(b.Bytes())+`"}}`+"\n", 20)
}

// TestHostileFiles gives the program paths that are no plain files.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	listener, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	if err := syscall.Mkfifo(at("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	os.Mkdir(at("loop"), 0o755)
	os.Symlink("..", at("loop/up"))
	os.Symlink("self", at("loop/self"))
	os.Symlink("nowhere", at("dangling"))
	os.Symlink("/dev/zero", at("endless"))
	write("loop/good.ndjson", ping)
	write("many.zip", manyMembers(300_000))
	write("bomb.zip", zipBomb())
	secret := write("secret", ping)
	os.Chmod(secret, 0)
	_, denied := os.Open(secret)

	for _, c := range []struct {
		name, path string
		code       int
		want       string
		skip       bool
	}{
		{"a socket", at("socket"), 2, "socket: expected a file, found a socket", false},
		{"a FIFO that nobody writes to", at("fifo"), 2, "fifo: expected somebody to write to it, found nobody in time", false},
		{"a directory loop", at("loop"), 2, "loop/self", false},
		{"a link to nowhere", at("dangling"), 2, "dangling: no such file or directory", false},
		{"a missing file", at("missing"), 2, "missing: no such file or directory", false},
		{"an endless device", at("endless"), 2, "no recording format", false},
		{"an endless device by its name", "/dev/zero", 2, "no recording format", false},
		{"a device that is always empty", "/dev/null", 2, "the file is empty", false},
		{"an unreadable file", secret, 2, "secret: permission denied", denied == nil},
		{"a zip of 300,000 members", at("many.zip"), 2, "limit directory-bytes", false},
		{"a zip bomb of 20 members", at("bomb.zip"), 2, "a decompression bomb", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.skip {
				t.Skip("this user may read every file")
			}
			hostile(t, nil, c.code, c.want, "lint", "--limit", "file-seconds=2", c.path)
		})
	}
}

// TestVanishing removes the files between finding and reading them: the first
// of all is a FIFO, which holds the one worker up until they are gone.
func TestVanishing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo, gone := filepath.Join(dir, "a-fifo"), filepath.Join(dir, "b-gone")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(gone, []byte(ping), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "lint", fifo, gone)
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0) // returns when the program reads it
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(gone)
	io.WriteString(w, ping)
	w.Close()
	if got := code(t, cmd.Wait()); got != 2 || !strings.Contains(out.String(), "b-gone: no such file or directory") {
		t.Errorf("expected exit code 2 and the file's name, found %d:\n%s", got, out.String())
	}
}

func manyMembers(n int) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("member-with-a-long-name-%d", i)})
	}
	z.Close()
	return b.String()
}

// zipBomb has twenty members alike, compressed once.
func zipBomb() string {
	var one, all bytes.Buffer
	z := zip.NewWriter(&one)
	w, _ := z.Create("")
	io.Copy(w, join(ping, repeated(" ", 70<<20)))
	z.Close()
	r, err := zip.NewReader(bytes.NewReader(one.Bytes()), int64(one.Len()))
	if err != nil {
		panic(err)
	}
	z = zip.NewWriter(&all)
	for i := range 20 {
		r.File[0].Name = fmt.Sprint(i)
		z.Copy(r.File[0])
	}
	z.Close()
	return all.String()
}
