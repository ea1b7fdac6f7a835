package subject

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/mask"
)

// NotStarted says that the command is no client that can be certified, or broke in
// a scenario, and what it said at last.
type NotStarted struct {
	Err    error
	Output string
}

// Error implements error.
func (e *NotStarted) Error() string { return withWords(e.Err.Error(), e.Output) }

// Unwrap returns the cause.
func (e *NotStarted) Unwrap() error { return e.Err }

// NotReached says that the client ran, and sent nothing that arrived.
type NotReached struct {
	Seen   certificate.Presence
	Hint   string // what to try
	Output string
}

// Error implements error.
func (e *NotReached) Error() string {
	return withWords("the client was not reached: "+e.Seen.Unreached(), e.Output)
}

// ErrElsewhere says that a client was reached, and shows nothing of what scenarios are
// about.
var ErrElsewhere = errors.New("the client came to none of the scenarios picked: it did not make the calls that they are about")

// ElsewhereHint says what to do then.
const ElsewhereHint = "'mbxcheck scenarios' says what each needs."

// withWords adds what a client said at last. The error may quote the client, too.
func withWords(text, output string) string {
	text = mask.Text(text)
	if strings.TrimSpace(output) == "" {
		return text
	}
	text += "\nIt said at last:"
	for _, l := range certify.LastLines(output) {
		text += "\n  | " + l // no line of it passes for one of ours
	}
	return text
}

// Secrets are the values that are secret in a run of a command with these variables,
// the account's among them.
func Secrets(command, env []string) []string {
	o := process.Options{Command: command, Env: env}
	o.APIKey, o.SecretKey = certify.Account()
	return process.Secrets(o)
}

// NoneStarted is a *NotStarted where no scenario's client could be started, nil if
// one could.
func NoneStarted(results []*certify.Result) error {
	var first *certify.StartError
	for _, r := range results {
		e, ok := errors.AsType[*certify.StartError](r.Err)
		if !ok {
			return nil
		}
		first = cmp.Or(first, e)
	}
	if first == nil {
		return nil
	}
	text, output, _ := strings.Cut(first.Error(), "\n")
	return &NotStarted{errors.New(text), output}
}

// Trouble says why what a client that is run so showed in scenarios, one at the
// least, says nothing of it, or not all: it is a *NotStarted where one did not end as
// scripted, a *NotReached where nothing arrived in any, nil otherwise.
func Trouble(o process.Options, results []*certify.Result) error {
	if err := NoneStarted(results); err != nil {
		return err
	}
	if i := slices.IndexFunc(results, func(r *certify.Result) bool { return r.Err != nil }); i >= 0 {
		broke := results[i]
		return &NotStarted{fmt.Errorf("scenario %s did not end as scripted: %w", broke.Scenario.Name, broke.Err), broke.Output}
	}
	if slices.ContainsFunc(results, (*certify.Result).Reached) {
		return nil
	}
	first := results[0]
	return &NotReached{Seen: first.Presence, Output: first.Output, Hint: process.Hint(o, first.Front, first.Presence.Exit)}
}

// Unseen says in how many of the scenarios no request of a client was seen that was
// seen in others; "" for none.
func Unseen(results []*certify.Result) string {
	var unseen []*certify.Result
	for _, one := range certify.Sorted(results) {
		if !one.Reached() && one.Err == nil && len(one.Unsupported) == 0 {
			unseen = append(unseen, one)
		}
	}
	if len(unseen) == 0 || len(unseen) == len(results) {
		return "" // nothing, or Trouble says it
	}
	first := unseen[0]
	text := fmt.Sprintf("no request of the client was seen in %d of %d scenarios. In %s %s", len(unseen), len(results), first.Scenario.Name, first.Presence.Unreached())
	return withWords(text, first.Output)
}
