package engine

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// tried reports an exchange of an experiment. What is sent to see what comes
// back is as it is on purpose, and no client's fault: the rules that bind the
// client do not hear of it.
func tried(a *traffic.Annotation) bool { return a != nil && a.Experiment.Name != "" }

// listenersBut and earsBut leave out the rules that bind the client. They
// allocate, which ordinary traffic never pays for.

func listenersBut(list []listener) []listener {
	return slices.DeleteFunc(slices.Clone(list), func(l listener) bool { return bindsClient(l.tally) })
}

func earsBut(list []ear) []ear {
	return slices.DeleteFunc(slices.Clone(list), func(l ear) bool { return bindsClient(l.tally) })
}

func bindsClient(t *rule.RuleTally) bool { return t.Rule.Party == clause.Client }
