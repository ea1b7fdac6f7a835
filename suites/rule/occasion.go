package rule

// Occasion is a set of kinds of exchange that a Check listens to: families of
// the API and kinds of answer. A group of which nothing is named means all of
// it, so that the zero Occasion is every exchange. The engine asks a rule of
// nothing else, which is what makes sixty rules cheap.
type Occasion uint16

// The families, by what is agreed there.
const (
	// OnDocumented are all families that the document speaks of.
	OnDocumented Occasion = 1 << iota
	// OnCodes are those whose error payloads have a code.
	OnCodes
	// OnSuccessMarks are those whose error payloads have a success member.
	OnSuccessMarks
	// OnWeighed are those whose answers tell the weight used.
	OnWeighed
	// OnTimeouts are those of whose 5XX only 504 leaves an outcome UNKNOWN.
	OnTimeouts
	// OnOther is any other path.
	OnOther

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
	anyFamily = OnDocumented | OnCodes | OnSuccessMarks | OnWeighed | OnTimeouts | OnOther
	anyAnswer = OnSuccess | OnToldError | OnRefusal | OnFailure | OnSilence
)

// Hears reports whether the occasion is one the set o names: a family, which is
// all that is agreed there, and an answer.
func (o Occasion) Hears(family, answer Occasion) bool {
	if o&anyFamily == 0 {
		o |= anyFamily
	}
	if o&anyAnswer == 0 {
		o |= anyAnswer
	}
	return o&family != 0 && o&answer != 0
}
