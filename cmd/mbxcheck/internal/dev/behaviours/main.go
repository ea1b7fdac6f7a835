// Command behaviours shows that those who watch clients agree, and are right: it
// generates clients, good and bad ones, has each play before certify, isolated
// and by {url}, and before a venue that records in three formats, and holds what
// certify and lint say against what the client's own diary tells.
//
//	go run ./cmd/mbxcheck/internal/dev/behaviours -n 200 -seed 7
//	go run ./cmd/mbxcheck/internal/dev/behaviours -n 200 -seed 7 -only 42 -keep /tmp/42
//
// It exits with 1 where something contradicts something else. A behaviour is
// data, see Behaviour; the client that plays it is this program itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/cli"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
)

func main() {
	become()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// become makes the process what its environment wants: a client, its world, or
// the command line that is watched. Else it returns.
func become() {
	process.Inside()
	if os.Getenv(behaviourVariable) != "" {
		os.Exit(play())
	}
	if os.Getenv(asMbxcheck) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		context.AfterFunc(ctx, stop)
		os.Exit(cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
}

// options are those of the program.
type options struct {
	n, first, atOnce int
	seed             uint64
	keep             string
	scenario         string
	seats            []Seat
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	o := options{seats: seats}
	flags := flag.NewFlagSet("behaviours", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.IntVar(&o.n, "n", 20, "how many behaviours")
	flags.Uint64Var(&o.seed, "seed", 1, "what they are made of")
	flags.IntVar(&o.atOnce, "at-once", 16, "how many runs at the same time: they wait most of it")
	flags.StringVar(&o.keep, "keep", "", "the directory for diaries, recordings and reports (default a temporary one, which stays if something contradicts)")
	only := flags.Int("only", -1, "this behaviour alone")
	flags.StringVar(&o.scenario, "scenario", "", "behaviours of this scenario alone, a glob")
	flags.Func("seats", "these alone, separated by commas", func(text string) error {
		o.seats = nil
		for _, s := range strings.Split(text, ",") {
			if !slices.Contains(seats, Seat(s)) {
				return fmt.Errorf("expected one of %v, found %q", seats, s)
			}
			o.seats = append(o.seats, Seat(s))
		}
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *only >= 0 {
		o.first, o.n = *only, 1
	}
	code, err := o.run(ctx, out)
	if err != nil {
		fmt.Fprintf(errs, "behaviours: %v\n", err)
		return max(code, 1)
	}
	return code
}

func (o *options) run(ctx context.Context, out io.Writer) (code int, err error) {
	dir := o.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "behaviours-"); err != nil {
			return 1, err
		}
	}
	if dir, err = filepath.Abs(dir); err != nil { // clients have a directory of their own
		return 1, err
	}
	sights := watchAll(ctx, o.behaviours(), o.seats, dir, o.atOnce)
	if ctx.Err() != nil {
		return 130, errors.New("interrupted")
	}
	sum := sumUp(sights)
	sum.write(out)
	if sum.clean() && o.keep == "" {
		return 0, os.RemoveAll(dir)
	}
	fmt.Fprintf(out, "\ndiaries, recordings and reports are in %s\n", dir)
	if sum.clean() {
		return 0, nil
	}
	return 1, nil
}

// behaviours are those that are asked for.
func (o *options) behaviours() (list []Behaviour) {
	for n := o.first; len(list) < o.n; n++ {
		b := Generate(o.seed, n)
		if ok, _ := filepath.Match(o.scenario, b.Scenario); ok || o.scenario == "" {
			list = append(list, b)
		}
		if n > o.first+1000*o.n {
			break // no scenario is called so
		}
	}
	return list
}

// watchAll has each behaviour played before each seat, some at once.
func watchAll(ctx context.Context, list []Behaviour, seats []Seat, dir string, atOnce int) []*Sight {
	sights := make([]*Sight, len(list)*len(seats))
	turn := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range sights {
		b, seat := list[i/len(seats)], seats[i%len(seats)]
		turn <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-turn }()
			sights[i] = watch(ctx, b, seat, filepath.Join(dir, fmt.Sprintf("%03d-%s", b.Number, seat)))
		})
	}
	all.Wait()
	return sights
}
