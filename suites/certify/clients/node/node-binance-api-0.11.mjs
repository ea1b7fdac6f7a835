// A driver for node-binance-api 0.11, which speaks /api/v1, /api/v3 and /wapi,
// over request. Its promises are used, not its callbacks.

import { createRequire } from 'node:module'
import { serve, version, url, apiKey, secretKey, number, parsed, retryAfter, nameOf, pick } from './driver.mjs'

const Binance = createRequire(import.meta.url)('node-binance-api-0.11')
const client = new Binance().options({
  APIKEY: apiKey,
  APISECRET: secretKey,
  ...(url ? { urls: { base: url + '/api/', wapi: url + '/wapi/', sapi: url + '/sapi/' } } : {})
})

serve({
  client: 'node-binance-api',
  version: version('node-binance-api-0.11'),
  ops: {
    time: () => client.time(),
    exchangeInfo: () => client.exchangeInfo(),
    klines: p => client.candlesticks(p.symbol, p.interval, undefined, pick(p, 'limit', 'startTime', 'endTime')),
    trades: p => client.recentTrades(p.symbol, undefined, p.limit),
    aggTrades: p => client.aggTrades(p.symbol, pick(p, 'limit')),
    depth: p => client.depth(p.symbol, undefined, p.limit),
    ticker24hr: p => client.prevDay(p.symbol),
    tickerPrice: p => client.prices(p.symbol),
    account: () => client.account(),
    placeOrder: p => client.order(p.side, p.symbol, p.quantity, p.price, pick(p, 'type', 'timeInForce', 'newClientOrderId')),
    cancelOrder: p => client.cancel(p.symbol, p.orderId),
    queryOrder: p => client.orderStatus(p.symbol, p.orderId, undefined, pick(p, 'origClientOrderId')),
    openOrders: p => client.openOrders(p.symbol),
    allOrders: p => client.allOrders(p.symbol, undefined, pick(p, 'limit')),
    myTrades: p => client.trades(p.symbol, undefined, pick(p, 'limit')),
    withdraw: p => client.withdraw(p.asset, p.address, p.amount),
    depositHistory: p => client.depositHistory(undefined, pick(p, 'asset')),
    withdrawHistory: p => client.withdrawHistory(undefined, pick(p, 'asset')),
    depositAddress: p => client.depositAddress(p.asset),
    systemStatus: () => client.systemStatus(),
    accountStatus: () => client.accountStatus()
  },
  // After an answer other than 200 the promise is rejected with the answer
  // itself, an IncomingMessage of Node with the body beside it (reqHandler in
  // node-binance-api.js): status, header and, in the body, the code. Without an
  // answer it is Node's error.
  describe: e => ({
    type: nameOf(e),
    message: String(e?.message ?? e?.body ?? e),
    status: e?.statusCode,
    code: number(parsed(e?.body)?.code),
    retryAfterMs: retryAfter(e?.headers?.['retry-after'])
  })
})
