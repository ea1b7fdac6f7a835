// Package cli is mbxcheck's command line: flags, what goes to which stream, and
// exit codes. What the commands do is done by the packages that they call.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/output"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// issues is where faults of mbxcheck are told.
const issues = "https://github.com/mbxcheck/mbxcheck/issues"

// Streams are the standard streams of a run.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// app is one run of the program.
type app struct {
	in  io.Reader
	raw io.Writer // standard output itself, to ask whether it is a terminal
	out *output.Sticky
	err io.Writer

	hide *mask.Masker // knows the run's secrets, once there are any

	quoted []string // what messages may quote of the arguments
}

// tell says something on standard error, the run's secrets hidden. What it quotes of
// traffic or of a client is masked before; a path of the user's own stays as it is.
func (a *app) tell(text string) { fmt.Fprintf(a.err, "mbxcheck: %s\n", a.plain(text)) }

// plain is text for standard error.
func (a *app) plain(text string) string {
	return laidOut(string(a.hide.Known([]byte(text))), a.quoted...)
}

// Run runs the command line and returns the exit code. It ends early when the
// context does.
func Run(ctx context.Context, args []string, s Streams) (code int) {
	a := &app{in: s.In, raw: s.Out, out: &output.Sticky{W: s.Out}, err: s.Err, quoted: valuesIn(args)}
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(a.err, "mbxcheck: internal error: %s\nThis is a fault of mbxcheck; please report it with what follows at %s\n%s", plain(fmt.Sprint(v)), issues, debug.Stack())
			code = exitBroken
		}
	}()
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && (a.out.Err == nil || !errors.Is(err, a.out.Err)) {
		code = a.fail(root, cmd, args, err)
	}
	if a.out.Err != nil && code != exitInterrupted {
		fmt.Fprintf(a.err, "mbxcheck: standard output could not be written: %v\n", cause(a.out.Err))
		return exitBroken
	}
	return code
}

// cause takes "write /dev/stdout" off an error that says so already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// fail says what went wrong, and what to do next.
func (a *app) fail(root, cmd *cobra.Command, args []string, err error) int {
	if _, _, unknown := root.Find(args); unknown != nil && len(args) > 0 {
		err = unknownCommand(root, args)
		cmd = root
	}
	e := asExit(err)
	if e.err == nil {
		return e.code
	}
	a.tell(e.err.Error())
	if e.help && e.hint == "" {
		e.hint = fmt.Sprintf("Run '%s --help' for flags and examples.", cmd.CommandPath())
	}
	if e.hint != "" {
		fmt.Fprintln(a.err, a.plain(e.hint))
	}
	return e.code
}

// unknownCommand says which command may have been meant; people try "mbxcheck
// FILE".
func unknownCommand(root *cobra.Command, args []string) error {
	word := args[0]
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			word = arg
			break
		}
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if _, err := os.Stat(word); err == nil {
		return usage(fmt.Sprintf("To judge the recording: mbxcheck lint %s", word), "unknown command %q", word)
	}
	if name := nearest.To(word, names); name != "" {
		return usage(fmt.Sprintf("Did you mean 'mbxcheck %s'?", name), "unknown command %q", word)
	}
	return usage("The commands: "+strings.Join(names, ", ")+".", "unknown command %q", word)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mbxcheck",
		Short: "Judge Binance REST traffic by the venue's own document",
		Long: `mbxcheck judges HTTP traffic of the Binance REST API by the "General API
Information" document: each clause is a rule, and each finding says which
clause was broken, where, and how to mend it.`,
		Example: `  mbxcheck lint trades.har            judge a recording
  mbxcheck lint testdata/cassettes    judge every recording below a directory
  mbxcheck explain back-off-after-429 read what a rule wants`,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if told, _ := cmd.Flags().GetBool("version"); told {
				a.tellVersion()
				return nil
			}
			cmd.SetOut(a.err)
			cmd.Help()
			return &exit{code: exitUsage}
		},
	}
	root.Flags().Bool("version", false, "say which mbxcheck this is, as the command version")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(usageTemplate)
	root.AddGroup(
		&cobra.Group{ID: "judge", Title: "Judge traffic:"},
		&cobra.Group{ID: "live", Title: "Live traffic:"},
		&cobra.Group{ID: "read", Title: "Read the rules:"},
		&cobra.Group{ID: "about", Title: "About mbxcheck:"},
	)
	root.SetHelpCommandGroupID("about")
	root.SetCompletionCommandGroupID("about")
	root.AddCommand(a.lintCommand(), a.verifyCommand(), a.serveCommand(), a.proxyCommand(), a.caCommand(), a.probeCommand(), a.certifyCommand(), a.certifyProxyCommand(), a.scenariosCommand(), a.matrixCommand(), a.rulesCommand(), a.explainCommand(), a.formatsCommand(), a.selftestCommand(), a.versionCommand())
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Short = "Write a completion script for your shell"
		c.Example = "  source <(mbxcheck completion bash)"
		c.Long = "Completion writes a script that completes commands, flags and their values. The\nhelp of each shell's command says where the script belongs."
		c.RunE = completionOf
		c.Args = nil
	}
	return root
}

// completionOf is told no shell, or one that there is no script for: cobra
// would show help and call that success.
func completionOf(cmd *cobra.Command, args []string) error {
	shells := wording.Each(cmd.Commands(), (*cobra.Command).Name)
	if len(args) == 0 {
		return usage("For example: source <(mbxcheck completion bash)", "completion needs the name of a shell: %s", list(shells))
	}
	return usage("", "completion %s: %v", args[0], notOneOf(args[0], shells))
}

// helpCommand is cobra's, but an unknown topic is an error.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help about a command", GroupID: "about",
		Example: "  mbxcheck help lint",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			switch {
			case err == nil && len(rest) > 0 && about != root:
				return usage("", "%s has no command %q", about.CommandPath(), rest[0])
			case err != nil || len(rest) > 0:
				return unknownCommand(root, args)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// flagError names the flag that may have been meant, or what its value should
// have been.
func flagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if f := invalid.GetFlag(); errors.Is(err, errNoName) {
			what, _ := pflag.UnquoteUsage(f)
			return usage("", "--%s: expected the name of a %s, found none: give it one, or leave the flag out", f.Name, kindOfName[what])
		}
		if wanted := kindOfValue[invalid.GetFlag().Value.Type()]; wanted != "" {
			return usage("", "--%s %s: expected %s", invalid.GetFlag().Name, invalid.GetValue(), wanted)
		}
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage("", "%v", err)
	}
	if cmd.Name() == "explain" {
		held := chosen(cmd.Flag("edition").Value.(*choice))
		if id := "-" + unknown.GetSpecifiedShortnames(); errorCode(held, id) != "" {
			return noPage(held, id)
		}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if name := nearest.To(unknown.GetSpecifiedName(), names); name != "" {
		return usage(fmt.Sprintf("Did you mean --%s? 'mbxcheck %s --help' lists the flags.", name, cmd.Name()), "%v", err)
	}
	return usage("", "%v", err)
}

// kindOfValue says what flags take whose values pflag parses: its own words for
// a wrong one are those of Go's parsers.
var kindOfValue = map[string]string{
	"int": "a whole number", "uint64": "a whole number, 0 or more", "duration": "a time such as 10s or 2m",
	"bool": "true or false, or no value at all", "stringSlice": "a list divided by commas, without quotes",
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("", "%s takes no arguments, found %q", cmd.Name(), args[0])
	}
	return nil
}

// usageTemplate is cobra's with examples first, since they are what people
// look for, and flags wrapped to 80 columns.
const usageTemplate = `{{if .HasExample}}Examples:
{{.Example}}

{{end}}Usage:{{if .Runnable}}{{if .HasParent}}
  {{.UseLine}}{{end}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND [flags]{{end}}{{if .HasAvailableSubCommands}}{{$cmds := .Commands}}{{range $group := .Groups}}

{{.Title}}{{range $cmds}}{{if (and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help")))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if not .AllChildCommandsHaveGroup}}{{if eq (len .Groups) 0}}

Commands:{{range $cmds}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

Run '{{.CommandPath}} COMMAND --help' for more.{{end}}
`

// terminal returns the file descriptor of a stream that is a terminal.
func terminal(stream any) (fd int, is bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// dumb reports whether terminals understand no escapes.
func dumb() bool { return os.Getenv("TERM") == "dumb" }

// columns is the width of a terminal, 80 when it does not say.
func columns(fd int) int {
	if w, _, err := term.GetSize(fd); err == nil && w > 0 {
		return w
	}
	return 80
}
