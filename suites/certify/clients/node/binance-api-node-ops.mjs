// What binance-api-node 0.9 and 0.13 have in common: the ops, and what their
// errors hold.

import { number, retryAfter, nameOf, pick } from './driver.mjs'

// ops take the asset's name by the parameter's name of the version: asset on
// /wapi, coin on /sapi.
export function ops (client, asset) {
  const of = p => p.asset === undefined ? {} : { [asset]: p.asset }
  return {
    ping: () => client.ping(),
    time: () => client.time(),
    exchangeInfo: () => client.exchangeInfo(),
    klines: p => client.candles(p),
    trades: p => client.trades(p),
    aggTrades: p => client.aggTrades(p),
    depth: p => client.book(p),
    ticker24hr: p => client.dailyStats(p),
    tickerPrice: p => client.prices(p),
    account: () => client.accountInfo(),
    placeOrder: p => client.order(p),
    cancelOrder: p => client.cancelOrder(p),
    queryOrder: p => client.getOrder(p),
    openOrders: p => client.openOrders(p),
    allOrders: p => client.allOrders(p),
    myTrades: p => client.myTrades(p),
    withdraw: p => client.withdraw({ ...of(p), ...pick(p, 'address', 'amount') }),
    depositHistory: p => client.depositHistory(of(p)),
    withdrawHistory: p => client.withdrawHistory(of(p)),
    depositAddress: p => client.depositAddress(of(p)),
    startUserDataStream: () => client.getDataStream()
  }
}

// describe says what an error of sendResult in dist/http-client.js holds: of
// an answer in JSON the venue's code and message, neither status nor header; of
// any other answer the whole response.
export function describe (e) {
  return {
    type: nameOf(e),
    message: String(e?.message ?? e),
    status: e?.response?.status,
    code: number(e?.code),
    retryAfterMs: retryAfter(e?.response?.headers?.get('retry-after'))
  }
}
