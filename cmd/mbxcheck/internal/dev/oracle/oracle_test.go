package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestOracleAndLinterAgree compares some conversations of fixed seeds; make oracle
// compares thousands.
func TestOracleAndLinterAgree(t *testing.T) {
	t.Parallel()
	const each = 50
	for _, seed := range []uint64{1, 2, 3, 4} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			sum, err := compareAll(context.Background(), seed, 0, each)
			if err != nil {
				t.Fatal(err)
			}
			if sum.conversations != each || sum.verdicts < each*len(clauses())*len(formats()) {
				t.Errorf("expected %d conversations in all formats, found %d and %d verdicts", each, sum.conversations, sum.verdicts)
			}
			for _, d := range sum.disagreements {
				t.Error(d)
			}
		})
	}
}

// TestDisagreementIsShownAndSmall: an oracle that is wrong is found out, on as few
// exchanges as it takes.
func TestDisagreementIsShownAndSmall(t *testing.T) {
	t.Parallel()
	wrong := clause{"back-off-after-429", func(xs []*reading, j *judgement) {
		for _, r := range xs {
			j.keep(r, "whatever it does")
		}
	}}
	for number := range uint64(100) {
		list, err := compare(context.Background(), generate(1, number), formats()[0], []clause{wrong})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 || list[0].linter.verdict != failed {
			continue
		}
		small := shrink(context.Background(), list[0], formats()[0], wrong)
		if n := len(small.exchanges); n != 2 {
			t.Errorf("conversation %d: expected a refusal and a request, found %d exchanges", number, n)
		}
		for _, want := range []string{"seed 0, conversation 0, back-off-after-429", "whatever it does", "HTTP/1.1 429 Too Many Requests", "@ start 2019-"} {
			if text := small.String(); !strings.Contains(text, want) {
				t.Errorf("expected %q in\n%s", want, text)
			}
		}
		return
	}
	t.Error("expected a client that does not back off among 100 conversations")
}

// TestSeedsMakeTheSame is what -only rests on.
func TestSeedsMakeTheSame(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{}
	for _, number := range []uint64{7, 7, 8} {
		var b bytes.Buffer
		writeText(&b, generate(3, number))
		texts[b.String()] = true
	}
	if len(texts) != 2 {
		t.Errorf("expected one conversation twice and another, found %d different", len(texts))
	}
}

func TestWhatFormatsLoseMayLeaveLessDecided(t *testing.T) {
	t.Parallel()
	broken, kept := newJudgement(), newJudgement()
	r := &reading{Exchange: &traffic.Exchange{}, number: 2}
	broken.fail(r, "")
	kept.keep(r, "")
	for _, c := range []struct {
		oracle          *judgement
		linter          said
		lossless, lossy bool
	}{
		{broken, said{verdict: failed, found: []int{2}}, true, true},
		{broken, said{verdict: failed, found: []int{3}}, false, false},
		{broken, said{verdict: inconclusive}, false, true},
		{broken, said{verdict: passed}, false, false},
		{kept, said{verdict: passed}, true, true},
		{kept, said{verdict: notExercised}, false, true},
		{kept, said{verdict: failed, found: []int{2}}, false, false},
	} {
		if agree(c.oracle, c.linter, true) != c.lossless || agree(c.oracle, c.linter, false) != c.lossy {
			t.Errorf("oracle %s %v, linter %s %v: expected them to agree: %t, and in a lossy format: %t",
				c.oracle.verdict(), c.oracle.found(), c.linter.verdict, c.linter.found, c.lossless, c.lossy)
		}
	}
}

func TestHelpHasAnExample(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"-h"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "-n 10000 -seed 1") {
		t.Errorf("expected an example and exit code 2, found %d and\n%s", code, errs.String())
	}
}
