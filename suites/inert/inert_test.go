package inert

import (
	"strings"
	"testing"
)

func TestValueEscapesWhatCannotBeSeen(t *testing.T) {
	for _, c := range [][2]string{
		{"plain äöü 交", "plain äöü 交"},
		{"a\nb\tc\r", `a\nb\tc\r`},
		{"\x1b[31m", `\x1b[31m`},
		{"\u009b\u202e\U000e0041", `\x9b\u202e\U000e0041`},
		{"\xff", "\ufffd"},
		{"\ufffd", "\ufffd"},
		{"a ##[error]b", `a #\x23[error]b`},
		{"##vso[task.x]##TeamCity[y] ###[z]", `#\x23vso[task.x]#\x23TeamCity[y] ##\x23[z]`},
		{"## [a] #[b] ##c ##1[", "## [a] #[b] ##c ##1["},
		{"\n::error::x", `\n::error::x`},
	} {
		if got := Value(c[0]); got != c[1] || Value(got) != got {
			t.Errorf("%q: expected %q, and the same of it, found %q and %q", c[0], c[1], got, Value(got))
		}
	}
}

func TestLinesBeginNoCommand(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"a\n  b::c\n", "a\n  b::c\n"},
		{"::error::x", `\x3a:error::x`},
		{"a\n \t::x\n::", "a\n \t\\x3a:x\n\\x3a:"},
		{":::", `\x3a::`},
		{"\x1b[31m\x1b[1;2m ::x", "\x1b[31m\x1b[1;2m \\x3a:x"},
		{"\u00a0\r::x\r\n", "\u00a0\r\\x3a:x\r\n"},
		{"\x1b[2J::x", "\x1b[2J::x"},
		{"\x1b[31", "\x1b[31"},
		{"a ##[b]\n##vso[c]", "a #\\x23[b]\n#\\x23vso[c]"},
		{": :x", ": :x"},
	} {
		if got := Lines(c[0]); got != c[1] || Lines(got) != got {
			t.Errorf("%q: expected %q, and the same of it, found %q and %q", c[0], c[1], got, Lines(got))
		}
	}
}

// Whatever comes in, nothing that a runner obeys comes out, and as many lines.
func FuzzLines(f *testing.F) {
	for _, s := range []string{"::a::b", " \t##[a]\n::", "\x1b[1m::x", "####[[", ":\n:", "##\x1b[0m[", "###[##vso[a]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{Lines(s), Lines(Value(s))} {
			for line := range strings.Lines(text) {
				if begun := strings.TrimLeft(line, " \t\r"); strings.HasPrefix(begun, "::") || command().MatchString(line) {
					t.Errorf("%q: expected no command, found %q", s, line)
				}
			}
		}
		if got, want := strings.Count(Lines(s), "\n"), strings.Count(s, "\n"); got != want {
			t.Errorf("%q: expected %d line breaks, found %d", s, want, got)
		}
	})
}
