//go:build linux

// Load measures how many requests for /api/v1/time mbxcheck serve answers, with
// its limits on, beside nginx that returns the same bytes from its
// configuration and Stoplight Prism that mocks the route.
//
//	go run ./cmd/mbxcheck/internal/dev/bench/load
//
// Each server has one core to itself, and the sender, wrk, another. Servers
// take turns, so that a machine that grows slower does so for all of them, and
// of the runs the median counts. It installs nothing: it can't do without wrk
// and taskset; another server that is not there is left out, and the report
// says so.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"
)

func main() {
	runs := flag.Int("runs", 5, "runs of each server, of which the median counts")
	length := flag.Duration("length", 5*time.Second, "length of each run, in whole seconds")
	flag.Parse()
	if err := run(*runs, *length); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(runs int, length time.Duration) error {
	if err := needed(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mbxcheck-load")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var servers []*server
	defer func() {
		for _, s := range servers {
			s.stop()
		}
	}()
	venue, err := startVenue(dir)
	if err != nil {
		return err
	}
	servers = append(servers, venue)
	fmt.Println("wrk -t1 -c32, one core for each side, limits on")
	for _, peer := range []func(string, *server) (*server, error){startNginx, startPrism, startSilentPrism} {
		s, err := peer(dir, venue)
		var absent *exec.Error
		switch {
		case errors.As(err, &absent):
			fmt.Printf("%-14s left out: %v\n", absent.Name, absent.Err)
			continue
		case err != nil:
			return err
		}
		servers = append(servers, s)
	}
	for range runs {
		for _, s := range servers {
			if err := s.measure(length); err != nil {
				return err
			}
		}
	}
	for _, s := range servers {
		s.report(venue)
	}
	return nil
}

// needed says what is missing that nothing can be measured without.
func needed() error {
	var all error
	for _, tool := range []struct{ name, from string }{{"wrk", "wrk"}, {"taskset", "util-linux"}} {
		if _, err := exec.LookPath(tool.name); err != nil {
			all = errors.Join(all, fmt.Errorf("%s is missing; in Debian it is in the package %s", tool.name, tool.from))
		}
	}
	if runtime.NumCPU() < 2 {
		all = errors.Join(all, errors.New("expected two cores or more, found one: server and sender would take turns"))
	}
	return all
}

// report prints a server's medians, and how they compare to the venue's.
func (s *server) report(venue *server) {
	perSecond := func(s *server, i int) float64 { return float64(s.runs[i].requests) / s.runs[i].took.Seconds() }
	cpu := func(s *server, i int) float64 {
		return float64(s.runs[i].cpu.Nanoseconds()) / float64(s.runs[i].requests) / 1e3
	}
	median := func(of func(i int) float64) float64 {
		var all []float64
		for i := range s.runs {
			all = append(all, of(i))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	fmt.Printf("%-14s %9.0f requests/s  %6.1f us of CPU each", s.name,
		median(func(i int) float64 { return perSecond(s, i) }), median(func(i int) float64 { return cpu(s, i) }))
	if s != venue {
		fmt.Printf("  venue: %.2f times its requests, %.2f times by CPU",
			median(func(i int) float64 { return perSecond(venue, i) / perSecond(s, i) }),
			median(func(i int) float64 { return cpu(s, i) / cpu(venue, i) }))
	}
	fmt.Println()
}
