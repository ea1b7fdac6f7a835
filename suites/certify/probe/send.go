package probe

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// prober is one probe in progress. It sends one request at a time.
type prober struct {
	ctx    context.Context
	c      *Config
	held   *edition.Edition
	client *http.Client
	agent  string
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error

	summary Summary
	first   error // why the first request was not answered
	lost    int   // requests on end that were not answered
	group   int64 // of the experiment at hand

	server   serverClock
	version  string // of market data: "/api/v1" or "/api/v3"
	info     info
	spent    spent
	last     time.Time // when the last request was sent
	bursting bool      // inside the tests of limits
	complete bool      // nobody else used the address since the burst began
}

const (
	// pause is the shortest time between two requests. Six in a second are
	// 400 in a minute and 2000 in five, where the document's example of a
	// RAW_REQUESTS limit allows 5000.
	pause = 150 * time.Millisecond

	// share of the REQUEST_WEIGHT of a minute that a probe uses, as a divisor.
	share = 2

	// assumedLimit is the weight a minute while the server has told none: the
	// lowest that was ever published.
	assumedLimit = 1200

	// maxLost is how many requests on end may go without an answer.
	maxLost = 3
)

// call is one request to be made.
type call struct {
	method, path string
	query, body  string // with {now} where the timestamp goes
	key          string // "" for none
	sign         bool   // append the signature, to the body where there is one
	try          traffic.Experiment
}

// answer is what the prober itself looks at.
type answer struct {
	status     int // 0: none
	body       []byte
	code       int64
	means      traffic.Meaning
	used       int64 // weight, -1 when not told
	own        int64 // weight by the table, -1 when unknown
	retryAfter time.Duration
	banned     time.Time
	date       time.Time
	json       bool
}

func (a *answer) ok() bool { return a.status/100 == 2 && a.code == 0 }

// limited reports an answer that says that a limit is broken, in whatever form.
func (a *answer) limited() bool {
	return a.status == 429 || a.status == 418 || a.means == traffic.TooManyRequests || a.means == traffic.TooManyOrders
}

// stopped reports that nothing more is to be sent.
func (p *prober) stopped() bool {
	return p.summary.Stopped != "" || p.ctx.Err() != nil || p.first != nil
}

func (p *prober) stop(format string, args ...any) {
	if p.summary.Stopped == "" {
		p.summary.Stopped = fmt.Sprintf(format, args...)
	}
}

// wait waits by the prober's clock; it returns at once when the context ends.
func (p *prober) wait(d time.Duration) {
	if d > 0 && p.ctx.Err() == nil {
		_ = p.sleep(p.ctx, d) // the context says so too
	}
}

// send sends a call when the pace allows it, and has its exchange observed.
func (p *prober) send(c call) *answer {
	if p.stopped() {
		return &answer{}
	}
	if !p.bursting && !p.afford(c) {
		return &answer{}
	}
	if p.stopped() {
		return &answer{}
	}
	x, a := p.exchange(c)
	p.summary.Requests++
	if p.c.Observe != nil {
		p.c.Observe(x)
	}
	p.after(a)
	return a
}

// after draws the prober's own consequences from an answer.
func (p *prober) after(a *answer) {
	p.spent.add(a, p.server.time(p.last))
	switch {
	case a.status == 0:
		if p.lost++; p.lost >= maxLost {
			p.stop("%d requests on end were not answered", p.lost)
		}
		return
	case p.bursting:
	case a.limited():
		p.stop("the server refused to serve more (status %d, Retry-After %s); try again later", a.status, a.retryAfter)
	case a.status == 403 && !a.json:
		p.stop("something before the server refused to let more pass (status 403)")
	}
	p.lost = 0
}

// afford waits until the call fits into the pace and the budget of the minute.
// It reports false for a call that never does.
func (p *prober) afford(c call) bool {
	limit := int64(assumedLimit)
	if p.info.weightLimit > 0 {
		limit = p.info.weightLimit
	}
	own := p.weigh(c)
	if own > limit/share && own > limit-limit/4 {
		p.leaveOut("%s %s: it weighs %d, of a limit of %d a minute", c.method, c.path, own, limit)
		return false
	}
	p.wait(pause - p.now().Sub(p.last))
	if used := p.spent.at(p.server.time(p.now())); used > 0 && used+own > limit/share {
		p.tell(fmt.Sprintf("half of the weight of this minute is used: waiting for the next, %s", p.untilTurn().Round(time.Second)))
		p.nextMinute()
	}
	return true
}

// weigh is what the table says that a call weighs, 1 where it says nothing.
func (p *prober) weigh(c call) int64 {
	x := &traffic.Exchange{Request: traffic.Request{Method: c.method, URL: p.c.Target.origin() + c.path + "?" + c.query}}
	var f traffic.Facts
	f.ScanRequest(p.held.Dialect, x)
	f.Era = p.server.time(p.now())
	return max(1, weight.Own(&f, p.held.Catalogue.Lookup(c.method, c.path)))
}

// exchange makes the request, sends it and keeps what came.
func (p *prober) exchange(c call) (*traffic.Exchange, *answer) {
	query, body := p.fill(c)
	if query != "" {
		query = "?" + query
	}
	r, err := http.NewRequestWithContext(p.ctx, c.method, p.c.Target.String()+c.path+query, strings.NewReader(body))
	if err != nil { // the target was checked and paths are constants
		p.stop("the request could not be made: %v", err)
		return p.annotated(&traffic.Exchange{Gaps: traffic.GapResponse}, c, query), &answer{}
	}
	p.setFields(r, c, body)
	p.last = p.now()
	x, err := wire.Send(p.client, r, []byte(body), p.now)
	if p.annotated(x, c, query); err != nil {
		if p.summary.Requests == 0 && p.ctx.Err() == nil {
			p.first = plain(err)
		}
		return x, &answer{used: -1, own: p.weigh(c)}
	}
	return x, p.read(x)
}

// annotated says of an exchange what the wire does not show, and by which of the
// API's own paths rules know it.
func (p *prober) annotated(x *traffic.Exchange, c call, query string) *traffic.Exchange {
	note := traffic.Annotation{Experiment: c.try}
	if x.Annotation != nil {
		note.Lost = x.Annotation.Lost
	}
	x.At = traffic.Position{File: p.c.Target.String(), Number: p.summary.Requests + 1}
	x.Request.Method, x.Request.URL = c.method, p.c.Target.origin()+c.path+query
	x.CompleteHistory, x.Annotation = p.complete, &note
	return x
}

func (p *prober) setFields(r *http.Request, c call, body string) {
	r.Header.Set("User-Agent", p.agent)
	r.Header.Set("Accept", "application/json")
	if c.key != "" {
		r.Header.Set(p.held.Dialect.Fields.APIKey, c.key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

// fill puts the timestamp in and signs: HMAC SHA256 over query string and body,
// one behind the other, as the document's third example does it.
func (p *prober) fill(c call) (query, body string) {
	stamp := strconv.FormatInt(p.server.time(p.now()).UnixMilli(), 10)
	query, body = strings.ReplaceAll(c.query, "{now}", stamp), strings.ReplaceAll(c.body, "{now}", stamp)
	if !c.sign {
		return query, body
	}
	mac := hmac.New(sha256.New, []byte(p.c.SecretKey))
	mac.Write([]byte(query + body))
	signature := "&" + p.held.Dialect.Param(traffic.RoleSignature) + "=" + hex.EncodeToString(mac.Sum(nil))
	if body != "" {
		return query, body + signature
	}
	return query + signature, body
}

// plain takes the method and the URL off an error of net/http.
func plain(err error) error {
	var u interface{ Unwrap() error }
	if errors.As(err, &u) && u.Unwrap() != nil && strings.HasPrefix(err.Error(), "Get ") {
		return u.Unwrap()
	}
	return err
}

// read takes from an exchange what the prober looks at, by the same scan that
// rules are given.
func (p *prober) read(x *traffic.Exchange) *answer {
	f := traffic.FactsOf(p.held.Dialect, x)
	a := &answer{
		status: x.Response.Status, body: bytes.Clone(x.Response.Body), code: f.Code, means: f.Means, used: f.Weight(), date: f.Date,
		banned: f.BannedUntil, own: weight.Own(f, p.held.Catalogue.Lookup(x.Request.Method, f.Path)), json: f.Body.JSON(),
	}
	if f.RetryAfterSec > 0 {
		a.retryAfter = time.Duration(min(f.RetryAfterSec, int64(p.held.MaxBan/time.Second))) * time.Second
	}
	return a
}
