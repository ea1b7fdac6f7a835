package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: "about",
		Short:   "Say which mbxcheck this is",
		Example: "  mbxcheck version",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			a.tellVersion()
			return nil
		},
	}
}

// tellVersion writes it; what fails is standard output, which Run looks after.
func (a *app) tellVersion() {
	fmt.Fprintf(a.out, "mbxcheck %s\n%s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if version() == unversioned {
		fmt.Fprintln(a.out, "built outside a repository, or by -buildvcs=false: no commit is known")
	}
	for _, e := range edition.All() {
		fmt.Fprintf(a.out, "edition %s, %s to %s\n", e.ID, e.From, e.To)
	}
}

// unversioned is the version of a build that knows of no commit.
const unversioned = "devel"

// version is what the Go tool wrote into the binary: a tag, a pseudo-version
// of a commit, or "devel" when it was built outside a repository.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return unversioned
	}
	return strings.Trim(info.Main.Version, "()")
}
