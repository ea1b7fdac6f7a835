package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/reports"
)

func addColor(cmd *cobra.Command) *choice {
	return addChoice(cmd, "color", "auto", []string{"auto", "always", "never"}, "WHEN",
		"colour text always, never, or auto: on a terminal, unless NO_COLOR is set")
}

// colored reports whether to colour what goes to standard output. The flag
// outweighs NO_COLOR (no-color.org), which counts if it is not empty.
func (a *app) colored(color string) bool {
	_, is := terminal(a.raw)
	return color == "always" || color == "auto" && is && !dumb() && os.Getenv("NO_COLOR") == ""
}

// style is how pages for a person are laid out on standard output: as wide as
// the terminal, but no wider than prose is read well.
func (a *app) style(color string) reports.Style {
	s := reports.Style{Color: a.colored(color)}
	if fd, is := terminal(a.raw); is {
		s.Width = min(columns(fd), maxPage)
	}
	return s
}

// maxPage is the widest page of prose in columns.
const maxPage = 100
