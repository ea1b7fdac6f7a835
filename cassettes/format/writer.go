package format

import "github.com/mbxcheck/mbxcheck/suites/mask"

// Writer writes a recording exchange by exchange, so that what is stored is a
// recording up to the last of them however the process ends. It is not safe for
// concurrent use.
type Writer interface {
	// Add writes an exchange, which it does not keep, whole or not at all. After an
	// error the next one may be tried: there may be room again.
	Add(x mask.Storable) error

	// Close completes the recording. Its error says that a part of an exchange still
	// stands there. It does not close the storage.
	Close() error
}

// Losses is a set of things that a written recording has no place for, so that who
// reads it finds an exchange without them.
type Losses uint16

const (
	// LosesGaps: what the recorder of the exchange did not keep, but for the whole
	// response. What is missing looks as if it had not been sent.
	LosesGaps Losses = 1 << iota
	// LosesHistory: that the recording is the client's whole history.
	LosesHistory
	// LosesAnnotation: what the wire did not show, statements among it.
	LosesAnnotation
	// LosesBounds: instants that are only bounded, but for those of a request that
	// was seen to come; a receiving without a sending; and a duration beside both,
	// which is written as the time between them.
	LosesBounds
	// LosesNoStatus: that a response is one of which the status was not kept. It
	// reads as none.
	LosesNoStatus
	// LosesNoHead: the same of a response of which neither the status nor any header
	// field was kept.
	LosesNoHead
	// LosesSpelling: the order of header fields of different names, and their case.
	LosesSpelling
	// LosesCoding: that the response's body came in a content coding. It is written
	// decoded, and without the fields that speak of the coded one.
	LosesCoding
)

// Has reports whether all of what is in l.
func (l Losses) Has(what Losses) bool { return l&what == what }
