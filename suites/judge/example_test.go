package judge_test

import (
	"context"
	"fmt"

	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/judge"
)

// A folder of recordings, judged by the rules of one clause.
func Example() {
	o, err := judge.Config{Rules: []string{"G03"}}.Options()
	if err != nil {
		panic(err) // an ID or a pattern that is none
	}
	found, err := judge.Paths(context.Background(), []string{"../../cassettes/recorded"}, o)
	if err != nil {
		panic(err) // the context ended
	}
	for _, r := range found.Tally.Rules {
		fmt.Printf("%s: %s, broken on %d of %d occasions\n", r.ID, r.Verdict(), r.Failed, r.Exercised())
	}
	// Output:
	// ascending: fail, broken on 2 of 10 occasions
	// ascending-advised: pass, broken on 0 of 2 occasions
	// ascending-contradicted: not-exercised, broken on 0 of 0 occasions
}
