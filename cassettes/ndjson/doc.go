// Package ndjson reads and writes mbxcheck's own recording format, made to be
// easy to write from any program and any log: one exchange a line, each line a
// JSON object.
//
//	{"sent":"2019-07-20T10:00:00.123Z","received":"2019-07-20T10:00:00.201Z",
//	 "request":{"method":"GET","url":"https://api.binance.com/api/v1/ping","headers":{"Accept":"*/*"}},
//	 "response":{"status":200,"headers":{"X-MBX-USED-WEIGHT":"1"},"body":"{}"}}
//
// (on one line). All that is required is request.method and request.url.
//
//   - sent, received: the instants at which the request left the client and the
//     response arrived: RFC 3339 with any fraction, or integer milliseconds
//     since 1970, or a list of two of these that bound the instant.
//   - arrival: what somebody between client and venue (a server, a proxy) saw of
//     the request's coming, {"first_byte":"2019-07-20T10:00:00.123Z"}, with opened,
//     when the connection was accepted, and free, when the answer before on it had
//     been handed over (not for the first request on it), where they are known.
//     Without sent it bounds that: who only sees requests come must not say when
//     they were sent.
//   - duration_ms: the time from one to the other, if only that is known.
//   - client: who sent the request, such as an IP address.
//   - complete_history: true says that the recording starts with the client's
//     first request ever and misses none.
//   - headers: an object of names to values or lists of values, or a list of
//     [name, value] pairs. Absent or null: not recorded. An object without
//     members: not recorded either, for no message has none.
//   - body: the content as text, free of content codings or not; body_base64:
//     the same in base64. A request without either had no body; of a response
//     without either the body was not recorded, "" is an empty one.
//   - response: absent or null if there was none.
//   - command, told, experiment, lost: what somebody who drove the client or
//     probed the server knew beside the wire (see traffic.Annotation). A line
//     with told, {"outcome":"unknown","status":504}, is what a client told its
//     caller: it has sent (when the command was given), received (when it was
//     answered), and no messages. It is of the client that it names, or of the
//     only one there is; of several, nobody knows, and only a watch is of all.
//   - hop: {"id":7,"side":"front"} of an exchange between client and proxy, and
//     "behind" of one between that proxy and the venue: who stands in a proxy, or on
//     both sides of it, numbers the requests of clients, and gives that number to
//     all that the proxy sends for each, in one recording. What is told of two
//     recordings is not joined. Host names are as the client and the proxy sent
//     them, each to the next; in front the client is the proxy's client, behind it
//     is the proxy.
//   - gaps: a list of what was not recorded (see Gaps), beyond what shows.
//
// Names that begin with "_" are the writer's own and are passed over; any other
// unknown name is an error, lest a misspelt one lose its value in silence.
// Blank lines are skipped. A JSON Schema of a line is schemas/exchange.schema.json.
package ndjson

import "github.com/mbxcheck/mbxcheck/suites/traffic"

// gapNames are the words for gaps, in the order in which they are written.
var gapNames = []struct {
	name string
	gap  traffic.Gap
}{
	{"request-headers", traffic.GapRequestHeader},
	{"request-body", traffic.GapRequestBody},
	{"status", traffic.GapStatus},
	{"response-headers", traffic.GapResponseHeader},
	{"response-body", traffic.GapResponseBody},
	{"truncated", traffic.GapTruncated},
	{"undecoded", traffic.GapUndecoded},
	{"host", traffic.GapHost},
	{"filtered", traffic.GapFiltered},
	{"response", traffic.GapResponse},
	{"library-fields", traffic.GapLibraryFields},
	{"order", traffic.GapOrder},
}

// Gaps returns the words that may stand in gaps.
func Gaps() []string {
	names := make([]string, len(gapNames))
	for i, g := range gapNames {
		names[i] = g.name
	}
	return names
}
