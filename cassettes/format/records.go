package format

// Records is a set of things that a recorder keeps of an exchange. The method,
// the path and the query are kept by all.
type Records uint16

const (
	// RecordsSent: the instant at which the request was sent.
	RecordsSent Records = 1 << iota
	// RecordsReceived: an instant near that at which the response came, beside
	// its Date.
	RecordsReceived
	// RecordsDuration: the time from sending to receiving.
	RecordsDuration
	// RecordsHost: the host that the request was sent to.
	RecordsHost
	// RecordsRequestHeader: request header fields, at least those that the
	// application set.
	RecordsRequestHeader
	// RecordsLibraryFields: the request header fields that the HTTP library
	// added, too.
	RecordsLibraryFields
	// RecordsRequestBody: the request body.
	RecordsRequestBody
	// RecordsSigning: the parameters of signing, timestamp and signature, as
	// they were sent.
	RecordsSigning
	// RecordsStatus: the status code.
	RecordsStatus
	// RecordsResponseHeader: response header fields.
	RecordsResponseHeader
	// RecordsResponseBody: the response body.
	RecordsResponseBody
	// RecordsClient: who sent the request.
	RecordsClient
	// RecordsOrder: which exchange came first.
	RecordsOrder
)

// RecordsMessages is all of both messages, and their order.
const RecordsMessages = RecordsOrder | RecordsHost | RecordsRequestHeader | RecordsLibraryFields | RecordsRequestBody | RecordsSigning |
	RecordsStatus | RecordsResponseHeader | RecordsResponseBody

// Has reports whether all of what is in r.
func (r Records) Has(what Records) bool { return r&what == what }
