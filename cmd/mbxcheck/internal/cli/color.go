package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/reports"
)

func addColor(cmd *cobra.Command) *choice {
	return addChoice(cmd, "color", "auto", []string{"auto", "always", "never"}, "WHEN",
		"colour text always, never, or auto: on a terminal unless NO_COLOR is set, elsewhere if FORCE_COLOR or CLICOLOR_FORCE is")
}

// colored reports whether to colour what goes to standard output. The flag
// outweighs NO_COLOR (no-color.org), which counts if it is not empty.
func (a *app) colored(color string) bool {
	if color != "auto" {
		return color == "always"
	}
	_, is := terminal(a.raw)
	return os.Getenv("NO_COLOR") == "" && (is && !dumb() || forced("FORCE_COLOR") || forced("CLICOLOR_FORCE"))
}

// forced reports a variable that asks for colours, as logs of CI jobs show
// them (force-color.org, bixense.com/clicolors): set, and not to 0.
func forced(variable string) bool {
	v := os.Getenv(variable)
	return v != "" && v != "0"
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

// maxReport is the widest report in columns: beyond it a number stands too far
// from what it counts.
const maxReport = 120

// maxPage is the widest page of prose in columns.
const maxPage = 100
