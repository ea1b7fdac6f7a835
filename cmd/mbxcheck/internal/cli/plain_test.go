package cli

import (
	"strings"
	"testing"
)

// A message keeps its own line breaks; what it quotes begins no line and commands
// nobody.
func TestMessagesStayMessages(t *testing.T) {
	for _, c := range []struct{ text, value, want string }{
		{"one\n\ttwo", "", "one\n\ttwo"},
		{"open a\n✓ all rules passed: no such file", "a\n✓ all rules passed", `open a\n✓ all rules passed: no such file`},
		{"--url a\tb: wrong", "a\tb", `--url a\tb: wrong`},
		{"it wrote:\n::error::x\n  ##[y]", "", "it wrote:\n\\x3a:error::x\n  #\\x23[y]"},
		{"a\x1b[2J\r\n b\u202e", "", "a\\x1b[2J\\r\n b\\u202e"},
		{"", "", ""},
	} {
		if got := laidOut(c.text, c.value); got != c.want {
			t.Errorf("%q: expected %q, found %q", c.text, c.want, got)
		}
	}
}

// Whatever an argument holds, no line of what the command says is a command to the
// program that runs a build, or passes for one of ours.
func TestArgumentsBeginNoLine(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"a\n::error::x", "a\n✓ all rules passed", "::stop-commands::a", "a\n\t ##[error]x", "##vso[a]b"} {
		for _, args := range [][]string{
			{"lint", value}, {"verify", value}, {"lint", "--run", value, "x"}, {"lint", "--run=" + value, "x"}, {value}, {"explain", value},
			{"lint", "--format", value, "x"}, {"probe", "--url=" + value}, {"serve", "--admin", value}, {"serve", "--record", value},
			{"serve", "--scenario", value}, {"matrix", value}, {"lint", "--" + value}, {"certify", "--", value}, {"help", value},
		} {
			ran := mbxcheck("", args...)
			out := ran.out + ran.err
			for l := range strings.Lines(out) {
				if l = strings.TrimSpace(l); strings.HasPrefix(l, "::") || strings.HasPrefix(l, "✓ all") || strings.Contains(l, "##[") || strings.Contains(l, "##vso[") {
					t.Errorf("%q: found the line %q in\n%s", args, l, out)
				}
			}
		}
	}
}
