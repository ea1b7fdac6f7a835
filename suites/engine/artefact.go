package engine

import (
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// gapArtefacts are the artefacts that readers see.
var gapArtefacts = [...]struct {
	gap      traffic.Gap
	artefact rule.Artefact
}{
	{traffic.GapHost, rule.NoHost}, {traffic.GapUndecoded, rule.Undecoded}, {traffic.GapTruncated, rule.CutBody},
	{traffic.GapResponseBody, rule.NoBody}, {traffic.GapResponseHeader, rule.NoHeader}, {traffic.GapStatus, rule.NoStatus},
	{traffic.GapResponse, rule.NoResponse},
}

// note counts the artefacts of one exchange.
func note(a *rule.Artefacts, f *traffic.Facts, ep *edition.Endpoint) {
	if f.Gaps != 0 {
		for i := range gapArtefacts {
			if f.Gaps.Has(gapArtefacts[i].gap) {
				a[gapArtefacts[i].artefact]++
			}
		}
	}
	timestamp, signature, key := signingLost(f, ep)
	for _, trace := range [...]struct {
		is       bool // of nearly no exchange
		artefact rule.Artefact
	}{
		{f.CodingUndone, rule.StaleCoding}, {f.DateOff, rule.DateOff}, {f.FieldMasked, rule.MaskedField}, {f.EditedDate, rule.EditedDate},
		{timestamp, rule.NoTimestamp}, {signature, rule.NoSignature}, {key, rule.NoAPIKey},
	} {
		if trace.is {
			a[trace.artefact]++
		}
	}
}

// signingLost is what the facts alone show, and of a signed route that answered
// with what was asked for, that timestamp and signature are both gone.
func signingLost(f *traffic.Facts, ep *edition.Endpoint) (timestamp, signature, key bool) {
	timestamp, signature, key = f.SigningLost()
	if f.HasSignature() || !ep.IsSigned() || f.Gaps.Has(traffic.GapRequestBody) || !rule.HasData(f) {
		return timestamp, signature, key // the cheapest first
	}
	if f.HasTimestamp() {
		return timestamp, signature, key
	}
	return true, true, key || f.APIKey == 0 && !f.Gaps.Has(traffic.GapRequestHeader)
}
