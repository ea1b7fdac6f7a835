package rule

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

// Hears reports whether the occasion is one the set o names.
func (o Occasion) Hears(family, answer Occasion) bool {
	if o&anyFamily == 0 {
		o |= anyFamily
	}
	if o&anyAnswer == 0 {
		o |= anyAnswer
	}
	return o&family != 0 && o&answer != 0
}
