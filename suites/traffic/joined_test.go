package traffic

import "testing"

func TestJoinedLines(t *testing.T) {
	for v, want := range map[string]int64{
		"5": 5, "5, 5": 5, "5,5,5": 5, "5, 6": -1, "5,": -1, ",5": -1, "5, 5, 6": -1, "": -1, " 7 ": 7,
	} {
		if got := decimal(v); got != want {
			t.Errorf("%q: %d", v, got)
		}
	}
}
