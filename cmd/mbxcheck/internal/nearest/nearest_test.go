package nearest

import "testing"

func TestTo(t *testing.T) {
	ids := []string{"ascending", "back-off-after-429", "retry-after-present", "G03", "G07", "L07a", "L07b", "L08"}
	for _, c := range []struct{ word, want string }{
		{"ascendign", "ascending"},
		{"Ascending", "ascending"},
		{"back-off-after-492", "back-off-after-429"},
		{"back-of", "back-off-after-429"},
		{"retry", "retry-after-present"},
		{"L07", "L07a"},
		{"429", "back-off-after-429"},
		{"backoff", "back-off-after-429"},
		{"after429", "back-off-after-429"},
		{"----", ""},
		{"g3", "G03"},
		{"l8", "L08"},
		{"sorted-by-moonlight", ""},
		{"", ""},
	} {
		if got := To(c.word, ids); got != c.want {
			t.Errorf("To(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
