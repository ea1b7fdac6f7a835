// A driver for @binance/connector, the venue's own of 2021 to 2024, over axios.

import { createRequire } from 'node:module'
import { serve, version, url, apiKey, secretKey, number, retryAfter, nameOf, pick } from './driver.mjs'

const { Spot } = createRequire(import.meta.url)('@binance/connector')
const client = new Spot(apiKey, secretKey, url ? { baseURL: url } : {})

const data = async answer => (await answer).data
const rest = (p, ...taken) => Object.fromEntries(Object.entries(p).filter(([name]) => !taken.includes(name)))

serve({
  client: '@binance/connector',
  version: version('@binance/connector'),
  ops: {
    ping: () => data(client.ping()),
    time: () => data(client.time()),
    exchangeInfo: () => data(client.exchangeInfo()),
    klines: p => data(client.klines(p.symbol, p.interval, rest(p, 'symbol', 'interval'))),
    trades: p => data(client.trades(p.symbol, pick(p, 'limit'))),
    aggTrades: p => data(client.aggTrades(p.symbol, pick(p, 'limit'))),
    depth: p => data(client.depth(p.symbol, pick(p, 'limit'))),
    ticker24hr: p => data(client.ticker24hr(p.symbol)),
    tickerPrice: p => data(client.tickerPrice(p.symbol)),
    account: () => data(client.account()),
    placeOrder: p => data(client.newOrder(p.symbol, p.side, p.type, rest(p, 'symbol', 'side', 'type'))),
    cancelOrder: p => data(client.cancelOrder(p.symbol, rest(p, 'symbol'))),
    queryOrder: p => data(client.getOrder(p.symbol, rest(p, 'symbol'))),
    openOrders: p => data(client.openOrders(p)),
    allOrders: p => data(client.allOrders(p.symbol, rest(p, 'symbol'))),
    myTrades: p => data(client.myTrades(p.symbol, rest(p, 'symbol'))),
    withdraw: p => data(client.withdraw(p.asset, p.address, p.amount)),
    depositHistory: p => data(client.depositHistory({ coin: p.asset })),
    withdrawHistory: p => data(client.withdrawHistory({ coin: p.asset })),
    depositAddress: p => data(client.depositAddress(p.asset)),
    systemStatus: () => data(client.systemStatus()),
    accountStatus: () => data(client.accountStatus()),
    startUserDataStream: () => data(client.createListenKey())
  },
  // Errors are those of axios as they come (createRequest in
  // src/helpers/utils.js): with an answer they hold all of it.
  describe: e => ({
    type: nameOf(e),
    message: String(e?.message ?? e),
    status: e?.response?.status,
    code: number(e?.response?.data?.code),
    retryAfterMs: retryAfter(e?.response?.headers?.['retry-after'])
  })
})
