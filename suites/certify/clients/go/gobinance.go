package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	binance "github.com/adshao/go-binance/v2"
	"github.com/adshao/go-binance/v2/common"
)

// goBinance drives adshao/go-binance, which speaks /api/v3 and /sapi over
// http.DefaultClient.
func goBinance() driver {
	c := binance.NewClient(os.Getenv("MBXCHECK_API_KEY"), os.Getenv("MBXCHECK_SECRET_KEY"))
	if url := os.Getenv("MBXCHECK_URL"); url != "" {
		c.BaseURL = url
	}
	d := driver{
		client: "github.com/adshao/go-binance/v2", version: version("github.com/adshao/go-binance/v2"), configuration: "default",
		ops: map[string]func(params) (result, error){}, describe: describeAPIError,
	}
	addMarket(d.ops, c)
	addTrading(d.ops, c)
	addMoney(d.ops, c)
	return d
}

// describeAPIError says what an error of callAPI in client.go holds: of an
// answer of 400 or more the venue's code and message, or its body where that
// had neither (common/errors.go); no status, no header field. Other errors are
// those of net/http and encoding/json.
func describeAPIError(err error) failure {
	f := failure{Type: fmt.Sprintf("%T", err), Message: err.Error()}
	if api, ok := errors.AsType[*common.APIError](err); ok {
		f.Code = api.Code
	}
	return f
}

// limit sets how many rows are wanted where the command says it.
func limit[S any](p params, set func(int) S) {
	if p["limit"] != "" {
		set(int(p.integer("limit")))
	}
}

// done is what came of a call of whose answer nobody asks anything.
func done[T any](_ T, err error) (result, error) { return result{}, err }

// listed is what came of a call for a list.
func listed[T any](list []T, err error) (result, error) { return rows(len(list)), err }

func addMarket(ops map[string]func(params) (result, error), c *binance.Client) {
	ctx := context.Background()
	ops["ping"] = func(params) (result, error) { return result{}, c.NewPingService().Do(ctx) }
	ops["time"] = func(params) (result, error) { return done(c.NewServerTimeService().Do(ctx)) }
	ops["exchangeInfo"] = func(params) (result, error) { return done(c.NewExchangeInfoService().Do(ctx)) }
	ops["klines"] = func(p params) (result, error) {
		s := c.NewKlinesService().Symbol(p["symbol"]).Interval(p["interval"])
		limit(p, s.Limit)
		if p["startTime"] != "" {
			s.StartTime(p.integer("startTime"))
		}
		if p["endTime"] != "" {
			s.EndTime(p.integer("endTime"))
		}
		klines, err := s.Do(ctx)
		r := rows(len(klines))
		if len(klines) > 0 {
			r.FirstMs, r.LastMs = klines[0].OpenTime, klines[len(klines)-1].OpenTime
		}
		return r, err
	}
	ops["trades"] = func(p params) (result, error) {
		s := c.NewRecentTradesService().Symbol(p["symbol"])
		limit(p, s.Limit)
		return listed(s.Do(ctx))
	}
	ops["aggTrades"] = func(p params) (result, error) {
		s := c.NewAggTradesService().Symbol(p["symbol"])
		limit(p, s.Limit)
		return listed(s.Do(ctx))
	}
	ops["depth"] = func(p params) (result, error) {
		s := c.NewDepthService().Symbol(p["symbol"])
		limit(p, s.Limit)
		return done(s.Do(ctx))
	}
	ops["ticker24hr"] = func(p params) (result, error) {
		return listed(c.NewListPriceChangeStatsService().Symbol(p["symbol"]).Do(ctx))
	}
	ops["tickerPrice"] = func(p params) (result, error) { return listed(c.NewListPricesService().Symbol(p["symbol"]).Do(ctx)) }
}

func addTrading(ops map[string]func(params) (result, error), c *binance.Client) {
	ctx := context.Background()
	ops["account"] = func(params) (result, error) { return done(c.NewGetAccountService().Do(ctx)) }
	ops["placeOrder"] = func(p params) (result, error) {
		s := c.NewCreateOrderService().Symbol(p["symbol"]).Side(binance.SideType(p["side"])).Type(binance.OrderType(p["type"]))
		for name, set := range map[string]func(string) *binance.CreateOrderService{
			"quantity": s.Quantity, "price": s.Price, "newClientOrderId": s.NewClientOrderID,
		} {
			if p[name] != "" {
				set(p[name])
			}
		}
		if p["timeInForce"] != "" {
			s.TimeInForce(binance.TimeInForceType(p["timeInForce"]))
		}
		o, err := s.Do(ctx)
		if err != nil {
			return result{}, err
		}
		return result{OrderID: o.OrderID, ClientOrderID: o.ClientOrderID}, nil
	}
	ops["cancelOrder"] = func(p params) (result, error) {
		o, err := c.NewCancelOrderService().Symbol(p["symbol"]).OrderID(p.integer("orderId")).Do(ctx)
		if err != nil {
			return result{}, err
		}
		return result{OrderID: o.OrderID, ClientOrderID: o.OrigClientOrderID}, nil
	}
	ops["queryOrder"] = func(p params) (result, error) {
		s := c.NewGetOrderService().Symbol(p["symbol"])
		if p["orderId"] != "" {
			s.OrderID(p.integer("orderId"))
		}
		if p["origClientOrderId"] != "" {
			s.OrigClientOrderID(p["origClientOrderId"])
		}
		o, err := s.Do(ctx)
		if err != nil {
			return result{}, err
		}
		return result{OrderID: o.OrderID, ClientOrderID: o.ClientOrderID}, nil
	}
	ops["openOrders"] = func(p params) (result, error) {
		return listed(c.NewListOpenOrdersService().Symbol(p["symbol"]).Do(ctx))
	}
	ops["allOrders"] = func(p params) (result, error) {
		s := c.NewListOrdersService().Symbol(p["symbol"])
		limit(p, s.Limit)
		return listed(s.Do(ctx))
	}
	ops["myTrades"] = func(p params) (result, error) {
		s := c.NewListTradesService().Symbol(p["symbol"])
		limit(p, s.Limit)
		return listed(s.Do(ctx))
	}
	ops["startUserDataStream"] = func(params) (result, error) { return done(c.NewStartUserStreamService().Do(ctx)) }
}

func addMoney(ops map[string]func(params) (result, error), c *binance.Client) {
	ctx := context.Background()
	ops["withdraw"] = func(p params) (result, error) {
		return done(c.NewCreateWithdrawService().Coin(p["asset"]).Address(p["address"]).Amount(p["amount"]).Do(ctx))
	}
	ops["depositHistory"] = func(p params) (result, error) { return listed(c.NewListDepositsService().Coin(p["asset"]).Do(ctx)) }
	ops["withdrawHistory"] = func(p params) (result, error) { return listed(c.NewListWithdrawsService().Coin(p["asset"]).Do(ctx)) }
	ops["depositAddress"] = func(p params) (result, error) { return done(c.NewGetDepositAddressService().Coin(p["asset"]).Do(ctx)) }
}
