package driver

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Protocol is the version that this package speaks.
const Protocol = 1

// maxName is how many characters a name may have: a client's, an error class's.
// Real ones have a few dozen.
const maxName = 200

// maxID keeps command numbers exact in languages whose numbers are doubles.
const maxID = 1<<53 - 1

// Op is something that a client can be told to do.
type Op string

// All ops of the protocol.
const (
	Ping                Op = "ping"
	Time                Op = "time"
	ExchangeInfo        Op = "exchangeInfo"
	Klines              Op = "klines"
	Trades              Op = "trades"
	AggTrades           Op = "aggTrades"
	Depth               Op = "depth"
	Ticker24hr          Op = "ticker24hr"
	TickerPrice         Op = "tickerPrice"
	Account             Op = "account"
	PlaceOrder          Op = "placeOrder"
	CancelOrder         Op = "cancelOrder"
	QueryOrder          Op = "queryOrder"
	OpenOrders          Op = "openOrders"
	AllOrders           Op = "allOrders"
	MyTrades            Op = "myTrades"
	Withdraw            Op = "withdraw"
	DepositHistory      Op = "depositHistory"
	WithdrawHistory     Op = "withdrawHistory"
	DepositAddress      Op = "depositAddress"
	SystemStatus        Op = "systemStatus"
	AccountStatus       Op = "accountStatus"
	StartUserDataStream Op = "startUserDataStream"
)

// allOps are all of them, in the order of the schema.
var allOps = []Op{
	Ping, Time, ExchangeInfo, Klines, Trades, AggTrades, Depth, Ticker24hr, TickerPrice,
	Account, PlaceOrder, CancelOrder, QueryOrder, OpenOrders, AllOrders, MyTrades,
	Withdraw, DepositHistory, WithdrawHistory, DepositAddress,
	SystemStatus, AccountStatus, StartUserDataStream,
}

// Hello is a driver's first line: who it is.
type Hello struct {
	Protocol      int    `json:"protocol"`
	Client        string `json:"client"`
	Version       string `json:"version"`
	Configuration string `json:"configuration"`
	Ops           []Op   `json:"ops"`

	// BaseURL is false when the client has no setting for the venue's address,
	// and speaks to https://api.binance.com whatever it was told.
	BaseURL bool `json:"base_url"`
}

// Has reports whether the client says that it can do an op.
func (h *Hello) Has(op Op) bool { return slices.Contains(h.Ops, op) }

// Command says what the client shall do.
type Command struct {
	ID         int64          `json:"id"` // set by Conversation.Do
	Op         Op             `json:"op"`
	Params     map[string]any `json:"params,omitzero"`      // strings and numbers by the venue's names
	DeadlineMs int64          `json:"deadline_ms,omitzero"` // how long the caller waits: advice; 0 when it doesn't say
}

// Answer is what came of one command.
type Answer struct {
	ID      int64           `json:"id"`
	Outcome traffic.Outcome `json:"outcome"`
	Result  *Result         `json:"result,omitzero"` // with ok; may be nil
	Error   *Error          `json:"error,omitzero"`  // with all but ok and unsupported, never nil there
}

// Result is what the client gave its caller, as far as anybody asks.
type Result struct {
	OrderID       int64  `json:"orderId,omitzero"`       // 0 when not given
	ClientOrderID string `json:"clientOrderId,omitzero"` // "" when not given
	Rows          *int64 `json:"rows,omitzero"`          // how many a list has
	FirstMs       *int64 `json:"first_ms,omitzero"`      // the first kline's open time, in milliseconds since 1970
	LastMs        *int64 `json:"last_ms,omitzero"`       // the last kline's
}

// Error is what the error holds that the client gave its caller.
type Error struct {
	Type         string `json:"type"` // class or name, never ""
	Message      string `json:"message"`
	Status       int    `json:"status,omitzero"`         // of HTTP; 0 when the error holds none
	Code         int64  `json:"code,omitzero"`           // the venue's; 0 when the error holds none
	RetryAfterMs *int64 `json:"retry_after_ms,omitzero"` // how long to wait; nil when the error doesn't say
}

// helloLine and answerLine are lines as they come, which tell an absent member
// from an empty one. Null counts as absent.
type helloLine struct {
	Hello
	BaseURL *bool `json:"base_url"`
}

type answerLine struct {
	ID      int64           `json:"id"`
	Outcome traffic.Outcome `json:"outcome"`
	Result  jsontext.Value  `json:"result"`
	Error   *errorLine      `json:"error"`
}

type errorLine struct {
	Error
	Message *string `json:"message"`
	Status  *int    `json:"status"`
}

func parseHello(line []byte) (Hello, error) {
	var h helloLine
	if err := json.Unmarshal(line, &h, json.RejectUnknownMembers(true)); err != nil {
		return Hello{}, err
	}
	if h.Protocol != Protocol {
		return Hello{}, fmt.Errorf("protocol: expected %d, found %d", Protocol, h.Protocol)
	}
	for _, f := range [][2]string{{"client", h.Client}, {"version", h.Version}, {"configuration", h.Configuration}} {
		if err := checkName(f[0], f[1]); err != nil {
			return Hello{}, err
		}
	}
	if h.Ops == nil {
		return Hello{}, errors.New("ops: expected a list, found none")
	}
	for i, op := range h.Ops {
		if !slices.Contains(allOps, op) {
			return Hello{}, fmt.Errorf("ops: expected ops of protocol %d, found %q", Protocol, op)
		}
		if slices.Contains(h.Ops[:i], op) {
			return Hello{}, fmt.Errorf("ops: %q stands twice", op)
		}
	}
	h.Hello.BaseURL = h.BaseURL == nil || *h.BaseURL
	return h.Hello, nil
}

func parseAnswer(line []byte) (Answer, error) {
	var l answerLine
	if err := json.Unmarshal(line, &l, json.RejectUnknownMembers(true)); err != nil {
		return Answer{}, err
	}
	a := Answer{ID: l.ID, Outcome: l.Outcome}
	if l.ID < 1 || l.ID > maxID {
		return Answer{}, fmt.Errorf("id: expected a command's number, found %d", l.ID)
	}
	hasResult := len(l.Result) > 0 && l.Result.Kind() != 'n'
	switch a.Outcome {
	case traffic.OutcomeOK, traffic.OutcomeUnsupported:
		if l.Error != nil {
			return Answer{}, fmt.Errorf("expected no error with %s", a.Outcome)
		}
	case traffic.OutcomeRejected, traffic.OutcomeRateLimited, traffic.OutcomeBanned, traffic.OutcomeUnknown, traffic.OutcomeError:
		if l.Error == nil {
			return Answer{}, fmt.Errorf("expected an error with %s, found none", a.Outcome)
		}
	default:
		return Answer{}, fmt.Errorf("outcome: expected ok, rejected, rate_limited, banned, unknown, error or unsupported, found %q", a.Outcome)
	}
	if hasResult && a.Outcome != traffic.OutcomeOK {
		return Answer{}, fmt.Errorf("expected no result with %s", a.Outcome)
	}
	var err error
	if hasResult {
		a.Result = new(Result)
		err = json.Unmarshal(l.Result, a.Result)
	} else if l.Error != nil {
		a.Error, err = l.Error.check()
	}
	if err == nil && a.Result != nil && a.Result.Rows != nil && *a.Result.Rows < 0 {
		err = fmt.Errorf("rows: expected 0 or more, found %d", *a.Result.Rows)
	}
	return a, err
}

func (l *errorLine) check() (*Error, error) {
	e := &l.Error
	if err := checkName("error: type", l.Type); err != nil {
		return nil, err
	}
	if l.Message == nil {
		return nil, errors.New("error: message: expected a string, found none")
	}
	e.Message = *l.Message
	if l.Status != nil {
		if e.Status = *l.Status; e.Status < 100 || e.Status > 999 {
			return nil, fmt.Errorf("error: status: expected an HTTP status, found %d", e.Status)
		}
	}
	if l.RetryAfterMs != nil && *l.RetryAfterMs < 0 {
		return nil, fmt.Errorf("error: retry_after_ms: expected 0 or more, found %d", *l.RetryAfterMs)
	}
	return e, nil
}

func checkName(what, name string) error {
	if name == "" {
		return fmt.Errorf("%s: expected a name, found none", what)
	}
	if n := utf8.RuneCountInString(name); n > maxName {
		return fmt.Errorf("%s: expected at most %d characters, found %d", what, maxName, n)
	}
	return nil
}
