// A driver for node-binance-api 1, which speaks /api/v3 and /sapi, over the
// fetch that Node brings.
//
// It has methods for deposits and past withdrawals too, but sends them below
// /api, where the venue has no such routes; and its user data stream is a
// WebSocket. The driver says that it has none of them.

import Binance from 'node-binance-api'
import { serve, version, url, apiKey, secretKey, number, parsed, nameOf, pick } from './driver.mjs'

const client = new Binance({
  APIKEY: apiKey,
  APISECRET: secretKey,
  ...(url ? { urls: { base: url + '/api/', sapi: url + '/sapi/' } } : {})
})

serve({
  client: 'node-binance-api',
  version: version('node-binance-api'),
  ops: {
    ping: () => client.ping(),
    time: () => client.time(),
    exchangeInfo: () => client.exchangeInfo(),
    klines: p => client.candlesticks(p.symbol, p.interval, pick(p, 'limit', 'startTime', 'endTime')),
    trades: p => client.recentTrades(p.symbol, p.limit),
    aggTrades: p => client.aggTrades(p.symbol, pick(p, 'limit')),
    depth: p => client.depth(p.symbol, p.limit),
    ticker24hr: p => client.prevDay(p.symbol),
    tickerPrice: p => client.prices(p.symbol),
    account: () => client.account(),
    placeOrder: p => client.order(p.type, p.side, p.symbol, p.quantity, p.price, pick(p, 'timeInForce', 'newClientOrderId')),
    cancelOrder: p => client.cancel(p.symbol, p.orderId),
    queryOrder: p => client.orderStatus(p.symbol, p.orderId, pick(p, 'origClientOrderId')),
    openOrders: p => client.openOrders(p.symbol),
    allOrders: p => client.allOrders(p.symbol, pick(p, 'limit')),
    myTrades: p => client.myTrades(p.symbol, pick(p, 'limit')),
    withdraw: p => client.withdraw(p.asset, p.address, p.amount),
    systemStatus: () => client.systemStatus()
  },
  // After an answer it is an Error whose message is the answer's body and no
  // more (reqHandler in dist/node-binance-api.js): callers who want the code
  // have no way but to parse it. Status and header are dropped.
  describe: e => ({
    type: nameOf(e),
    message: String(e?.message ?? e),
    code: number(parsed(e?.message)?.code)
  })
})
