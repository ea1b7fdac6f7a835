package rule

import (
	"encoding/json"
	"fmt"
	"slices"
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

type artefact struct{ id, text string }

var artefacts = [numArtefacts]artefact{
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

func (a *Artefacts) add(o *Artefacts) {
	for i := range a {
		a[i] += o[i]
	}
}

// MarshalJSON writes those that there are by their IDs, which are permanent.
func (a Artefacts) MarshalJSON() ([]byte, error) {
	byID := map[string]int64{}
	for i, n := range a {
		if n != 0 {
			byID[Artefact(i).ID()] = n
		}
	}
	return json.Marshal(byID)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Artefacts) UnmarshalJSON(text []byte) error {
	byID := map[string]int64{}
	if err := json.Unmarshal(text, &byID); err != nil {
		return err
	}
	*a = Artefacts{}
	for id, n := range byID {
		i := slices.IndexFunc(artefacts[:], func(one artefact) bool { return one.id == id })
		if i < 0 {
			return fmt.Errorf("expected an artefact that is known, found %q: read the tally with the version of mbxcheck that wrote it", id)
		}
		a[i] = n
	}
	return nil
}
