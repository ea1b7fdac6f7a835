//go:build !race

// A minute of processor time with the race detector, which the reference client
// has shown all there is to see.

package planted_test

import (
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestPlantedClientsBreakWhatTheyName puts every client through every scenario:
// it must break the rules that it names and no other.
func TestPlantedClientsBreakWhatTheyName(t *testing.T) {
	t.Parallel()
	for _, p := range planted.All()[1:] { // behind the reference client
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			total := put(t, p)
			for i := range total.Rules {
				r := &total.Rules[i]
				if r.Error != "" {
					t.Errorf("%s: %s", r.ID, r.Error)
				}
				if is, want := r.Verdict() == rule.Fail, slices.Contains(p.Breaks, r.ID); is != want {
					t.Errorf("%s: expected it broken: %t, found the verdict %s%s", r.ID, want, r.Verdict(), first(r))
				}
			}
		})
	}
}
