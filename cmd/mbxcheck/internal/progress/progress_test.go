package progress

import (
	"strings"
	"testing"
	"time"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		state State
		took  time.Duration
		width int
		want  string
	}{
		{State{Bytes: 40e6, TotalBytes: 80e6, Files: 3, TotalFiles: 9, Exchanges: 300_000}, 2 * time.Second, 80,
			"[==========           ]  50% 40.0 MB of 80.0 MB, 3 of 9 files, 150k exchanges/s"},
		{State{Bytes: 1.5e9, TotalBytes: 3e9, TotalFiles: 1, Exchanges: 5000}, time.Second, 80,
			"[===============               ]  50% 1.5 GB of 3.0 GB, 5000 exchanges/s"},
		{State{Bytes: 123_456, TotalFiles: 1, Exchanges: 50}, 5 * time.Second, 80, "123 kB, 10 exchanges/s"},
		{State{Bytes: 40e6, TotalBytes: 80e6, Files: 3, TotalFiles: 9, Exchanges: 300_000}, 2 * time.Second, 40,
			"40.0 MB of 80.0 MB, 3 of 9 files, 150k "},
		{State{Bytes: 200, TotalBytes: 100, TotalFiles: 1}, time.Second, 60, "[======================] 100% 200 B of 100 B, 0 exchanges/s"},
	} {
		got := Line(c.state, c.took, c.width)
		if got != c.want {
			t.Errorf("Line(%+v, %v, %d):\n got %q\nwant %q", c.state, c.took, c.width, got, c.want)
		}
		if len(got) >= c.width {
			t.Errorf("expected fewer than %d columns, found %d", c.width, len(got))
		}
	}
}

// TestShortJobsShowNothing: the bar is stopped long before anyone wonders.
func TestShortJobsShowNothing(t *testing.T) {
	var b strings.Builder
	Start(&b, func() int { return 80 }, func() State { return State{} }).Stop()
	if b.Len() > 0 {
		t.Errorf("expected nothing, found %q", b.String())
	}
	(*Bar)(nil).Stop()
}
