package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/cli"
)

// said is what the linter says of a recording by one rule.
type said struct {
	verdict string
	found   []int // exchanges, in order
	why     []string
}

// report is what the oracle reads of the linter's JSON report.
type report struct {
	Traffic struct{ Unreadable, Exchanges int }
	Rules   []struct {
		ID, Verdict string
		Doubts      []struct{ Why string }
	}
	Findings []struct {
		Rule, Message, Expected, Seen string
		At                            struct{ Exchange int }
	}
	Errors []json.RawMessage
}

// lint has the command line judge a recording, as a user would, by some rules.
func lint(ctx context.Context, recording []byte, rules []string) (map[string]said, error) {
	var out, errs bytes.Buffer
	args := []string{"lint", "--format", "json", "--max-findings", "0", "--run", strings.Join(rules, ","), "-"}
	code := cli.Run(ctx, args, cli.Streams{In: bytes.NewReader(recording), Out: &out, Err: &errs})
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("lint ended with %d and no report: %s: %w", code, errs.String(), err)
	}
	if r.Traffic.Unreadable > 0 {
		return nil, fmt.Errorf("lint could not read its own recording: %s", r.Errors)
	}
	all := map[string]said{}
	for _, rule := range r.Rules {
		s := said{verdict: rule.Verdict}
		for _, doubt := range rule.Doubts {
			s.why = append(s.why, "undecided: "+doubt.Why)
		}
		slices.Sort(s.why)
		for _, f := range r.Findings {
			if f.Rule != rule.ID {
				continue
			}
			s.found = append(s.found, f.At.Exchange)
			s.why = append(s.why, fmt.Sprintf("broken by exchange %d: %s Expected %s, seen %s", f.At.Exchange, f.Message, f.Expected, f.Seen))
		}
		slices.Sort(s.found)
		s.found = slices.Compact(s.found)
		all[rule.ID] = s
	}
	return all, nil
}
