package rule

import (
	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Artefact is a trace that a recorder, or who edited its recording, left in an
// exchange. Artefacts are counted and never violations.
type Artefact uint8

// The artefacts.
const (
	NoHost Artefact = iota
	NoTimestamp
	NoSignature
	NoAPIKey
	EditedDate
	DateOff
	StaleCoding
	Undecoded
	CutBody
	NoBody
	NoHeader
	MaskedField
	NoStatus
	NoResponse
	numArtefacts
)

var artefacts = [numArtefacts]struct{ id, text string }{
	NoHost:      {"no-host", "requests without a host: a placeholder, or none kept"},
	NoTimestamp: {"no-timestamp", "signed requests without timestamp: recorder filter"},
	NoSignature: {"no-signature", "signed requests without signature: recorder filter"},
	NoAPIKey:    {"no-api-key", "requests without their API key: recorder filter"},
	EditedDate:  {"edited-date", "responses before 2017, or more than a minute from the signed timestamp: edited Date"},
	DateOff:     {"date-off", "responses more than a minute from the recorder's own instants: edited, or a wrong clock"},
	StaleCoding: {"stale-coding", "bodies without the Content-Encoding they name: the recorder undid it"},
	Undecoded:   {"undecoded", "bodies whose content coding can't be undone: garbled by the recorder"},
	CutBody:     {"cut-body", "bodies cut by the recorder"},
	NoBody:      {"no-body", "bodies that were not recorded"},
	NoHeader:    {"no-header", "responses without header fields: not recorded"},
	MaskedField: {"masked-field", "responses with a placeholder for Date, Retry-After or the used weight: recorder filter"},
	NoStatus:    {"no-status", "responses without a status: not recorded"},
	NoResponse:  {"no-response", "requests without a response: not recorded"},
}

// ID is what programs call the artefact; it is permanent.
func (a Artefact) ID() string { return artefacts[a].id }

// String says what it is, of several exchanges, and where it comes from.
func (a Artefact) String() string { return artefacts[a].text }

// Artefacts counts the exchanges with each artefact.
type Artefacts [numArtefacts]int64

// gapArtefacts are the artefacts that readers see.
var gapArtefacts = [...]struct {
	gap      traffic.Gap
	artefact Artefact
}{
	{traffic.GapHost, NoHost}, {traffic.GapUndecoded, Undecoded}, {traffic.GapTruncated, CutBody},
	{traffic.GapResponseBody, NoBody}, {traffic.GapResponseHeader, NoHeader}, {traffic.GapStatus, NoStatus},
	{traffic.GapResponse, NoResponse},
}

// note counts the artefacts of one exchange.
func (a *Artefacts) note(f *traffic.Facts, ep *schemas.Endpoint) {
	if f.Gaps != 0 {
		for i := range gapArtefacts {
			if f.Gaps.Has(gapArtefacts[i].gap) {
				a[gapArtefacts[i].artefact]++
			}
		}
	}
	if f.CodingUndone {
		a[StaleCoding]++
	}
	if f.DateOff {
		a[DateOff]++
	}
	if f.FieldMasked {
		a[MaskedField]++
	}
	if f.EditedDate {
		a[EditedDate]++
	}
	if len(f.Params) == 0 && f.APIKey == 0 && !isSigned(ep) {
		return
	}
	timestamp, signature, key := signingLost(f, ep) // of most requests three times false
	for _, lost := range [...]struct {
		is       bool
		artefact Artefact
	}{{timestamp, NoTimestamp}, {signature, NoSignature}, {key, NoAPIKey}} {
		if lost.is {
			a[lost.artefact]++
		}
	}
}

// isSigned reports a route whose requests are signed; ep may be nil.
func isSigned(ep *schemas.Endpoint) bool {
	if ep == nil {
		return false
	}
	switch ep.Security {
	case "USER_DATA", "TRADE", "MARGIN", "WITHDRAW":
		return true
	}
	return false
}

// signingLost is what the facts alone show, and of a signed route that answered
// with what was asked for, that timestamp and signature are both gone.
func signingLost(f *traffic.Facts, ep *schemas.Endpoint) (timestamp, signature, key bool) {
	timestamp, signature, key = f.SigningLost()
	if f.HasSignature() || !isSigned(ep) || f.Gaps.Has(traffic.GapRequestBody) || !HasData(f) {
		return timestamp, signature, key // the cheapest first
	}
	if _, stamped := f.Param("timestamp"); stamped {
		return timestamp, signature, key
	}
	return true, true, key || f.APIKey == 0 && !f.Gaps.Has(traffic.GapRequestHeader)
}

func (a *Artefacts) add(o *Artefacts) {
	for i := range a {
		a[i] += o[i]
	}
}
