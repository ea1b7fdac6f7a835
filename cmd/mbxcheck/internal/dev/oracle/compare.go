package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// disagreement is a conversation of which oracle and linter say different things
// by one rule.
type disagreement struct {
	seed, number uint64
	rule, format string
	exchanges    []*traffic.Exchange
	oracle       *judgement
	linter       said
}

// judged is what the oracle says of a conversation by one rule.
func judged(c clause, xs []*traffic.Exchange) *judgement {
	readings := make([]*reading, len(xs))
	for i, x := range xs {
		readings[i] = read(x, i+1)
	}
	j := newJudgement()
	c.judge(readings, j)
	return j
}

// compare holds oracle and linter against each other, in one format.
func compare(ctx context.Context, xs []*traffic.Exchange, f format, some []clause) ([]*disagreement, error) {
	recording, err := f.write(xs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	rules := make([]string, len(some))
	for i, c := range some {
		rules[i] = c.rule
	}
	all, err := lint(ctx, recording, rules)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	lossless := f.keeps(xs)
	var list []*disagreement
	for _, c := range some {
		j, s := judged(c, xs), all[c.rule]
		if !agree(j, s, lossless) {
			list = append(list, &disagreement{rule: c.rule, format: f.name, exchanges: xs, oracle: j, linter: s})
		}
	}
	return list, nil
}

// agree compares verdict and findings. What a format lost may leave less decided,
// and never the opposite.
func agree(j *judgement, s said, lossless bool) bool {
	found := j.found()
	if lossless {
		return j.verdict() == s.verdict && slices.Equal(found, s.found)
	}
	if slices.ContainsFunc(s.found, func(n int) bool { return !slices.Contains(found, n) }) {
		return false
	}
	return s.verdict == j.verdict() || s.verdict == inconclusive || s.verdict == notExercised
}

// shrink drops exchanges for as long as the two disagree alike.
func shrink(ctx context.Context, d *disagreement, f format, c clause) *disagreement {
	small := d
	for i := 0; i < len(small.exchanges) && len(small.exchanges) > 1; {
		fewer := slices.Delete(slices.Clone(small.exchanges), i, i+1)
		list, err := compare(ctx, fewer, f, []clause{c})
		if err == nil && len(list) == 1 && list[0].kind() == d.kind() {
			small, i = list[0], 0
			continue
		}
		i++
	}
	small.seed, small.number = d.seed, d.number
	return small
}

// kind is what disagreements have in common that may have one cause.
func (d *disagreement) kind() string {
	return fmt.Sprintf("%s: oracle %s, linter %s", d.rule, d.oracle.verdict(), d.linter.verdict)
}

// String shows all that somebody needs to find out who is right.
func (d *disagreement) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, conversation %d, %s, as %s\n", d.seed, d.number, d.rule, d.format)
	fmt.Fprintf(&b, "  oracle: %s %v\n", d.oracle.verdict(), d.oracle.found())
	for _, why := range d.oracle.reasons() {
		fmt.Fprintf(&b, "    %s\n", why)
	}
	fmt.Fprintf(&b, "  linter: %s %v\n", d.linter.verdict, d.linter.found)
	for _, why := range d.linter.why {
		fmt.Fprintf(&b, "    %s\n", why)
	}
	writeText(&b, d.exchanges)
	return b.String()
}
