package general

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// forwarded returns what the proxy sent for the request in front, in the order sent:
// calls of the API by its method, and to its path, which on either side may have a
// prefix of the proxy's. What else is behind are calls of the proxy's own.
func forwarded(r *rule.Relay) (calls []*traffic.Facts) {
	for _, f := range r.Behind {
		if r.Front != nil && f.Family != (traffic.Family{}) && f.Request.Method == r.Front.Request.Method && samePath(f.Path, r.Front.Path) {
			calls = append(calls, f)
		}
	}
	return calls
}

func samePath(a, b string) bool { return strings.HasSuffix(a, b) || strings.HasSuffix(b, a) }

// passedOn reports whether the answer in front may be one of those behind: it has the
// status of one.
func passedOn(front *traffic.Facts, behind []*traffic.Facts) bool {
	return slices.ContainsFunc(behind, func(f *traffic.Facts) bool { return isLike(front, f) })
}

// isLike reports whether the answer in front may be that one behind.
func isLike(front, f *traffic.Facts) bool {
	return f.Answered() && f.Response.Status == front.Response.Status
}

// lacksAnswer reports a call of which no answer was recorded.
func lacksAnswer(f *traffic.Facts) bool { return !f.Answered() }

// changesBySending reports a request that may change something at the venue.
func changesBySending(f *traffic.Facts) bool {
	switch f.Request.Method {
	case "POST", "PUT", "DELETE":
		return true
	}
	return false
}

// sentUpon reports whether a call was surely sent when the answer to another had come:
// it was sent later, or somebody between saw its connection opened, or free for it,
// after that.
func sentUpon(f, answered *traffic.Facts) bool {
	return answered.Received.Before(f.Sent) || answered.Received.Known() && !f.Arrival.Ready().Before(answered.Received.Latest)
}
