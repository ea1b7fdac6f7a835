package rule

import "github.com/mbxcheck/mbxcheck/suites/traffic"

// Occasion is a set of kinds of exchange that a Check listens to: families of
// the API and kinds of answer. A group of which nothing is named means all of
// it, so that the zero Occasion is every exchange. The engine asks a rule of
// nothing else, which is what makes sixty rules cheap.
type Occasion uint16

// The families.
const (
	OnAPI Occasion = 1 << iota
	OnWAPI
	OnSAPI
	OnOther // any other path

	// OnSuccess is a 2xx, or a body whose status the recorder did not keep.
	OnSuccess
	// OnToldError is one of those whose body has a code or a success member,
	// which may tell of an error.
	OnToldError
	// OnRefusal is a 4XX.
	OnRefusal
	// OnFailure is a 5XX.
	OnFailure
	// OnSilence is no answer, or a status of another class.
	OnSilence
)

const (
	anyFamily = OnAPI | OnWAPI | OnSAPI | OnOther
	anyAnswer = OnSuccess | OnToldError | OnRefusal | OnFailure | OnSilence

	// OnDocumented are the families that the document speaks of.
	OnDocumented = OnAPI | OnWAPI | OnSAPI
)

var occasionOfFamily = [...]Occasion{
	traffic.FamilyOther: OnOther, traffic.FamilyAPI: OnAPI, traffic.FamilyWAPI: OnWAPI, traffic.FamilySAPI: OnSAPI,
}

// answers are the kinds of answer in the order of the engine's tables.
var answers = [...]Occasion{OnSuccess, OnToldError, OnRefusal, OnFailure, OnSilence}

// answerOf returns the index in answers of an exchange's answer.
func answerOf(f *traffic.Facts) int {
	switch status := f.Response.Status; {
	case status/100 == 2 && f.Answered() || f.Unlabelled() && f.BodySeen():
		if f.Body.Capture(traffic.CaptureCode).Kind != traffic.KindNone ||
			f.Body.Capture(traffic.CaptureSuccess).Kind != traffic.KindNone {
			return 1
		}
		return 0
	case !f.Answered():
		return 4
	case status/100 == 4:
		return 2
	case status >= 500:
		return 3
	}
	return 4
}

// hears reports whether the occasion is one the set o names.
func (o Occasion) hears(family, answer Occasion) bool {
	if o&anyFamily == 0 {
		o |= anyFamily
	}
	if o&anyAnswer == 0 {
		o |= anyAnswer
	}
	return o&family != 0 && o&answer != 0
}
