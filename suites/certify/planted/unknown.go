package planted

import (
	"context"
	"net/http"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// unknownOutcome is the type of the error for a call that may have been carried
// out.
const unknownOutcome = "UnknownOutcomeError"

// change carries out a call that must not be sent twice. If nobody can know
// what became of it the client looks it up, and tells what it finds or that it
// does not know. A refusal, 429 and 418 included, is definite.
func (c *Client) change(ctx context.Context, q request) driver.Answer {
	data, err := c.send(ctx, q)
	if err == nil {
		return c.done(q, data)
	}
	if !isUnknown(err) {
		return c.refused(ctx, q, err)
	}
	switch {
	case c.vice == resendsOrder && q.route.op == driver.PlaceOrder && err.Status/100 == 5,
		c.vice == resendsWithdrawal && q.route.op == driver.Withdraw && err.Status == http.StatusGatewayTimeout,
		c.vice == resendsFailed && q.route.op == driver.Withdraw && err.Status == http.StatusInternalServerError,
		c.vice == resendsCancel && q.route.op == driver.CancelOrder && err.Status/100 == 5,
		c.vice == resendsUnanswered && q.route.op == driver.PlaceOrder && err.unanswered,
		c.vice == resendsOnPage && q.route.op == driver.PlaceOrder && err.page,
		c.vice == resendsOnCut && q.route.op == driver.PlaceOrder && err.cut:
		return c.resend(ctx, q)
	case c.vice == tellsFailed:
		return driver.Answer{Outcome: traffic.OutcomeRejected, Error: &driver.Error{Type: "OrderRejected", Message: "the order was not placed"}}
	case c.vice == tradesOn && q.route.op == driver.PlaceOrder:
		c.counter(ctx, q)
	case c.vice == asksNothing:
	default:
		if data, found := c.lookUp(ctx, q); found {
			return c.done(q, data)
		}
	}
	return told(&Error{Type: unknownOutcome, Message: err.Message, Status: err.Status, Code: err.Code})
}

// isUnknown reports an error after which the call may have been carried out.
func isUnknown(e *Error) bool { return e.unanswered || e.Status/100 == 5 }

// refused tells of a definite refusal.
func (c *Client) refused(ctx context.Context, q request, e *Error) driver.Answer {
	for try := 0; try < maxTries; try++ {
		wait, again := c.again(q, e, try)
		if !again || c.vice == noVice || !sleep(ctx, wait) {
			break
		}
		data, err := c.send(ctx, q)
		if err == nil {
			return c.done(q, data)
		}
		e = err
	}
	return c.tell(e)
}

// lookUp asks what became of a call, and returns it as the venue has it.
func (c *Client) lookUp(ctx context.Context, q request) (data any, found bool) {
	if left, _ := c.silence(); left > 0 {
		return nil, false
	}
	switch q.route.op {
	case driver.PlaceOrder:
		r, _ := routeOf(driver.QueryOrder)
		data, err := c.send(ctx, request{r, []param{{"symbol", q.get("symbol")}, {"origClientOrderId", q.get("newClientOrderId")}}})
		return data, err == nil
	case driver.CancelOrder:
		r, _ := routeOf(driver.QueryOrder)
		data, err := c.send(ctx, request{r, []param{{"symbol", q.get("symbol")}, {"orderId", q.get("orderId")}}})
		order, _ := data.(map[string]any)
		return data, err == nil && order["status"] == "CANCELED"
	case driver.Withdraw:
		return c.lookUpWithdrawal(ctx, q)
	}
	return nil, false
}

func (c *Client) lookUpWithdrawal(ctx context.Context, q request) (data any, found bool) {
	r, _ := routeOf(driver.WithdrawHistory)
	history, err := c.send(ctx, request{r, []param{{"asset", q.get("asset")}}})
	if err != nil {
		return nil, false
	}
	object, _ := history.(map[string]any)
	list, _ := object["withdrawList"].([]any)
	for _, one := range list {
		if w, ok := one.(map[string]any); ok && w["withdrawOrderId"] == q.get("withdrawOrderId") {
			return one, true
		}
	}
	return nil, false
}

// resend sends a call again that may have been carried out, under another id
// where it has one.
func (c *Client) resend(ctx context.Context, q request) driver.Answer {
	switch q.route.op {
	case driver.PlaceOrder:
		q.set("newClientOrderId", c.nextID())
	case driver.Withdraw:
		q.set("withdrawOrderId", c.nextID())
	}
	data, err := c.send(ctx, q)
	if err != nil {
		return told(&Error{Type: unknownOutcome, Message: err.Message, Status: err.Status, Code: err.Code})
	}
	return c.done(q, data)
}

// counter places the order the other way round.
func (c *Client) counter(ctx context.Context, q request) {
	q.set("newClientOrderId", c.nextID())
	side := "SELL"
	if q.get("side") == side {
		side = "BUY"
	}
	q.set("side", side)
	q.set("price", "9900.00")
	c.send(ctx, q)
}
