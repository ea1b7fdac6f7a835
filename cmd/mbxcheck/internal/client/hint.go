package client

import (
	"fmt"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certify/wire"
)

// otherWays says what to do where there is no isolation.
const otherWays = "Give the client the venue's address instead, as {url} in its command or in a variable (--env NAME={url}), or let it come by proxy."

// Hint says what to try with a client that ran but sent no request for the venue
// to the front, by what was seen of it. It is "" if one came.
func Hint(o Options, front *wire.Front) string {
	if front.Requests() > 0 {
		return ""
	}
	var said []string
	if list := front.Troubles(); len(list) > 0 {
		said = append(said, fmt.Sprintf("It connected for %s but did not trust the certificate (%s): it brings certificates of its own. Let it trust the file that SSL_CERT_FILE names, or give it a URL, which is plain HTTP.", list[0].Host, list[0].Error))
	}
	if list := front.Foreign(); len(list) > 0 {
		var names []string
		for _, f := range list {
			names = append(names, f.Host)
		}
		said = append(said, fmt.Sprintf("It asked for other hosts: %s. If one of them is the venue, name it.", strings.Join(names, ", ")))
	}
	if len(said) > 0 {
		return strings.Join(said, "\n")
	}
	switch {
	case o.Way == ByURL:
		return "It was given the venue's address as {url} and as MBXCHECK_URL, and did not use it. See whether its setting for the address was reached, or run it isolated."
	case o.Way == ByProxy:
		return "It ignored HTTPS_PROXY, as many clients do. Run it isolated (Linux), or give it the venue's address as {url}."
	case front.Connections() > 0:
		return "It connected, but sent no request."
	}
	return "It did not even connect: look at its output, whether it wants other hosts, arguments or variables. If it reaches the venue through a network address of its own, give it {url}."
}
