package engine

import (
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// occasionOf is what rules listen to of a family.
func occasionOf(f traffic.Family) rule.Occasion {
	if !f.Known() {
		return rule.OnOther
	}
	on := rule.OnDocumented
	switch f.Envelope {
	case traffic.EnvelopeCode:
		on |= rule.OnCodes
	case traffic.EnvelopeSuccess:
		on |= rule.OnSuccessMarks
	}
	if f.Weighed {
		on |= rule.OnWeighed
	}
	if f.OnlyTimeouts {
		on |= rule.OnTimeouts
	}
	return on
}

// answers are the kinds of answer in the order of the engine's tables.
var answers = [...]rule.Occasion{rule.OnSuccess, rule.OnToldError, rule.OnRefusal, rule.OnFailure, rule.OnSilence}

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
