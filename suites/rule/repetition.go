package rule

// Repetition says what sending the call of an event again may do that the venue
// has carried out.
type Repetition uint8

const (
	// RepetitionUnknown: neither the catalogue nor the parameters tell.
	RepetitionUnknown Repetition = iota
	// RepetitionActs: the second call acts again. The order is placed twice.
	RepetitionActs
	// RepetitionIdle: what the call names is gone or done, and the second call
	// does nothing.
	RepetitionIdle
)
