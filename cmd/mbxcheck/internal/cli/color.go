package cli

import (
	"os"

	"github.com/spf13/cobra"
)

func addColor(cmd *cobra.Command) *choice {
	return addChoice(cmd, "color", "auto", []string{"auto", "always", "never"}, "colour the text; auto: on a terminal, unless NO_COLOR is set")
}

// colored reports whether to colour what goes to standard output. The flag
// outweighs NO_COLOR (no-color.org), which counts if it is not empty.
func (a *app) colored(color string) bool {
	_, is := terminal(a.raw)
	return color == "always" || color == "auto" && is && os.Getenv("NO_COLOR") == ""
}
