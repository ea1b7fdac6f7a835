package venue

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/book"
	"github.com/mbxcheck/mbxcheck/suites/venue/limits"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// Limit is how much of something an address may use in a window.
type Limit = limits.Limit

// LimitRules say what is counted, when an address is banned and for how long.
type LimitRules = limits.Rules

// ParseLimit reads a limit such as "REQUEST_WEIGHT=100/1m".
func ParseLimit(s string) (Limit, error) { return limits.Parse(s) }

// DefaultLimits are those of June 2019.
func DefaultLimits() []Limit { return limits.Default() }

// maxOrderLimits bounds the limits of one venue.
const maxOrderLimits = limits.Most

// Config says which venue it is to be. The zero value is one.
type Config struct {
	// Edition says by which names, from which days and within which times the venue
	// reads and answers; nil is the default one. Its routes are those of 2019 under
	// any, with what the edition's catalogue says of them.
	Edition *edition.Edition

	// Clock is the venue's clock; nil for traffic.SteadyClock's. It is asked by
	// many goroutines at once, and should not go back: Date, the minutes of used
	// weight, waits and bans are all counted by it.
	Clock func() time.Time

	// Seed decides the public market, the demo accounts and the identifiers
	// that the venue chooses.
	Seed uint64

	// Limits; the zero value means those of 2019, bans after ten refusals.
	Limits LimitRules

	// Accounts that trade; nil for demo accounts made from the seed.
	Accounts []Account

	// ClientIP names the address whose limits a request counts against; nil
	// for the peer's. "" counts as an address too.
	ClientIP func(*http.Request) string

	Hooks Hooks
}

// Venue is the reference exchange. It is safe for concurrent use.
type Venue struct {
	held       *edition.Edition
	names      Names
	clock      func() time.Time
	seed       uint64
	counter    *limits.Counter
	clientIP   func(*http.Request) string
	hooks      atomic.Pointer[Hooks]
	markets    []*market.Market
	routes     map[string]*methods
	accounts   *accounts
	book       *book.Book
	opened     int64 // when the venue was made, in milliseconds since 1970
	lastRecord atomic.Int64
	date       atomic.Pointer[dateText]
	calls      sync.Pool // of *working
}

// working is what one request needs while it lasts.
type working struct {
	call   Call
	answer Answer
}

// New makes a venue. It fails on limits and accounts that cannot be.
func New(c Config) (*Venue, error) {
	v := &Venue{held: cmp.Or(c.Edition, edition.Default()), clock: c.Clock, seed: c.Seed, clientIP: c.ClientIP}
	v.names = namesOf(v.held.Dialect)
	if v.clock == nil {
		v.clock = traffic.SteadyClock()
	}
	if v.clientIP == nil {
		v.clientIP = peer
	}
	var err error
	if v.counter, err = limits.New(c.Limits); err != nil {
		return nil, err
	}
	if v.accounts, err = newAccounts(c.Accounts, c.Seed); err != nil {
		return nil, err
	}
	for i := range market.Symbols() {
		v.markets = append(v.markets, market.New(&market.Symbols()[i], c.Seed))
	}
	v.book = book.NewBook(v.markets)
	v.opened = v.clock().UnixMilli()
	if err := v.fund(); err != nil {
		return nil, err
	}
	v.routes = v.routeTable()
	v.calls.New = func() any { return new(working) }
	v.SetHooks(c.Hooks)
	return v, nil
}

// SetHooks replaces the hooks for requests that come from now on.
func (v *Venue) SetHooks(h Hooks) { v.hooks.Store(&h) }

// Limits are what addresses are held to: read only.
func (v *Venue) Limits() []Limit { return v.counter.Limits() }

// Edition is the one that the venue is of.
func (v *Venue) Edition() *edition.Edition { return v.held }

// Now is the venue's time.
func (v *Venue) Now() time.Time { return v.clock() }

// peer is the address of the other end of the connection.
func peer(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// Do carries a call out and fills the answer in, reusing its slices. It is what
// ServeHTTP stands on, and carries a call out once more for a hook that wants it:
// all that the call is told must be set, and the call is the venue's until Do
// returns.
func (v *Venue) Do(c *Call, a *Answer) {
	hooks := v.hooks.Load()
	c.Names, c.At = &v.names, v.clock()
	a.Status, a.Header, a.Body = 200, a.Header[:0], a.Body[:0]
	v.find(c)
	if c.route == nil {
		v.lost(c, a)
	} else {
		v.serve(c, a, hooks)
	}
	v.addFields(c, a)
	if hooks.After != nil {
		hooks.After(c, a)
	}
}

// find looks the route up and reads the parameters.
func (v *Venue) find(c *Call) {
	c.route, c.Endpoint, c.account, c.refusal = nil, nil, nil, nil
	c.weight, c.placed, c.Params = 0, false, c.Params[:0]
	m := v.routes[c.Path]
	if m == nil {
		return
	}
	if c.route = m.by[c.Method]; c.route == nil {
		c.route = &m.unsupported
	}
	c.Endpoint = c.route.endpoint
	ok := true
	if c.Query != "" {
		c.Params, ok = parseParams(c.Params, c.Query, false)
	}
	if c.Method != "GET" && len(c.Body) > 0 && isForm(c.ContentType) {
		var bodyOK bool
		c.Params, bodyOK = parseParams(c.Params, string(c.Body), true)
		ok = ok && bodyOK
	}
	switch {
	case c.unread != nil:
		c.refuse(c.unread)
	case !ok:
		c.refuse(errEscapes)
	}
}

// isForm reports the content type that parameters in a body have. Only it is
// read; a body that does not say what it is, is none.
func isForm(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}

// serve counts the request, and carries it out if the limits let it.
func (v *Venue) serve(c *Call, a *Answer, hooks *Hooks) {
	cost, refund := c.route.cost(c)
	o := v.counter.Take(c.Address, c.At, cost)
	c.weight, c.orders = o.Weight, o.Orders
	if o.Verdict != limits.Serve {
		v.refuse(a, v.limited(&o), c.route.family)
		a.Set(HeaderRetryAfter, strconv.FormatInt(o.RetryAfter, 10))
		return
	}
	if hooks.Before != nil && hooks.Before(c, a) {
		return
	}
	v.carryOut(c, a)
	if refund != 0 && a.Status/100 == 2 {
		c.weight = v.counter.Refund(c.Address, c.At, refund)
	}
}

// carryOut checks who sent the request and whether it is sound, and does what
// it asks.
func (v *Venue) carryOut(c *Call, a *Answer) {
	c.out.b = a.Body[:0]
	if !c.refused() {
		c.checkParams()
	}
	if !c.refused() {
		v.authorize(c)
	}
	if !c.refused() {
		c.route.handle(v, c)
	}
	a.Body = c.out.b
	if c.refused() {
		v.refuse(a, c.refusal, c.route.family)
	}
}

// limited is the refusal of a request that goes past a limit.
func (v *Venue) limited(o *limits.Answer) *refusal {
	const avoid = " Please use the websocket for live updates to avoid "
	l := v.counter.Limits()[o.Broken]
	weight := l.Type == limits.RequestWeight
	switch {
	case o.Verdict == limits.Banned && weight:
		return &refusal{418, -1003, "Way too much request weight used; IP banned until " + strconv.FormatInt(o.Until.UnixMilli(), 10) + "." + avoid + "bans."}
	case o.Verdict == limits.Banned:
		return &refusal{418, -1003, "Way too many requests; IP banned until " + strconv.FormatInt(o.Until.UnixMilli(), 10) + "." + avoid + "bans."}
	case l.Type == limits.Orders:
		return &refusal{429, -1015, "Too many new orders; current limit is " + strconv.FormatInt(l.Limit, 10) + " orders per " + window(l) + "."}
	case weight:
		return &refusal{429, -1003, "Too much request weight used; current limit is " + strconv.FormatInt(l.Limit, 10) + " request weight per " +
			strconv.FormatInt(l.Num, 10) + " " + l.Unit + "." + avoid + "polling the API."}
	}
	return &refusal{429, -1003, "Too many requests; please use the websocket for live updates."}
}

// window names a limit's window: "SECOND", "10 SECOND".
func window(l Limit) string {
	if l.Num == 1 {
		return l.Unit
	}
	return strconv.FormatInt(l.Num, 10) + " " + l.Unit
}

// dateText is the Date field of a second.
type dateText struct {
	second int64
	text   string
}

func (v *Venue) dateOf(at time.Time) string {
	if d := v.date.Load(); d != nil && d.second == at.Unix() {
		return d.text
	}
	d := &dateText{at.Unix(), at.UTC().Format(http.TimeFormat)}
	v.date.Store(d)
	return d.text
}

// addFields adds the fields that every answer of the API has.
func (v *Venue) addFields(c *Call, a *Answer) {
	v.addField(a, HeaderDate, v.dateOf(c.At))
	v.addField(a, HeaderContentType, "application/json;charset=UTF-8")
	if c.route == nil {
		return
	}
	used := decimalOf(c.weight)
	v.addField(a, v.names.UsedWeight, used)
	if edition.DateOf(c.At) >= v.held.WeightHeaderSuffixedFrom {
		v.addField(a, v.names.UsedWeightMinute, used)
	}
	if c.placed && a.Status == 200 && edition.DateOf(c.At) >= v.held.OrderCountFrom {
		for i, l := range v.counter.Limits() {
			if l.Type == limits.Orders {
				v.addField(a, v.names.OrderCount+"-"+strconv.FormatInt(l.Num, 10)+strings.ToLower(l.Letter()), strconv.FormatInt(c.orders[i], 10))
			}
		}
	}
}

func (v *Venue) addField(a *Answer, name, value string) {
	if name != "" && a.Get(name) == "" { // an edition may have no such field
		a.Header = append(a.Header, Field{name, value})
	}
}

// smallDecimals are the texts of the used weights that are met most; made when
// first asked for, since most runs of the program have no venue.
var smallDecimals = sync.OnceValue(func() *[2048]string {
	var texts [2048]string
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return &texts
})

func decimalOf(n int64) string {
	if texts := smallDecimals(); n >= 0 && n < int64(len(texts)) {
		return texts[n]
	}
	return strconv.FormatInt(n, 10)
}

const notFoundPage = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n"

// lost answers an unknown path.
func (v *Venue) lost(c *Call, a *Answer) {
	if edition.DateOf(c.At) < v.held.NotFoundPageUntil || strings.Contains(c.Accept, "text/html") {
		a.Status, a.Body = 404, append(a.Body, notFoundPage...)
		a.Set(HeaderContentType, "text/html")
		return
	}
	v.refuse(a, errNotFound, "")
}

// maxBody bounds a request's body: parameters, of which the longest documented
// list is under a kilobyte.
const maxBody = 64 << 10

// ServeHTTP answers one request.
func (v *Venue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	work := v.calls.Get().(*working)
	defer v.calls.Put(work)
	c, a := &work.call, &work.answer
	*c = Call{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Request: r,
		APIKey: r.Header.Get(v.names.APIKey), ContentType: r.Header.Get("Content-Type"), Accept: r.Header.Get("Accept"),
		Address: v.clientIP(r), Params: c.Params[:0],
	}
	if r.ContentLength != 0 && r.Body != nil {
		c.unread = readBody(w, r, c)
	}
	v.Do(c, a)
	if hooks := v.hooks.Load(); hooks.Send != nil && hooks.Send(w, c, a) {
		return
	}
	send(w, a)
}

// readBody reads the body, and returns why the request must not be carried out
// where it is too large or breaks off: half of an order may be another order.
func readBody(w http.ResponseWriter, r *http.Request, c *Call) *refusal {
	if r.ContentLength > maxBody {
		return errTooLarge
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	c.Body = data
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge
	case err != nil:
		return errBroken
	}
	return nil
}

// send writes an answer.
func send(w http.ResponseWriter, a *Answer) {
	h := w.Header()
	values := make([]string, len(a.Header)+1)
	for i, f := range a.Header {
		values[i] = f.Value
		h[f.Name] = values[i : i+1 : i+1]
	}
	last := len(a.Header)
	values[last] = decimalOf(int64(len(a.Body)))
	h["Content-Length"] = values[last:]
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client may have gone; there is nobody to tell
}
