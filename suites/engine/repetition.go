package engine

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// repetitionOf tells by route, and of routes that act on what a parameter names
// by whether one is there. What the catalogue does not know is told by its
// parameters alone: a call that moves an amount moves it again, a DELETE that
// names an order can't cancel it twice, and of anything else nobody knows.
func repetitionOf(f *traffic.Facts, ep *edition.Endpoint) rule.Repetition {
	if ep == nil {
		return repetitionByNames(f)
	}
	switch {
	case ep.Repetition.ActsTwice:
		return rule.RepetitionActs
	case ep.Repetition.NamedBy == nil || names(f, ep.Repetition.NamedBy):
		return rule.RepetitionIdle
	case f.Blurred():
		return rule.RepetitionUnknown
	}
	return rule.RepetitionActs
}

// repetitionByNames tells of a route that the catalogue does not know.
func repetitionByNames(f *traffic.Facts) rule.Repetition {
	switch {
	case names(f, f.Dialect.Moved) && !asksForQuote(f.Path):
		return rule.RepetitionActs
	case f.Request.Method == "DELETE" && names(f, f.Dialect.Orders):
		return rule.RepetitionIdle
	}
	return rule.RepetitionUnknown
}

// asksForQuote reports a path that asks what something would cost, by its name, and
// may move nothing.
func asksForQuote(path string) bool {
	last := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(last, "get") || strings.HasPrefix(last, "query") || strings.EqualFold(last, "quote")
}

// names reports a request that has one of the parameters, with a value.
func names(f *traffic.Facts, params []string) bool {
	for i := range f.Params {
		if f.Params[i].Value != "" && slices.Contains(params, f.Params[i].Name) {
			return true
		}
	}
	return false
}
