// A driver for @binance/spot, the venue's own of today, over axios. It has
// /api/v3 alone: no withdrawals.
//
//   node spot.mjs               as it comes: reads and cancels are sent up to 3 times
//   node spot.mjs --retries 0   with its setting retries

import { createRequire } from 'node:module'
import { serve, version, option, url, apiKey, secretKey, number, nameOf } from './driver.mjs'

const spot = createRequire(import.meta.url)('@binance/spot')
const retries = option('retries')
const client = new spot.Spot({
  configurationRestAPI: {
    apiKey,
    apiSecret: secretKey,
    ...(url ? { basePath: url } : {}),
    ...(retries === undefined ? {} : { retries })
  }
}).restAPI

const data = async answer => (await answer).data()

// Its classes for statuses of refusals hold no status themselves.
const classes = {
  RateLimitBanError: 'banned',
  TooManyRequestsError: 'rate_limited',
  BadRequestError: 'rejected',
  UnauthorizedError: 'rejected',
  ForbiddenError: 'rejected',
  NotFoundError: 'rejected'
}

serve({
  client: '@binance/spot',
  version: version('@binance/spot'),
  configuration: retries === undefined ? 'default' : `retries=${retries}`,
  ops: {
    ping: () => data(client.ping()),
    time: () => data(client.time()),
    exchangeInfo: () => data(client.exchangeInfo()),
    klines: p => data(client.klines(p)),
    trades: p => data(client.getTrades(p)),
    aggTrades: p => data(client.aggTrades(p)),
    depth: p => data(client.depth(p)),
    ticker24hr: p => data(client.ticker24hr(p)),
    tickerPrice: p => data(client.tickerPrice(p)),
    account: () => data(client.getAccount()),
    placeOrder: p => data(client.newOrder(p)),
    cancelOrder: p => data(client.deleteOrder(p)),
    queryOrder: p => data(client.getOrder(p)),
    openOrders: p => data(client.getOpenOrders(p)),
    allOrders: p => data(client.allOrders(p)),
    myTrades: p => data(client.myTrades(p))
  },
  // httpRequestFunction in @binance/common makes errors of its own: a class by
  // status, with the venue's message and code; of a 5XX only the status; no
  // header of any.
  describe: e => ({
    type: nameOf(e),
    message: String(e?.message ?? e),
    status: e?.statusCode,
    code: number(e?.code),
    says: classes[e?.name]
  })
})
