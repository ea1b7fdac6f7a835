// Package weight says what requests weigh in their IP's counter: by the dated
// table of the catalogue, and as far as a recording shows what was sent.
//
// It knows exchanges and the catalogue. It must not know who asks: a rule, the
// engine, a conversation that counts as a sound venue does, or a prober that
// minds its budget.
package weight

import (
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Own is what the dated table says a request of /api weighs in its IP's
// counter, -1 when the table or the date does not say. ep may be nil. It does
// not allocate.
func Own(f *traffic.Facts, ep *edition.Endpoint) int64 {
	w := row(f, ep)
	if w == nil {
		return -1
	}
	return weigh(f, w)
}

// Recorded is what a request weighs that a recorder kept, -1 where what it
// kept may not be what was sent.
func Recorded(f *traffic.Facts, ep *edition.Endpoint) int64 {
	w := row(f, ep)
	if w == nil {
		return -1
	}
	if f.DateOff && ep.WeightAt(f.Received.Earliest) != w || f.EditedDate {
		return -1 // nobody knows when it was weighed, and weights changed
	}
	if w.Param != "" {
		if _, present := f.Param(w.Param); !present && mayHaveHad(f, ep) {
			return -1
		}
	}
	return weigh(f, w)
}

// mayHaveHad reports whether a request that shows no parameter by which its
// route is weighed may have had one: where the answer's kind tells, an object
// for one symbol and an array for all, that decides; else whether the recorder
// may have dropped the query, as those without instants of their own do.
func mayHaveHad(f *traffic.Facts, ep *edition.Endpoint) bool {
	if ep.TopRule == edition.TopBySymbol && f.Success() && f.BodySeen() && f.Body.JSON() {
		return f.Body.Kind != traffic.KindArray
	}
	return f.Query == "" && !f.Exact
}

// row is the row of the dated table for a request, nil where there is
// none.
func row(f *traffic.Facts, ep *edition.Endpoint) *edition.WeightRule {
	if ep == nil || f.Era.IsZero() || !f.Family.Weighed {
		return nil
	}
	return ep.WeightAt(f.Era)
}

func weigh(f *traffic.Facts, w *edition.WeightRule) int64 {
	value, present := "", false
	if w.Param != "" {
		value, present = f.Param(w.Param)
		if !present && f.Gaps.Has(traffic.GapFiltered) {
			return -1 // it may have been sent
		}
	}
	n, known := w.Weigh(value, present, f.Success())
	if !known {
		return -1
	}
	return int64(n)
}
