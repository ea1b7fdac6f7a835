// A driver for ccxt 4, which speaks /api/v3 and /sapi.
//
//   node ccxt.mjs                   as it comes: it sends everything once
//   node ccxt.mjs --max-retries 3   with its option maxRetriesOnFailure

import ccxt from 'ccxt'
import { serve, version, url, apiKey, secretKey } from './driver.mjs'
import { settings, unified, describer, maxRetries } from './ccxt-ops.mjs'

const exchange = new ccxt.binance(settings(url, apiKey, secretKey, {
  public: '/api/v3', private: '/api/v3', v1: '/api/v1', sapi: '/sapi/v1', sapiV2: '/sapi/v2', sapiV3: '/sapi/v3', sapiV4: '/sapi/v4'
}, { types: ['spot'] }))

serve({
  client: 'ccxt',
  version: version('ccxt'),
  configuration: maxRetries === undefined ? 'default' : `maxRetriesOnFailure=${maxRetries}`,
  ops: unified(exchange),
  describe: describer(ccxt)
})
