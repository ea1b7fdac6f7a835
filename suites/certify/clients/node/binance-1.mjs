// A driver for binance 1 (github.com/aarongable/binance), which speaks /api/v1,
// /api/v3 and /wapi, over request. Its promises are used, not its callbacks.

import { createRequire } from 'node:module'
import { serve, version, url, apiKey, secretKey, number, nameOf, pick } from './driver.mjs'

const { BinanceRest } = createRequire(import.meta.url)('binance-1')
const client = new BinanceRest({ key: apiKey, secret: secretKey, ...(url ? { baseUrl: url } : {}) })

serve({
  client: 'binance',
  version: version('binance-1'),
  ops: {
    ping: () => client.ping(),
    time: () => client.time(),
    exchangeInfo: () => client.exchangeInfo(),
    klines: p => client.klines(p),
    trades: p => client.trades(p),
    aggTrades: p => client.aggTrades(p),
    depth: p => client.depth(p),
    ticker24hr: p => client.ticker24hr(p),
    tickerPrice: p => client.tickerPrice(p),
    account: () => client.account(),
    placeOrder: p => client.newOrder(p),
    cancelOrder: p => client.cancelOrder(p),
    queryOrder: p => client.queryOrder(p),
    openOrders: p => client.openOrders(p),
    allOrders: p => client.allOrders(p),
    myTrades: p => client.myTrades(p),
    withdraw: p => client.withdraw(pick(p, 'asset', 'address', 'amount')),
    depositHistory: p => client.depositHistory(pick(p, 'asset')),
    withdrawHistory: p => client.withdrawHistory(pick(p, 'asset')),
    depositAddress: p => client.depositAddress(pick(p, 'asset')),
    accountStatus: () => client.accountStatus(),
    startUserDataStream: () => client.startUserDataStream()
  },
  // After an answer the promise is rejected with its body: an object with code
  // and msg where it was JSON, a text where not. Status and header are dropped
  // (_makeRequest in lib/rest.js). Without an answer it is Node's error.
  describe: e => ({
    type: nameOf(e),
    message: String(e?.message ?? e?.msg ?? e),
    code: number(e?.code)
  })
})
