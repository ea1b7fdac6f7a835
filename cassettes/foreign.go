package cassettes

import (
	"bytes"
	"regexp"
	"sync"
)

// foreign is a kind of file that people take for a recording, or could have
// saved as one: by its syntax it may come near a format, but to name that would
// mislead.
type foreign struct {
	what string // in "it is ..."
	is   func(head []byte) bool
}

// bare is how the body of a response can be judged nevertheless.
const bare = "lint --as takes the body alone, as curl -o saves it"

var foreigners = []foreign{
	{"text in UTF-16; expected UTF-8", begins("\xff\xfe", "\xfe\xff")},
	// libpcap of both byte orders, in microseconds and nanoseconds; pcapng.
	{"a packet capture, which holds TLS records; record with a proxy such as mitmproxy",
		begins("\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x0a\x0d\x0d\x0a")},
	{"a serialised Java object, as Charles saves sessions; export it as HAR", begins("\xac\xed\x00\x05")},
	{"a session of Charles; export it as HAR", listWith(`"protocolVersion"`, `"actualPort"`)},
	{"an export of Burp Suite in XML, which is not read; export HAR by an extension of it, or record with a proxy such as mitmproxy", burp},
	{"an access log of Caddy, which is not read; put nginx with the log_format mbxcheck there, or record HAR or NDJSON with a proxy such as mitmproxy",
		holds(`"resp_headers"`, `"request"`, `"uri"`, `"ts"`)},
	{"a cassette of EasyVCR, which is not read; record HAR or NDJSON", listWith(`"Request"`, `"Uri"`, `"RequestHeaders"`)},
	{"a cassette of Scotch, which is not read; record HAR or NDJSON", listWith(`"request"`, `"uri"`, `"requestHeaders"`)},
	{"a simulation of Hoverfly, which is not read; record HAR or NDJSON with a proxy such as mitmproxy", hoverfly},
	{"output of k6, which holds metrics and no messages; record with a proxy such as mitmproxy between the test and the venue", holds(`"metric"`, `"type"`, `"data"`, `"tags"`)},
	{"expectations or recorded requests of MockServer, which are not read; record HAR or NDJSON with a proxy such as mitmproxy",
		holds(`"httpRequest"`, `"httpResponse"`)},
	{"a recording of Python's responses, which keeps no request; record with vcrpy or Betamax", matches(`^(---\s*\n)?responses:\s*\n\s*- response:`)},
	{"fixtures of nock, which are not read; record HAR or NDJSON", listWith(`"scope"`, `"method"`, `"path"`, `"status"`)},
	{"an export of Insomnia, which holds requests only; export it as HAR", either(holds(`"__export_format"`), begins("type: collection.insomnia.rest/"))},
	{"a collection of Thunder Client, which holds requests only", holds(`"Thunder Client"`, `"requests"`)},
	{"a Pact contract, which holds no traffic", pact},
	{"an API's description, which holds no traffic", matches(`^\s*(\{\s*)?"?(openapi|swagger)"?\s*:`)},
	{"what curl -v printed; " + bare, verbose},
	{"a response with its header, as curl -i prints it; lint --as takes it, once told the request that it answers", func(head []byte) bool { return headed(head) }},
	{"a request as it is sent; expected a recording with its response", matches(`^[A-Z]+ \S+ HTTP/[0-9.]+\r?\n`)},
}

// foreignKind says which of them a file begins like; "" for none.
func foreignKind(head []byte) string {
	for _, f := range foreigners {
		if f.is(head) {
			return f.what
		}
	}
	return ""
}

func begins(prefixes ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, p := range prefixes {
			if bytes.HasPrefix(head, []byte(p)) {
				return true
			}
		}
		return false
	}
}

// holds demands all of the texts.
func holds(texts ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, t := range texts {
			if !bytes.Contains(head, []byte(t)) {
				return false
			}
		}
		return true
	}
}

// listWith demands all of the texts in a JSON array.
func listWith(texts ...string) func([]byte) bool {
	return func(head []byte) bool {
		return bracketed(head) && holds(texts...)(head)
	}
}

func either(kinds ...func([]byte) bool) func([]byte) bool {
	return func(head []byte) bool {
		for _, is := range kinds {
			if is(head) {
				return true
			}
		}
		return false
	}
}

// matches compiles the pattern when it is first asked for: most runs meet no
// such file.
func matches(pattern string) func([]byte) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return func(head []byte) bool { return compiled().Match(head) }
}

// verbose finds the request line that curl -v prints behind what it says of the
// connection.
func verbose(head []byte) bool {
	i := bytes.Index(head, []byte("> "))
	return i >= 0 && (i == 0 || head[i-1] == '\n') && sentLine(head[i:])
}

var sentLine = matches(`^> [A-Z]+ \S+ HTTP/[0-9.]+\r?\n`)

// burp looks for the root element of Burp's items, behind the document type that
// describes it.
func burp(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) && holds("<items burpVersion=")(head)
}

// hoverfly looks for pairs in data, each with matchers.
func hoverfly(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) &&
		(holds(`"hoverflyVersion"`)(head) || holds(`"data"`, `"pairs"`, `"matcher"`)(head))
}

// pact looks for what every contract has beside its interactions; those of
// VCRs have no parties.
func pact(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && holds(`"consumer"`, `"provider"`, `"interactions"`)(head)
}
