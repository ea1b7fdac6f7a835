package edition

// Family is the first path segment of a route: the part of the API whose
// envelopes, headers and limits it shares.
type Family string

// The families of the 2019 document.
const (
	API  Family = "api"
	WAPI Family = "wapi"
	SAPI Family = "sapi"
)

// Endpoint is one documented route. Its slices are shared: read only.
type Endpoint struct {
	Index    int    `json:"-"` // 0-based place in Endpoints, for tables keyed by endpoint
	ID       string `json:"-"` // "GET /api/v1/depth"
	Method   string // upper case
	Path     string // exact, with its leading slash
	Title    string
	Family   Family
	Security string // "NONE", "MARKET_DATA", "USER_STREAM", "USER_DATA", "TRADE", "MARGIN", "WITHDRAW"

	Top     Top    // the kinds of JSON value that a successful body may be
	TopRule string // TopBySymbol, or "" when Top alone decides

	Orders  []Order     // the ascending lists in a successful body
	Times   []TimeField // the time fields in a successful body
	Params  []Param
	Weights []WeightRow // oldest first

	// WeightsUntil is the first day on which the route's weights were no longer
	// published; zero when they still are.
	WeightsUntil Date

	OrderCount int  // orders that one successful call counts against the ORDERS limits
	Safe       bool // sending it twice changes nothing on the venue

	// Support: it asks for nothing but how the venue is. Clients send such calls by
	// themselves, to set their clock or to load the symbols.
	Support bool
	// RateLimits: a successful body lists the rate limits.
	RateLimits bool

	// Repetition is what sending a call again may do; its Because is "" for
	// routes that change nothing.
	Repetition Repetition
}

// Repetition is what sending a call again may do that the venue has carried
// out, without anybody's knowing.
type Repetition struct {
	// ActsTwice: the second call acts again, such as a second order.
	ActsTwice bool

	// NamedBy are the parameters of which a call must hold one to name what it
	// acts on; without any it may act on what came since. Nil where a repetition
	// can't act twice whatever the parameters.
	NamedBy []string

	Because string // a sentence
}

// Top is a set of kinds of top-level JSON value.
type Top uint8

// The kinds that the document allows (G02).
const (
	Object Top = 1 << iota
	Array
)

// TopBySymbol is the TopRule of routes that answer with one object when the
// parameter symbol is given and with an array otherwise.
const TopBySymbol = "symbol"

// TopFor returns the kinds allowed when the parameter symbol was, or was not,
// given.
func (e *Endpoint) TopFor(symbol bool) Top {
	switch {
	case e.TopRule != TopBySymbol:
		return e.Top
	case symbol:
		return Object
	default:
		return Array
	}
}

// IsSigned reports a route whose requests are signed; e may be nil.
func (e *Endpoint) IsSigned() bool {
	if e == nil {
		return false
	}
	switch e.Security {
	case "USER_DATA", "TRADE", "MARGIN", "WITHDRAW":
		return true
	}
	return false
}

// String names the kinds: "object", "array" or "object or array".
func (t Top) String() string { return [...]string{"none", "object", "array", "object or array"}[t] }

// Order says that the elements of a list ascend by a key. Lists whose elements
// have no age (balances, tickers, price ladders) are left out.
type Order struct {
	Array  string // the list: "$", or a member path such as "$.rows"
	Key    string // the element's member ("time") or position ("[0]")
	Strict bool   // equal neighbours are wrong too: the key is an identifier or a period

	// GroupBySymbol: the key compares only between elements of one symbol.
	GroupBySymbol bool `json:"by_symbol"`

	Status OrderStatus
}

// OrderStatus says how far an order may be relied on.
type OrderStatus uint8

const (
	// Enforce: documented or observed throughout.
	Enforce OrderStatus = iota
	// Advise: follows from the document, but defects of the data or a lack of
	// examples forbid a failure.
	Advise
	// Contradicted: the vendor's own example or a later page shows the list
	// newest first.
	Contradicted
)

// String returns "enforce", "advise" or "contradicted".
func (s OrderStatus) String() string { return [...]string{"enforce", "advise", "contradicted"}[s] }

// TimeField is a field that holds an instant. Durations and ratios that look
// like times by name are left out.
type TimeField struct {
	// Path is "$" followed by ".name", "[*]" (every element) and "[n]" steps,
	// for example "$[*].time" or "$[*][0]". A body without the path does not
	// have the field, which is no fault.
	Path string

	// Sentinels are the values that stand for "no time".
	Sentinels []int64

	// Exception names the unit in which the vendor's own pages show the field
	// though the document says milliseconds; "" for none.
	Exception Exception
}

// Exception is a documented departure from milliseconds.
type Exception string

// The two departures known.
const (
	DateString Exception = "date-string" // "2018-03-08 10:28:49"
	Seconds    Exception = "seconds"     // ten digits in the vendor's examples
)

// Param is a request parameter.
type Param struct {
	Name      string
	Type      string // "STRING", "LONG", "INT", "DECIMAL", "ENUM", "BOOLEAN", "ARRAY"
	Mandatory bool
	Always    bool // mandatory in every edition known, whatever the venue is asked in this one
	Ms        bool // an instant in milliseconds
}

// Param returns the named parameter, or nil. Names compare exactly.
func (e *Endpoint) Param(name string) *Param {
	for i := range e.Params {
		if e.Params[i].Name == name {
			return &e.Params[i]
		}
	}
	return nil
}
