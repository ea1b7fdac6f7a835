package serve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// start starts a server that ends with the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	o.Listen, o.Admin = "127.0.0.1:0", "127.0.0.1:0"
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestManyAtOnce: with 64 clients at once every request is counted, weighed and
// recorded once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", filepath.Join(t.TempDir(), "many.ndjson")} {
		const clients, each = 64, 20
		s := start(t, Options{Record: name, Limits: limits(t, "REQUEST_WEIGHT=1000000/1m", "RAW_REQUESTS=1000000/5m")})
		told := make([][]int64, clients)
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() { told[i] = ping(t, s, each) })
		}
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := s.observer.byStatus[200].Load(); got != clients*each || s.observer.total() != clients*each || s.observer.inFlight.Load() != 0 {
			t.Errorf("expected %d requests counted, found %d, in all %d", clients*each, got, s.observer.total())
		}
		counted(t, slices.Concat(told...))
		if name != "" {
			recorded(t, s, name, clients*each)
		}
	}
}

// ping sends pings on a connection of its own and returns the used weights that
// it is told.
func ping(t *testing.T, s *Server, n int) (told []int64) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range n {
		got, err := client.Get(s.Greeting.Listening + "/api/v1/ping")
		if err != nil {
			t.Error(err)
			return nil
		}
		io.Copy(io.Discard, got.Body)
		got.Body.Close()
		used, err := strconv.ParseInt(got.Header.Get("X-MBX-USED-WEIGHT"), 10, 64)
		if err != nil {
			t.Error(err)
		}
		told = append(told, used)
	}
	return told
}

// counted expects each weight from 1 on to have been told once, in each of the
// minutes that the test took.
func counted(t *testing.T, told []int64) {
	t.Helper()
	times := map[int64]int{}
	for _, used := range told {
		times[used]++
	}
	for used, n := range times {
		if used > 1 && times[used-1] < n {
			t.Fatalf("expected a weight of %d told %d times or more, like that of %d, found %d times", used-1, n, used, times[used-1])
		}
	}
	if len(times)*times[1] < len(told) || times[1] > 3 {
		t.Errorf("expected each weight told once a minute, found %d told, %d different and that of 1 %d times", len(told), len(times), times[1])
	}
}

func recorded(t *testing.T, s *Server, name string, want int) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(data, []byte("\n")); got != want || s.observer.record.Count() != int64(want) {
		t.Errorf("expected %d exchanges recorded, found %d", want, got)
	}
}

func limits(t *testing.T, texts ...string) []venue.Limit {
	t.Helper()
	var list []venue.Limit
	for _, text := range texts {
		l, err := venue.ParseLimit(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	return list
}

func TestLimitsReplaceTheirLike(t *testing.T) {
	got := limitsWith(limits(t, "REQUEST_WEIGHT=7/1m", "REQUEST_WEIGHT=9/1h"))
	byDefault := venue.DefaultLimits()
	if len(got) != len(byDefault)+1 || got[0].Limit != 7 || got[len(got)-1].Limit != 9 || byDefault[0].Limit == 7 {
		t.Errorf("found %v", got)
	}
}

// TestCloseLetsGo: a request that is kept waiting for a minute does not keep
// the server from ending.
func TestCloseLetsGo(t *testing.T) {
	sc, err := fault.Parse("wait", []byte("name: wait\nfaults: [{route: '* *', do: timeout}]"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Scenario: sc})
	ended := make(chan error, 1)
	go func() {
		r, err := http.Get(s.Greeting.Listening + "/api/v1/ping")
		if err == nil {
			r.Body.Close()
			err = fmt.Errorf("status %d", r.StatusCode)
		}
		ended <- err
	}()
	for s.observer.inFlight.Load() == 0 {
		runtime.Gosched() // the request is on its way
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("expected the connection closed, found %v", err)
	}
}

// TestRecordingBreaksOff: a disk that is full ends the recording, not the venue.
func TestRecordingBreaksOff(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here to stand for a disk that is full")
	}
	name := filepath.Join(t.TempDir(), "full.ndjson")
	if err := os.Symlink("/dev/full", name); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Record: name})
	for range 2 {
		r, err := http.Get(s.Greeting.Listening + "/api/v1/ping")
		if err != nil || r.StatusCode != 200 {
			t.Fatalf("expected the venue to go on, found %v %v", r, err)
		}
		r.Body.Close()
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("expected to be told that the recording is not whole, found %v", err)
	}
}
