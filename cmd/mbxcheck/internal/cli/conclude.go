package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// exitTable is the table of exit codes; README.md holds the same.
const exitTable = `Exit codes:
  0    conformant
  1    violations of the level --fail-on, or of a stronger one
  2    wrong usage, unreadable input, or a path where no report can be written
  4    nothing exercised: no traffic of the hosts, or no occasion for any rule
  6    mbxcheck itself failed: a check broke, or a report broke off
  130  interrupted
Where several apply, the first of 6, 2, 1, 4 counts; all findings are reported
whatever it is. If the reader of a pipe goes away (| head), mbxcheck ends
quietly by SIGPIPE, as other tools do.`

// conclude turns an outcome into an exit code. faults are those of mbxcheck
// itself, unreadable counts inputs.
func (r *ruling) conclude(tally *rule.Tally, faults []error) error {
	exercised, violated := int64(0), false
	for i := range tally.Rules {
		t := &tally.Rules[i]
		exercised += t.Decided()
		violated = violated || r.violates(t)
		if t.Error != "" {
			faults = append(faults, fault(fmt.Errorf("rule %s: %s", t.ID, t.Error)))
		}
	}
	switch {
	case len(faults) > 0:
		return broken(errors.Join(faults...))
	case len(tally.Errors) > 0 && tally.Traffic.Exchanges+tally.Traffic.Skipped == 0:
		return &exit{code: exitUsage, err: errors.New("no exchange could be read; nothing was judged")}
	case len(tally.Errors) > 0:
		return &exit{code: exitUsage, err: errors.New("not everything could be read; what could be was judged")}
	case violated:
		return &exit{code: exitViolations}
	case exercised == 0:
		return nothingExercised(tally)
	}
	return nil
}

// readerFaults are the errors of readers that panicked, each as a fault.
func readerFaults(errs []error) []error {
	var all []error
	for _, err := range errs {
		all = append(all, fault(err))
	}
	return all
}

// fault asks to report what should not happen.
func fault(err error) error {
	return fmt.Errorf("%w\nThis is a fault of mbxcheck; please report it at %s", err, issues)
}

// nothingExercised says why, and which hosts may have been meant.
func nothingExercised(t *rule.Tally) error {
	e := &exit{code: exitNotExercised}
	switch {
	case t.Traffic.Exchanges > 0:
		e.err = fmt.Errorf("nothing exercised: the traffic (%s) held no occasion for any of the rules", exchanges(t.Traffic.Exchanges))
		if len(t.Rules) > 0 && !slices.ContainsFunc(t.Rules, func(r rule.RuleTally) bool { return r.Rule().NotHere == "" }) {
			e.hint = fmt.Sprintf("Ordinary recordings cannot show it: 'mbxcheck explain %s' says why.", t.Rules[0].ID)
		}
	case t.Traffic.Skipped > 0:
		e.err = errors.New("nothing exercised: all traffic is of other hosts")
		e.hint = hostHint(t)
	case t.Traffic.Files > 0:
		e.err = errors.New("nothing exercised: the recordings hold no exchange")
	case t.Traffic.Unrecognised == 0:
		e.err = errors.New("nothing exercised: no recording found, nor any other file")
		e.hint = "Directories are searched down to the last, save those whose names begin with a dot and what --exclude fits."
	default:
		e.err = fmt.Errorf("nothing exercised: no recording found; %s of no format known", files(t.Traffic.Unrecognised))
		e.hint = passedOver(t) + "The formats known: " + recordingFormats() + "."
	}
	return e
}

// passedOver names the first files that are no recordings, a line each.
func passedOver(t *rule.Tally) string {
	const few = 5
	names := slices.Sorted(maps.Keys(t.PassedOver.Counts))
	var text strings.Builder
	for _, name := range names[:min(few, len(names))] {
		fmt.Fprintf(&text, "  %s\n", name)
	}
	if more := int(t.Traffic.Unrecognised) - few; more > 0 {
		fmt.Fprintf(&text, "  and %d more\n", more)
	}
	return text.String()
}

func recordingFormats() string {
	return strings.Join(wording.Each(cassettes.Formats(), func(f format.Format) string { return f.Name }), ", ")
}

// hostHint names the hosts left out with the most exchanges, those with paths
// of the API first.
func hostHint(t *rule.Tally) string {
	const few = 3
	hosts := reports.LeftHosts(t)
	var lines []string
	for _, h := range hosts[:min(few, len(hosts))] {
		line := exchanges(h.Exchanges) + " of " + cmp.Or(h.Name, "an unknown host, with paths outside the API,") + " left out"
		if h.Take() != "" {
			line += "; to judge them: " + h.Take()
		}
		lines = append(lines, "  "+line)
	}
	if more := len(hosts) - few; more > 0 {
		lines = append(lines, fmt.Sprintf("  and those of %d more hosts", more))
	}
	return strings.Join(lines, "\n")
}

func files(n int64) string {
	if n == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", n)
}

func exchanges(n int64) string {
	if n == 1 {
		return "1 exchange"
	}
	return fmt.Sprintf("%d exchanges", n)
}
