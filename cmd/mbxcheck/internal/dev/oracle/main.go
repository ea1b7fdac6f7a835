// Command oracle holds what the linter says against an oracle that was written
// from the rules' pages alone (mbxcheck explain RULE) and shares no code with the
// rules. It generates conversations, writes each in all formats that the project
// writes, has them judged, and compares the verdict and the exchanges found, rule
// by rule.
//
//	go run ./cmd/mbxcheck/internal/dev/oracle -n 10000 -seed 1
//	go run ./cmd/mbxcheck/internal/dev/oracle -seed 1 -only 42
//
// It prints each disagreement, made as small as it can be, and exits with 1 if
// there is one. Then the oracle misread the page, or the page says too little, or
// the linter is wrong.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// maxShown bounds the disagreements of one kind that are shown: they nearly always
// have one cause.
const maxShown = 3

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("oracle", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprintf(errs, "Oracle holds what the linter says against the rules' pages.\n\nExample:\n  go run ./cmd/mbxcheck/internal/dev/oracle -n 10000 -seed 1\n\nFlags:\n")
		flags.PrintDefaults()
	}
	n := flags.Uint64("n", 1000, "how many conversations")
	seed := flags.Uint64("seed", 1, "what they are made of")
	only := flags.Int64("only", -1, "this conversation alone")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	first, end := uint64(0), *n
	if *only >= 0 {
		first, end = uint64(*only), uint64(*only)+1
	}
	sum, err := compareAll(ctx, *seed, first, end)
	if err != nil {
		fmt.Fprintf(errs, "oracle: %v\n", err)
		return 2
	}
	sum.write(out)
	if len(sum.disagreements) > 0 {
		return 1
	}
	return 0
}

// summary is what came of all comparisons.
type summary struct {
	conversations, exchanges, verdicts int
	told                               map[string]int // how often the oracle came to what
	disagreements                      []*disagreement
}

// compareAll compares the conversations from first to before end, on all cores.
func compareAll(ctx context.Context, seed, first, end uint64) (*summary, error) {
	sum := &summary{told: map[string]int{}}
	var (
		mu   sync.Mutex
		all  sync.WaitGroup
		next atomic.Uint64
		bad  error
	)
	next.Store(first)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for ctx.Err() == nil {
				number := next.Add(1) - 1
				if number >= end {
					return
				}
				part, err := compareOne(ctx, seed, number)
				mu.Lock()
				if sum.add(part); err != nil && bad == nil {
					bad = fmt.Errorf("seed %d, conversation %d: %w", seed, number, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.SortFunc(sum.disagreements, func(a, b *disagreement) int { return int(a.number) - int(b.number) })
	if bad == nil {
		bad = ctx.Err()
	}
	return sum, bad
}

// compareOne makes a conversation and compares it in all formats.
func compareOne(ctx context.Context, seed, number uint64) (*summary, error) {
	xs, some := generate(seed, number), clauses()
	part := &summary{conversations: 1, exchanges: len(xs), told: map[string]int{}}
	for _, c := range some {
		part.told[c.rule+" "+judged(c, xs).verdict()]++
	}
	seen := map[string]bool{}
	for _, f := range formats() {
		list, err := compare(ctx, xs, f, some)
		if err != nil {
			return part, err
		}
		part.verdicts += len(some)
		for _, d := range list {
			if seen[d.kind()] { // one format shows it
				continue
			}
			seen[d.kind()] = true
			d.seed, d.number = seed, number
			part.disagreements = append(part.disagreements, shrink(ctx, d, f, some[slices.IndexFunc(some, func(c clause) bool { return c.rule == d.rule })]))
		}
	}
	return part, nil
}

func (s *summary) add(o *summary) {
	s.conversations += o.conversations
	s.exchanges += o.exchanges
	s.verdicts += o.verdicts
	s.disagreements = append(s.disagreements, o.disagreements...)
	for what, n := range o.told {
		s.told[what] += n
	}
}

// write shows the first disagreements of each kind, and counts all.
func (s *summary) write(out io.Writer) {
	kinds := map[string]int{}
	for _, d := range s.disagreements {
		if kinds[d.kind()]++; kinds[d.kind()] <= maxShown {
			fmt.Fprintln(out, d)
		}
	}
	fmt.Fprintf(out, "%d conversations, %d exchanges, %d verdicts compared, %d disagreements\n", s.conversations, s.exchanges, s.verdicts, len(s.disagreements))
	for _, counts := range []map[string]int{s.told, kinds} {
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(out, "%8d %s\n", counts[name], name)
		}
	}
}
