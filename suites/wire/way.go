package wire

// Way is how a client comes to a front.
type Way string

// The ways, as certificates spell them.
const (
	Isolated  Way = "isolate"    // in a network of its own, where the venue's names lead to the front
	ByURL     Way = "url"        // it is given the front's address, as {url} in its command and as MBXCHECK_URL
	ByProxy   Way = "proxy"      // HTTPS_PROXY and its like name the front
	InProcess Way = "in-process" // by a transport
)
