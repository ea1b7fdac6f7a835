// A driver for binance 3 (github.com/tiagosiebler/binance), over axios.

import { MainClient } from 'binance'
import { serve, version, url, apiKey, secretKey, number, retryAfter, nameOf, pick } from './driver.mjs'

const client = new MainClient({ api_key: apiKey, api_secret: secretKey, ...(url ? { baseUrl: url } : {}) })

serve({
  client: 'binance',
  version: version('binance'),
  ops: {
    ping: () => client.testConnectivity(),
    // It asks api.binance.com, whatever baseUrl says (getServerTime in
    // lib/main-client.js).
    ...(url ? {} : { time: () => client.getServerTime() }),
    exchangeInfo: () => client.getExchangeInfo(),
    klines: p => client.getKlines(p),
    trades: p => client.getRecentTrades(p),
    aggTrades: p => client.getAggregateTrades(p),
    depth: p => client.getOrderBook(p),
    ticker24hr: p => client.get24hrChangeStatistics(p),
    tickerPrice: p => client.getSymbolPriceTicker(p),
    account: () => client.getAccountInformation(),
    placeOrder: p => client.submitNewOrder(p),
    cancelOrder: p => client.cancelOrder(p),
    queryOrder: p => client.getOrder(p),
    openOrders: p => client.getOpenOrders(p),
    allOrders: p => client.getAllOrders(p),
    myTrades: p => client.getAccountTradeList(p),
    withdraw: p => client.withdraw({ coin: p.asset, ...pick(p, 'address', 'amount') }),
    depositHistory: p => client.getDepositHistory({ coin: p.asset }),
    withdrawHistory: p => client.getWithdrawHistory({ coin: p.asset }),
    depositAddress: p => client.getDepositAddress({ coin: p.asset }),
    systemStatus: () => client.getSystemStatus(),
    accountStatus: () => client.getAccountStatus(),
    startUserDataStream: () => client.getSpotUserDataListenKey()
  },
  // What is thrown after an answer of the venue is a plain object: code and
  // message out of the body, the body, and the header. The status is dropped
  // (parseException in lib/util/BaseRestClient.js). Without an answer it is the
  // error of axios.
  describe: e => ({
    type: nameOf(e),
    message: String(e?.message ?? e),
    code: number(e?.code),
    retryAfterMs: retryAfter(e?.headers?.['retry-after'])
  })
})
