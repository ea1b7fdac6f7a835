package driver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// The test's own program plays the drivers: each role is a driver of its own.
const roleVariable = "DRIVER_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		play(role)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const hello = `{"protocol":1,"client":"player","version":"1","configuration":"default","ops":["ping","time"]}`

func play(role string) {
	switch role {
	case "silent":
		fmt.Fprintln(os.Stderr, "loading")
		select {}
	case "dead on arrival":
		fmt.Fprintln(os.Stderr, "Cannot find module 'ccxt'")
		os.Exit(3)
	case "chatty":
		fmt.Println("Using keys from the environment")
	case "other protocol":
		fmt.Println(strings.Replace(hello, `"protocol":1`, `"protocol":2`, 1))
	case "endless line":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	}
	fmt.Println(hello)
	in := bufio.NewScanner(os.Stdin)
	var held []int64
	for in.Scan() {
		var c Command
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			panic(err)
		}
		answer := fmt.Sprintf(`{"id":%d,"outcome":"ok","result":{"rows":%d}}`, c.ID, c.ID)
		switch role {
		case "good":
			fmt.Println(answer)
		case "backwards": // answers once it has three, the last first
			if held = append(held, c.ID); len(held) < 3 {
				continue
			}
			slices.Reverse(held)
			for _, id := range held {
				fmt.Printf(`{"id":%d,"outcome":"ok","result":{"rows":%d}}`+"\n", id, id)
			}
			held = nil
		case "late": // answers the first only with the second
			if c.ID > 1 {
				fmt.Println(`{"id":1,"outcome":"ok"}`)
				fmt.Println(answer)
			}
		case "twice":
			fmt.Println(answer)
			fmt.Println(answer)
		case "unasked":
			fmt.Println(`{"id":99,"outcome":"ok"}`)
		case "prints":
			fmt.Println("<html>")
		case "crashes":
			fmt.Fprintln(os.Stderr, "TypeError: undefined is not a function")
			os.Exit(7)
		case "deaf": // reads one command, and never ends
			select {}
		case "parent":
			fmt.Printf(`{"id":%d,"outcome":"ok","result":{"orderId":%d}}`+"\n", c.ID, child())
		case "unwilling":
			fmt.Println(answer)
		}
	}
	if role == "unwilling" {
		signal.Ignore(syscall.SIGTERM, os.Interrupt)
		select {}
	}
}

// child starts a driver of its own that outlives it, and returns its number.
func child() int {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=silent")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	return cmd.Process.Pid
}

// patience is far more than anything here takes on a busy machine.
const patience = 2 * time.Minute

func command(role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	return cmd
}

func start(t *testing.T, role string) (*Process, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	p, err := Start(ctx, command(role))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, ctx
}

func TestConversation(t *testing.T) {
	p, ctx := start(t, "good")
	if p.Hello.Client != "player" || !p.Hello.Has(Ping) || !p.Hello.BaseURL {
		t.Errorf("found %+v", p.Hello)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			a, err := p.Do(ctx, Command{Op: Ping})
			if err != nil || a.Outcome != traffic.OutcomeOK || *a.Result.Rows != a.ID {
				t.Errorf("found %+v, %v", a, err)
			}
		})
	}
	all.Wait()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if _, err := p.Do(ctx, Command{Op: Ping}); !errors.Is(err, errEndOfOutput) {
		t.Errorf("after the end: found %v", err)
	}
}

func TestAnswersInAnyOrder(t *testing.T) {
	p, ctx := start(t, "backwards")
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if a, err := p.Do(ctx, Command{Op: Ping}); err != nil || *a.Result.Rows != a.ID {
				t.Errorf("found %+v, %v", a, err)
			}
		})
	}
	all.Wait()
}

func TestLateAnswerIsDropped(t *testing.T) {
	p, ctx := start(t, "late")
	short, cancel := context.WithCancel(ctx)
	gone := make(chan error)
	go func() {
		_, err := p.Do(short, Command{Op: Ping})
		gone <- err
	}()
	// The command is told before the caller goes.
	for p.told() == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("expected the caller's own end, found %v", err)
	}
	// If the first was never written, the second is answered all the same: the
	// driver then answers a command that it was not told, which nobody can know.
	if a, err := p.Do(ctx, Command{Op: Ping}); err != nil || a.ID != 2 {
		t.Errorf("found %+v, %v", a, err)
	}
}

func (p *Process) told() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastID
}

func TestNoHello(t *testing.T) {
	for role, wants := range map[string][]string{
		"dead on arrival": {"exit status 3", "Cannot find module 'ccxt'"},
		"chatty":          {"line 1", "expected a hello of protocol 1", `"Using keys from the environment"`},
		"other protocol":  {"line 1", "protocol: expected 1, found 2"},
		"endless line":    {"line 1", "expected at most 1048576 bytes", "bytes more"},
	} {
		t.Run(role, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := Start(ctx, command(role))
			for _, want := range wants {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("expected an error with %q, found %v", want, err)
				}
			}
		})
	}
}

// TestMeantAsHello tells a driver's first line that has a fault from another
// program's.
func TestMeantAsHello(t *testing.T) {
	for line, want := range map[string]bool{
		hello:                         true,
		`{"protocol":2}`:              true,
		`{"client":"x","ops":[]}`:     true,
		`{'protocol':1,'client':'x'}`: true,
		`{"protocol":1,"client":"x","version":"1","ops":["ping"`: true,
		"\ufeff" + hello: true,
		`{"protocol":1,"client":"x","language":"ruby"}`: true,
		``:                   false,
		`{`:                  false,
		`{}`:                 false,
		`ready, protocol: 1`: false,
		`{"level":"info","protocol":"wss","client":"bot","version":"1"}`: false,
		`{"time":1,"msg":"client: started, ops: 3"}`:                     false,
		`[{"protocol":1}]`: false,
	} {
		if got := meantAsHello([]byte(line)); got != want {
			t.Errorf("%s: expected %t, found %t", line, want, got)
		}
	}
}

// TestHelloThatComesLater finds it behind what a library prints.
func TestHelloThatComesLater(t *testing.T) {
	for _, c := range []struct {
		output string
		want   int
	}{
		{"loading\n" + hello + "\n", 2},
		{"loading\n\n" + `{"protocol":2}` + "\n", 3},
		{"{\n\"protocol\": 1,\n\"client\": \"x\"}\n", 1},
		{"loading\nloaded\n", 0},
		{"{\n\"price\": 1\n}\n", 0},
		{strings.Repeat("loading\n", maxLater+2) + hello, 0},
	} {
		_, err := Converse(t.Context(), discarded{}, strings.NewReader(c.output))
		var line *NoHello
		if !errors.As(err, &line) {
			t.Errorf("%.20q: expected no hello, found %v", c.output, err)
			continue
		}
		if got := line.Later(); got != c.want {
			t.Errorf("%.20q: expected a hello on line %d, found it on %d", c.output, c.want, got)
		}
	}
}

// discarded is the input of a driver that is told nothing.
type discarded struct{}

func (discarded) Write(b []byte) (int, error) { return len(b), nil }
func (discarded) Close() error                { return nil }

func TestSilentDriverIsKilled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, command("silent")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("expected the caller's deadline, found %v", err)
	}
}

func TestBrokenConversation(t *testing.T) {
	for role, wants := range map[string][]string{
		"twice":   {"line 3", "expected one answer for each command: 1 has had one"},
		"unasked": {"line 2", "99 has had one, or was never told"},
		"prints":  {"line 2", "expected an answer", `"<html>"`},
		"crashes": {"command 1, ping", "exit status 7", "TypeError: undefined is not a function"},
	} {
		t.Run(role, func(t *testing.T) {
			p, ctx := start(t, role)
			var err error
			for err == nil { // the fault may come after the first answer
				_, err = p.Do(ctx, Command{Op: Ping})
			}
			for _, want := range wants {
				if want == "command 1, ping" && role != "crashes" {
					continue
				}
				if !strings.Contains(err.Error(), want) {
					t.Errorf("expected an error with %q, found %v", want, err)
				}
			}
			if err := p.Close(); err == nil {
				t.Error("expected Close to say so too")
			}
		})
	}
}

func TestDeafDriver(t *testing.T) {
	p, ctx := start(t, "deaf")
	p.exitWait = time.Millisecond
	if _, err := p.Do(withTimeout(t, ctx, 50*time.Millisecond), Command{Op: Ping}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("found %v", err)
	}
	// More than a pipe holds: the writer is stuck, callers are not.
	big := Command{Op: Ping, Params: map[string]any{"symbol": strings.Repeat("x", 1<<20)}}
	for range 2 {
		if _, err := p.Do(withTimeout(t, ctx, 50*time.Millisecond), big); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("found %v", err)
		}
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "expected it to exit") {
		t.Errorf("found %v", err)
	}
}

func withTimeout(t *testing.T, parent context.Context, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(parent, d)
	t.Cleanup(cancel)
	return ctx
}

func TestUnwillingDriverIsKilled(t *testing.T) {
	p, ctx := start(t, "unwilling")
	p.exitWait = time.Millisecond
	if _, err := p.Do(ctx, Command{Op: Ping}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "expected it to exit") {
		t.Errorf("found %v", err)
	}
}

// The end of the caller's context ends the driver and everybody who waits.
func TestContextEndsAll(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, command("deaf"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := p.Do(t.Context(), Command{Op: Ping})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("found %v", err)
	}
	if err := p.Close(); !errors.Is(err, context.Canceled) {
		t.Errorf("found %v", err)
	}
}

// What a driver started dies with it.
func TestChildrenAreKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skipf("not done on %s: only the driver itself is killed there", runtime.GOOS)
	}
	p, ctx := start(t, "parent")
	a, err := p.Do(ctx, Command{Op: Ping})
	if err != nil {
		t.Fatal(err)
	}
	child := int(a.Result.OrderID)
	if !alive(child) {
		t.Fatal("expected a child that lives, found none")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(patience)
	for alive(child) && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if alive(child) {
		t.Errorf("process %d outlived its parent", child)
	}
}

// alive reports whether a process runs: one that has died and is not yet reaped
// does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func TestStartRefusesCommandsThatAreWired(t *testing.T) {
	cmd := command("good")
	cmd.Stderr = os.Stderr
	if _, err := Start(t.Context(), cmd); err == nil {
		t.Error("expected a command with a standard stream of its own to be refused")
	}
	if _, err := Start(t.Context(), exec.Command("/nonexistent/driver")); err == nil {
		t.Error("expected a command that isn't there to be refused")
	}
}

func TestRingKeepsTheEnd(t *testing.T) {
	r := ring{keep: 10}
	var all strings.Builder
	for i := range 100 {
		s := strings.Repeat(string(rune('a'+i%26)), i%23)
		all.WriteString(s)
		r.Write([]byte(s))
		want := all.String()[max(0, all.Len()-10):]
		if got := r.String(); got != want {
			t.Fatalf("after %d writes: expected %q, found %q", i+1, want, got)
		}
	}
	r.Write([]byte(strings.Repeat("é", 10)))
	r.Write([]byte("x"))
	if got := r.String(); got != "ééééx" {
		t.Errorf("expected whole characters, found %q", got)
	}
}
