package traffic

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Facts is what rules ask about one exchange, scanned once. A Facts is reused
// from exchange to exchange; what it points to lives as long as the exchange.
// It is not safe for concurrent use.
type Facts struct {
	*Exchange
	Dialect *Dialect // that it was scanned by

	Scheme string // of the URL; "" when not recorded
	Host   string // lower case, without a port; "" when not recorded
	Port   string // "" when the URL names none
	Path   string // decoded no further than it stands
	Query  string // without the question mark
	Family Family // zero for a path of none

	Params     []Param
	Logical    uint64 // hash of method, path and parameters without signing
	Business   uint64 // Logical without the ids a client chooses anew
	ClientID   uint64 // hash of the order's own client id, 0 for none
	OrderRef   uint64 // hash of the id by which it names an order that is there, 0 for none
	Symbol     uint64 // hash of the symbol parameter, 0 for none
	APIKey     uint64 // hash of the field that bears it, 0 for none
	BodyIsForm bool   // the request body was read as form parameters

	// One more than the index of the parameter in Params, 0 for none.
	timestamp, signature, recvWindow int

	Date       time.Time // of the response; zero when absent or not a date
	Sent       Span      // resolved; shadows the recorder's own
	Received   Span
	Exact      bool // the recorder kept both instants itself
	EditedBody bool // the response's body is not as long as Content-Length says: somebody changed it after recording
	EditedDate bool // somebody changed the Date or the signed timestamp after recording
	DateOff    bool // its instants are more than a minute from Date: one of them was edited, or a clock is wrong
	Era        time.Time

	Body  Body // of the response
	Maker Maker
	Code  int64 // of the error payload; 0 when absent
	Means Meaning

	UsedWeight      int64 // -1 when absent or not a number
	UsedWeight1m    int64 // by the name that says the interval, likewise
	HasUsedWeight1m bool
	RetryAfter      string
	HasRetryAfter   bool
	RetryAfterSec   int64         // -1 when not a decimal integer
	WaitsDiffer     bool          // several lines of Retry-After say different things
	BannedUntil     time.Time     // told in the text of a refusal for too many requests; zero when absent
	LimitWindow     time.Duration // of the limit that the message of a 429 names; 0 for none
	CacheHit        bool          // an intermediary answered from its store
	FieldMasked     bool          // Date, Retry-After or the used weight is a placeholder
	fieldsKept      bool          // among the fields is one that nobody keeps who picks
	VenueField      bool          // the header has a field that only the venue sends
}

// FactsOf scans an exchange as one of an endpoint that nobody knows. The facts
// share its memory.
func FactsOf(d *Dialect, x *Exchange) *Facts {
	f := new(Facts)
	f.ScanRequest(d, x)
	f.ScanResponse(d.Plan())
	return f
}

// ScanRequest fills in what the request shows. The plan for the body is chosen
// between the two scans, by method and path.
func (f *Facts) ScanRequest(d *Dialect, x *Exchange) {
	params, body := f.Params[:0], f.Body
	*f = Facts{Exchange: x, Dialect: d, Params: params, Body: body}
	f.splitURL(x.Request.URL)
	f.Family = d.FamilyOf(f.Path)
	f.Params = d.appendParams(f.Params, f.Query, InQuery)
	if len(x.Request.Body) > 0 && looksLikeForm(x.Request.Body) {
		f.BodyIsForm = true
		f.Params = d.appendParams(f.Params, viewString(x.Request.Body), InBody)
	}
	f.scanParams()
	if v, ok := x.Request.Header.Get(d.Fields.APIKey); ok {
		f.APIKey = Hash(v)
	}
}

// ScanResponse fills in what the response shows, its body read by a plan of the
// dialect that the request was scanned by.
func (f *Facts) ScanResponse(plan *Plan) {
	x := f.Exchange
	f.UsedWeight, f.UsedWeight1m, f.RetryAfterSec = -1, -1, -1
	ScanBody(&f.Body, x.Response.Body, plan)
	marks := f.scanHeader(x.Response.Header)
	f.EditedBody = marks.length >= 0 && !marks.coded && f.isOtherLength(marks.length)
	f.fieldsKept = marks.kept
	f.VenueField = marks.venue
	f.Maker = makerOf(&x.Response, marks, &f.Body, x.Gaps)
	if code, ok := f.Body.Capture(CaptureCode).Int(); ok {
		f.Code, f.Means = code, f.Dialect.Meaning(code)
	}
	if f.Means == TooManyRequests {
		f.BannedUntil = f.Dialect.bannedUntil(f.Body.Capture(CaptureMsg).Raw)
	}
	if x.Response.Status == 429 {
		f.LimitWindow = f.Dialect.limitWindow(f.Body.Capture(CaptureMsg).Raw)
	}
	f.Exact = x.Sent.Known() && (x.Received.Known() || x.Duration > 0 || !f.Answered()) // who was not answered has no instant of it
	accepted := f.acceptedTimestamp()
	f.Sent, f.Received = f.Dialect.resolve(x.Sent, x.Received, f.Date, x.Duration, accepted)
	f.EditedDate, f.DateOff = f.Dialect.isEdited(f.Date, accepted), f.contradictsDate()
	f.Era = f.Date
	if f.Era.IsZero() {
		f.Era = f.Received.Earliest
	}
}

// Param returns the value that counts for a name: the query's before the
// body's, as the document says.
func (f *Facts) Param(name string) (string, bool) {
	for i := range f.Params {
		if f.Params[i].Name == name {
			return f.Params[i].Value, true
		}
	}
	return "", false
}

// MsgHas reports a phrase in the text of an error payload.
func (f *Facts) MsgHas(phrase string) bool {
	return phrase != "" && strings.Contains(viewString(f.Body.Capture(CaptureMsg).Raw), phrase)
}

// HasSignature reports whether the parameter that signs a request is there.
func (f *Facts) HasSignature() bool { return f.signature > 0 }

// HasTimestamp reports whether the parameter is there that says when the request was
// made.
func (f *Facts) HasTimestamp() bool { return f.timestamp > 0 }

// Success reports whether the response has a 2xx status.
func (f *Facts) Success() bool { return f.Response.Status/100 == 2 }

// Answered reports whether there is a response with a status.
func (f *Facts) Answered() bool { return f.Response.Status != 0 && !f.Gaps.Has(GapResponse) }

// Unlabelled reports a response of which the recorder kept everything but the
// status, as gocryptotrader's does: what it answered can only be told from its
// body.
func (f *Facts) Unlabelled() bool {
	return f.Response.Status == 0 && f.Gaps&(GapStatus|GapResponse) == GapStatus
}

// BodySeen reports whether the response body was recorded whole and decoded,
// so that what is wrong with it is the sender's doing.
func (f *Facts) BodySeen() bool {
	return (f.Answered() || f.Unlabelled()) && f.Gaps&(GapResponseBody|GapTruncated|GapUndecoded) == 0
}

// HeadersSeen reports whether the response's header fields were recorded, so
// that the absence of one is evidence: the recorder kept its own instants
// (such recorders keep all fields, and every response has some), or the Date that every origin server sends
// (RFC 9110 section 6.6.1) is among them, or Server or the id of the answer, which nobody
// picks. Date and Content-Type alone are what
// is left by who keeps only what tests ask for: no response comes without a
// field that says where it ends, or who sent it.
func (f *Facts) HeadersSeen() bool {
	return f.Answered() && !f.Gaps.Has(GapResponseHeader) && (f.Exact && len(f.Response.Header) > 0 || (!f.Date.IsZero() || f.fieldsKept) && hasMore(f.Response.Header))
}

// isOtherLength reports a body of another length than the Content-Length that
// counted it, white space at its end aside, which texts in a recording gain and
// lose. Who decodes a body may keep the coded one's length.
func (f *Facts) isOtherLength(told int64) bool {
	const unknown = GapResponse | GapResponseBody | GapTruncated | GapUndecoded
	body := f.Response.Body
	if f.Gaps&unknown != 0 || f.CodingUndone || f.CodingFound || f.Request.Method == "HEAD" || len(body) == 0 {
		return false
	}
	return told > int64(len(body)) || told < int64(len(bytes.TrimRight(body, " \t\r\n")))
}

// hasMore reports a field beside Date and Content-Type.
func hasMore(h Header) bool {
	if len(h) > 4 {
		return true // as of nearly all responses: neither of the two comes so often
	}
	for i := range h {
		if !isName(h[i].Name, "Date") && !isName(h[i].Name, "Content-Type") {
			return true
		}
	}
	return false
}

func (f *Facts) splitURL(u string) {
	scheme, rest, absolute := strings.Cut(u, "://")
	if absolute = absolute && strings.IndexByte(scheme, '/') < 0; absolute {
		f.Scheme, u = scheme, rest
	}
	if absolute || strings.IndexByte(u, '/') > 0 { // of a query alone no host comes of it
		host := u
		if i := strings.IndexAny(u, "/?#"); i >= 0 {
			host, u = u[:i], u[i:]
		} else {
			u = ""
		}
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			host, f.Port = host[:i], host[i+1:]
		}
		f.Host = strings.ToLower(host) // allocates only for a host in capitals
	}
	u, _, _ = strings.Cut(u, "#")
	f.Path, f.Query, _ = strings.Cut(u, "?")
	if f.Host == "" {
		if v, ok := f.Request.Header.Get("Host"); ok {
			f.Host, f.Port, _ = strings.Cut(v, ":")
			f.Host = strings.ToLower(f.Host)
		}
	}
}

// looksLikeForm tells name=value pairs from JSON, XML and multipart by their
// first byte, whatever the content type claims.
func looksLikeForm(body []byte) bool {
	switch body[0] {
	case '{', '[', '<', '-', '"':
		return false
	}
	for _, c := range body {
		if c == '=' {
			return true
		}
		if c < 0x20 {
			return false
		}
	}
	return false
}

// scanHeader reads what rules ask of the response's header in one pass. Names
// are told apart by length and first letter before they are compared.
func (f *Facts) scanHeader(h Header) (m marks) {
	m.length = -1
	letters := f.Dialect.letters
	for i := range h {
		name, value := h[i].Name, h[i].Value
		if len(name) < 3 {
			continue
		}
		first := name[0] | 0x20
		if letters&letter(first) != 0 && f.scanVenueField(name, value, &m) {
			continue
		}
		switch first {
		case 'x':
			f.scanForwarded(name, value, &m)
		case 'd':
			if isName(name, "Date") && f.Date.IsZero() {
				var ok bool
				f.Date, ok = ParseDate(value)
				f.FieldMasked = f.FieldMasked || !ok && IsPlaceholder(value)
			}
		case 'r':
			if isName(name, "Retry-After") {
				if f.HasRetryAfter {
					f.WaitsDiffer = f.WaitsDiffer || strings.Trim(value, " \t") != strings.Trim(f.RetryAfter, " \t")
					break
				}
				f.HasRetryAfter, f.RetryAfter, f.RetryAfterSec = true, value, f.number(value)
			}
		case 'm':
			m.own = m.own || isName(name, GatewayField)
		case 'a':
			f.CacheHit = f.CacheHit || isName(name, "Age") && decimal(value) > 0
		case 'v':
			m.cdn = m.cdn || isName(name, "Via")
		case 'c':
			switch {
			case isName(name, "Content-Type"):
				m.html = hasPrefixFold(value, "text/html")
			case isName(name, "Content-Length"):
				m.length = decimal(value)
			case isName(name, "Content-Encoding"):
				m.coded = m.coded || !strings.EqualFold(value, "identity")
			case isName(name, "CF-Ray"):
				m.cdn = true
			}
		case 's':
			if isName(name, "Server") {
				m.kept = true
				m.cdn = m.cdn || hasPrefixFold(value, "cloudfront") || hasPrefixFold(value, "cloudflare") ||
					hasPrefixFold(value, "awselb")
			}
		}
	}
	return m
}

// scanVenueField reads a field that is the venue's own, and reports whether it is one.
func (f *Facts) scanVenueField(name, value string, m *marks) bool {
	if !f.Dialect.Owns(name) {
		return false
	}
	m.venue = true
	switch names := &f.Dialect.Fields; {
	case isName(name, names.UsedWeight):
		f.UsedWeight = f.number(value)
	case isName(name, names.UsedWeightMinute):
		f.HasUsedWeight1m, f.UsedWeight1m = true, f.number(value)
	case isName(name, names.UUID):
		m.kept = true
	}
	return true
}

// scanForwarded reads a field by which what forwards an answer marks it.
func (f *Facts) scanForwarded(name, value string, m *marks) {
	switch {
	case isName(name, "X-Cache"):
		m.cdn = true
		f.CacheHit = f.CacheHit || hasPrefixFold(value, "hit")
		m.origin = m.origin || hasPrefixFold(value, "miss")
	case hasPrefixFold(name, "x-amz-cf-"):
		m.cdn = true
	}
}

// number is decimal of a field's value, and notes that it is a placeholder.
func (f *Facts) number(value string) int64 {
	n := decimal(value)
	if n < 0 {
		f.FieldMasked = f.FieldMasked || IsPlaceholder(value)
	}
	return n
}

// Weight returns the used weight the response tells, by either name, -1 for
// none.
func (f *Facts) Weight() int64 {
	if f.UsedWeight >= 0 {
		return f.UsedWeight
	}
	return f.UsedWeight1m
}

// decimal reads a non-negative decimal integer with optional white space
// around it, -1 for anything else.
func decimal(v string) int64 {
	v = strings.Trim(v, " \t")
	if strings.IndexByte(v, ',') > 0 {
		v = oneOfMany(v)
	}
	n, ok := digits(v)
	if !ok || v == "" || len(v) > 18 { // more may not fit 64 bits
		return -1
	}
	return int64(n)
}

// oneOfMany returns the value of a field that was sent in several lines alike,
// which recorders join by commas (RFC 9110 section 5.3), and v itself where
// the lines differ.
func oneOfMany(v string) string {
	first, rest, _ := strings.Cut(v, ",")
	for more := true; more; {
		var next string
		if next, rest, more = strings.Cut(rest, ","); strings.Trim(next, " \t") != first {
			return v
		}
	}
	return first
}

// bannedUntil finds "banned until 1513693008350" in a message.
func (d *Dialect) bannedUntil(msg []byte) time.Time {
	_, s, told := strings.Cut(viewString(msg), d.Phrases.BannedUntil)
	if !told || d.Phrases.BannedUntil == "" {
		return time.Time{}
	}
	behind := strings.TrimLeft(s, "0123456789")
	n, _ := strconv.ParseInt(s[:len(s)-len(behind)], 10, 64) // 0 of what is no number
	return d.Instant(n)
}

// acceptedTimestamp returns the signed timestamp of a request that the venue
// answered with success, zero otherwise. Edited recordings carry timestamps
// far from their Date; those are no evidence and fall out in resolve.
func (f *Facts) acceptedTimestamp() time.Time {
	if !f.Success() || f.Maker != MakerVenue || !f.HasSignature() || !f.HasTimestamp() {
		return time.Time{}
	}
	v := f.Params[f.timestamp-1].Value
	if len(v) != f.Dialect.digits {
		return time.Time{}
	}
	return f.Dialect.Instant(decimal(v)) // zero for zeros, in the place of one
}
