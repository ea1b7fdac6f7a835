// A driver for ccxt 1, the last that speaks /wapi beside /api/v3 and /sapi:
// money goes in and out by /wapi, through the methods that ccxt makes of its
// table of routes.

import { createRequire } from 'node:module'
import { serve, version, url, apiKey, secretKey, pick } from './driver.mjs'
import { settings, unified, describer } from './ccxt-ops.mjs'

const ccxt = createRequire(import.meta.url)('ccxt-1')
const exchange = new ccxt.binance(settings(url, apiKey, secretKey, {
  wapi: '/wapi/v3', public: '/api/v3', private: '/api/v3', v1: '/api/v1', sapi: '/sapi/v1', sapiV3: '/sapi/v3'
}, 'spot'))

serve({
  client: 'ccxt',
  version: version('ccxt-1'),
  ops: {
    ...unified(exchange),
    withdraw: p => exchange.wapiPostWithdraw(pick(p, 'asset', 'address', 'amount')),
    depositHistory: p => exchange.wapiGetDepositHistory(pick(p, 'asset')),
    withdrawHistory: p => exchange.wapiGetWithdrawHistory(pick(p, 'asset')),
    depositAddress: p => exchange.wapiGetDepositAddress(pick(p, 'asset')),
    systemStatus: () => exchange.wapiGetSystemStatus(),
    accountStatus: () => exchange.wapiGetAccountStatus()
  },
  describe: describer(ccxt)
})
