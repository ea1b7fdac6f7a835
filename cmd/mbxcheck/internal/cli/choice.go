package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// choice is a flag with one of a few values.
type choice struct {
	value string
	from  []string
	shown string // the type's name in help
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return c.shown }

// Set takes one of the values.
func (c *choice) Set(s string) error {
	if slices.Contains(c.from, s) {
		c.value = s
		return nil
	}
	return notOneOf(s, c.from)
}

// notOneOf says what was expected, and what was probably meant.
func notOneOf(s string, from []string) error {
	text := "expected " + list(from)
	if meant := nearest.To(s, from); meant != "" {
		text += fmt.Sprintf("; did you mean %s?", meant)
	}
	return fmt.Errorf("%s", text)
}

// list is "a", "a or b", "a, b or c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// addChoice declares a flag with a few values, which the shell completes.
func addChoice(cmd *cobra.Command, name, value string, from []string, shown, help string) *choice {
	c := &choice{value: value, from: from, shown: shown}
	cmd.Flags().Var(c, name, help)
	complete(cmd, name, cobra.FixedCompletions(from, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// fileName is a flag with the name of a file or directory. An empty one, as an unset
// variable leaves it, would be taken for no flag.
type fileName string

func (n *fileName) String() string { return string(*n) }
func (n *fileName) Type() string   { return "string" }

// Set takes any name.
func (n *fileName) Set(s string) error {
	if s == "" {
		return errNoName
	}
	*n = fileName(s)
	return nil
}

var errNoName = errors.New("no name")

// kindOfName says what is named where help has a word for it.
var kindOfName = map[string]string{"FILE": "file", "DIR": "directory"}

// addFile declares a flag with the name of what help calls a FILE or DIR.
func addFile(f *pflag.FlagSet, to *string, name, short, help string) {
	f.VarP((*fileName)(to), name, short, help)
}

// complete registers the completion of a flag's values. It fails only for a
// flag that was not declared.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// completeFormat completes NAME, and behind NAME= a file.
func completeFormat(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(word, "=") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return formatNames(), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeList completes the last of several comma separated values.
func completeList(values func() []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		done := ""
		if i := strings.LastIndexByte(word, ','); i >= 0 {
			done = word[:i+1]
		}
		return wording.Each(values(), func(v string) string { return done + v }), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}
