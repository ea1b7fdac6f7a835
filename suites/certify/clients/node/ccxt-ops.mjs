// What ccxt 1 and 4 have in common: the ops by ccxt's unified methods, and what
// its errors hold.

import { option, parsed, number, pick } from './driver.mjs'

export const maxRetries = option('max-retries')

// settings are those of the constructor. Spot markets alone are loaded: futures
// and margin markets live on other hosts and in later editions of the venue.
// fetchMarkets says so, in the version's own way.
export function settings (url, apiKey, secret, families, fetchMarkets) {
  return {
    apiKey,
    secret,
    options: {
      defaultType: 'spot',
      fetchMarkets,
      fetchMargins: false,
      ...(maxRetries === undefined ? {} : { maxRetriesOnFailure: maxRetries })
    },
    ...(url ? { urls: { api: Object.fromEntries(Object.entries(families).map(([family, path]) => [family, url + path])) } } : {})
  }
}

// unified are the ops through methods that all of ccxt's exchanges have, with
// the venue's names for symbols, which ccxt takes as well as its own.
export function unified (exchange) {
  return {
    ping: () => exchange.publicGetPing(),
    time: () => exchange.fetchTime(),
    exchangeInfo: () => exchange.fetchMarkets(),
    klines: p => exchange.fetchOHLCV(p.symbol, p.interval, number(p.startTime), number(p.limit), p.endTime === undefined ? {} : { until: number(p.endTime) }),
    trades: p => exchange.publicGetTrades(pick(p, 'symbol', 'limit')),
    aggTrades: p => exchange.fetchTrades(p.symbol, undefined, number(p.limit)),
    depth: p => exchange.fetchOrderBook(p.symbol, number(p.limit)),
    ticker24hr: p => exchange.fetchTicker(p.symbol),
    tickerPrice: p => exchange.publicGetTickerPrice(pick(p, 'symbol')),
    account: () => exchange.fetchBalance(),
    placeOrder: async p => order(await exchange.createOrder(
      p.symbol, p.type.toLowerCase(), p.side.toLowerCase(), Number(p.quantity), p.price === undefined ? undefined : Number(p.price),
      pick({ timeInForce: p.timeInForce, clientOrderId: p.newClientOrderId }, 'timeInForce', 'clientOrderId'))),
    cancelOrder: async p => order(await exchange.cancelOrder(String(p.orderId), p.symbol)),
    queryOrder: async p => order(await exchange.fetchOrder(p.orderId === undefined ? undefined : String(p.orderId), p.symbol, pick(p, 'origClientOrderId'))),
    openOrders: p => exchange.fetchOpenOrders(p.symbol),
    allOrders: p => exchange.fetchOrders(p.symbol, undefined, number(p.limit)),
    myTrades: p => exchange.fetchMyTrades(p.symbol, undefined, number(p.limit)),
    withdraw: p => exchange.withdraw(p.asset, Number(p.amount), p.address),
    depositHistory: p => exchange.fetchDeposits(p.asset),
    withdrawHistory: p => exchange.fetchWithdrawals(p.asset),
    depositAddress: p => exchange.fetchDepositAddress(p.asset),
    systemStatus: () => exchange.fetchStatus(),
    accountStatus: () => exchange.sapiGetAccountStatus(),
    startUserDataStream: () => exchange.publicPostUserDataStream()
  }
}

function order ({ id, clientOrderId }) {
  return { orderId: id, clientOrderId }
}

// describer says what an error of ccxt holds: its class and a text. Status and
// code have no fields. ccxt writes them to fixed places of the text, where
// callers read them for want of any other way: "binance 429 Too Many Requests
// {...}" and "binance GET https://... 504 Gateway Timeout ..."
// (handleErrors in binance.js, handleHttpStatusCode in base/Exchange.js), and
// the body, with its code, after the exchange's name. No header is kept.
//
// A class below ExchangeError says that the venue refused. ExchangeError itself
// says no more than that it answered with an error, which is what ccxt throws for
// an envelope that it knows nothing of; so does BadResponse, which in ccxt 1 is
// below it. A class of NetworkError or OperationFailed says that it may have been
// anything; DDoSProtection among them and RateLimitExceeded are those of 429 and
// 418 alike.
export function describer (ccxt) {
  return e => {
    const message = e?.message ?? String(e)
    const status = number(/^binance (?:(?:GET|POST|PUT|DELETE) \S+ )?([1-5][0-9][0-9])(?: |$)/.exec(message)?.[1])
    const code = number(parsed(message.slice(Math.max(0, message.indexOf('{'))))?.code)
    return { type: e?.constructor?.name ?? typeof e, message, status, code, says: says(ccxt, e) }
  }
}

function says (ccxt, e) {
  if (e instanceof ccxt.DDoSProtection || e instanceof ccxt.RateLimitExceeded) return 'rate_limited'
  // Those that ccxt throws itself, before anything is sent, are no refusal.
  if (e instanceof ccxt.ArgumentsRequired || e instanceof ccxt.NotSupported) return undefined
  if (e?.constructor === ccxt.ExchangeError || e instanceof ccxt.BadResponse) return undefined
  if (e instanceof ccxt.ExchangeError) return 'rejected'
  return undefined
}
