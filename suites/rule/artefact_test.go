package rule

import "testing"

// Counts of artefacts add up.
func TestArtefactsAddUp(t *testing.T) {
	one := Artefacts{CutBody: 2, StaleCoding: 1}
	var sum Artefacts
	sum.add(&one)
	sum.add(&one)
	if want := (Artefacts{CutBody: 4, StaleCoding: 2}); sum != want {
		t.Errorf("expected %v, found %v", want, sum)
	}
}

// TestArtefactsAreNamed: reports print each.
func TestArtefactsAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for a := range numArtefacts {
		if a.ID() == "" || a.String() == "" || seen[a.ID()] {
			t.Errorf("artefact %d is called %q, %q", a, a.ID(), a)
		}
		seen[a.ID()] = true
	}
}
