package subject

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// asClient, in the environment, makes the test binary a client that behaves as
// the word says.
const asClient = "MBXCHECK_TEST_CLIENT"

const hello = `{"protocol":1,"client":"small","version":"1.2","configuration":"default","ops":["time"]}`

func TestMain(m *testing.M) {
	process.Inside()
	if way := os.Getenv(asClient); way != "" {
		os.Exit(beClient(way))
	}
	os.Exit(m.Run())
}

// beClient is a client of a few words.
func beClient(way string) int {
	switch way {
	case "crash":
		fmt.Fprintln(os.Stderr, "no such file")
		return 7
	case "gone":
		return 0
	case "log":
		ask()
		fmt.Println("connected")
		return 0
	case "chatter": // which a program that is watched may be
		fmt.Println("starting")
		return 0
	case "quiet":
		ask()
		return 0
	case "faulty":
		fmt.Println(strings.Replace(hello, `"protocol":1`, `"protocol":2`, 1))
	case "banner":
		fmt.Println("loading")
		fmt.Println(hello)
	case "early":
		ask()
		fmt.Println(hello)
	default:
		fmt.Println(hello)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var c driver.Command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return 1
		}
		switch way {
		case "elsewhere":
			fmt.Printf("{\"id\":%d,\"outcome\":\"error\",\"error\":{\"type\":\"NoNetwork\",\"message\":\"who is api.example\"}}\n", c.ID)
			continue
		case "dies":
			return 3
		case "driver":
			ask()
		}
		fmt.Printf("{\"id\":%d,\"outcome\":\"ok\"}\n", c.ID)
	}
	return 0
}

func ask() {
	if resp, err := http.Get(os.Getenv("MBXCHECK_URL") + "/api/v1/time"); err == nil {
		resp.Body.Close()
	}
}

func program(t *testing.T, way string, mode certificate.Mode) *Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Program{Mode: mode, Options: process.Options{Command: []string{self}, Way: wire.ByURL, Env: []string{asClient + "=" + way}}}
}

// TestMeet is the table of what a command may turn out to be.
func TestMeet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		way        string
		mode, want certificate.Mode // want is "" for none that can be certified
		says       string           // in the note, or in the error
	}{
		{"driver", "", certificate.Drive, ""},
		{"driver", certificate.Drive, certificate.Drive, ""},
		{"early", "", certificate.Drive, "called the venue before its hello (requests: 1)"},
		{"log", "", certificate.Observe, "its first line on standard output is no hello: \"connected\""},
		{"quiet", "", certificate.Observe, "it called the venue and ended with exit code 0 without a hello"},
		{"chatter", "", "", "it ended with exit code 0"},
		{"chatter", certificate.Observe, certificate.Observe, ""},
		{"log", certificate.Drive, "", "the command is no driver"},
		{"gone", "", "", "it ended with exit code 0"},
		{"gone", certificate.Drive, "", "the command is no driver"},
		{"crash", "", "", "the client did not start: the client ended with exit code 7"},
		{"faulty", "", "", "the driver's hello has a fault: "},
		{"faulty", certificate.Observe, certificate.Observe, ""},
		{"banner", "", "", "the driver's hello stands on line 2 of its output"},
		{"deaf", "", "", "it told its caller of time: ok, without a request"},
		{"elsewhere", "", "", "it told its caller of time: error: NoNetwork: who is api.example"},
		{"dies", "", "", "exit code 3"},
	} {
		t.Run(c.way+" "+string(c.mode), func(t *testing.T) {
			t.Parallel()
			p := program(t, c.way, c.mode)
			err := p.Meet(t.Context())
			if (err == nil) != (c.want != "") || err == nil && p.Mode != c.want {
				t.Fatalf("expected %q, found %q, %v", c.want, p.Mode, err)
			}
			if said := p.Note + fmt.Sprint(err); !strings.Contains(said, c.says) {
				t.Errorf("expected %q, found %q", c.says, said)
			}
			if c.want == certificate.Drive && p.Hello.Client != "small" {
				t.Errorf("expected its hello kept, found %+v", p.Hello)
			}
		})
	}
}

// TestWhatIsToldOfNoClient: what a command printed is told where it did not start,
// and what was seen of it where it was not reached.
func TestWhatIsToldOfNoClient(t *testing.T) {
	t.Parallel()
	var notStarted *NotStarted
	if err := program(t, "crash", "").Meet(t.Context()); !errors.As(err, &notStarted) || !strings.Contains(notStarted.Output, "no such file") {
		t.Errorf("expected its last words, found %v, %+v", err, notStarted)
	}
	var notReached *NotReached
	if err := program(t, "gone", "").Meet(t.Context()); !errors.As(err, &notReached) || notReached.Seen.Exit != "exit code 0" || !strings.Contains(notReached.Hint, "ended by itself") {
		t.Errorf("expected what was seen of it, found %v, %+v", err, notReached)
	}
	missing := program(t, "driver", "")
	missing.Command = []string{"./none"}
	if err := missing.Meet(t.Context()); !errors.As(err, &notStarted) || !errors.Is(err, process.ErrNotStarted) {
		t.Errorf("expected a command that is not there not to start, found %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := program(t, "driver", "").Meet(ctx); err == nil {
		t.Error("expected a run that was interrupted to end with an error")
	}
}

// TestStart: the client of a scenario does what it is told, and one that is
// watched takes no commands.
func TestStart(t *testing.T) {
	t.Parallel()
	for _, mode := range []certificate.Mode{certificate.Drive, certificate.Observe} {
		stage, err := plainStage(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer stage.Front.Close()
		client, err := program(t, "driver", mode).Start(t.Context(), stage)
		if err != nil {
			t.Fatal(err)
		}
		a, err := client.Do(t.Context(), driver.Command{Op: driver.Time})
		if told := err == nil && a.Outcome == traffic.OutcomeOK; told != (mode == certificate.Drive) || stage.Front.Requests() > 0 != told {
			t.Errorf("%s: found %+v, %v and %d requests", mode, a, err, stage.Front.Requests())
		}
		if said := client.Hello(); said.Has(driver.Time) != (mode == certificate.Drive) {
			t.Errorf("%s: found the hello %+v", mode, said)
		}
		if err := client.Close(); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		<-client.Done()
	}
	stage, err := plainStage(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stage.Front.Close()
	if _, err := program(t, "crash", certificate.Drive).Start(t.Context(), stage); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("expected the last words of a driver that did not start, found %v", err)
	}
}
