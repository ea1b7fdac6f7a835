package wording

import (
	"testing"
	"time"
)

func TestWording(t *testing.T) {
	for _, c := range [][2]string{
		{Grouped(0), "0"},
		{Grouped(999), "999"},
		{Grouped(-1234), "-1,234"},
		{Grouped(-100), "-100"},
		{Grouped(1234567), "1,234,567"},
		{Plural(1, "rule", "rules"), "1 rule"},
		{Plural(0, "rule", "rules"), "0 rules"},
		{Plural(1000, "rule", "rules"), "1,000 rules"},
		{Joined(", ", "", "a", "", "b"), "a, b"},
		{Joined(", "), ""},
		{FirstNamed(nil), ""},
		{FirstNamed([]string{"a", "b", "c", "d", "e"}), "a, b, c, d, e"},
		{FirstNamed([]string{"a", "b", "c", "d", "e", "f", "g"}), "a, b, c, d, e and 2 more"},
		{Seconds(400 * time.Millisecond), "0.4 s"},
		{Seconds(time.Minute), "60 s"},
	} {
		if c[0] != c[1] {
			t.Errorf("expected %q, found %q", c[1], c[0])
		}
	}
}
