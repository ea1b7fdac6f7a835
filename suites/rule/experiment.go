package rule

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// tried reports an exchange of an experiment. What is sent to see what comes
// back is as it is on purpose, and no client's fault: the rules that bind the
// client do not hear of it.
func tried(a *traffic.Annotation) bool { return a != nil && a.Experiment.Name != "" }

// listenersBut and earsBut leave out the rules that bind the client. They
// allocate, which ordinary traffic never pays for.

func (e *Engine) listenersBut(list []listener) []listener {
	return slices.DeleteFunc(slices.Clone(list), func(l listener) bool { return e.bindsClient(l.rule) })
}

func (e *Engine) earsBut(list []ear) []ear {
	return slices.DeleteFunc(slices.Clone(list), func(l ear) bool { return e.bindsClient(l.rule) })
}

func (e *Engine) bindsClient(i int) bool { return e.tally.Rules[i].Rule.Party == clause.Client }
