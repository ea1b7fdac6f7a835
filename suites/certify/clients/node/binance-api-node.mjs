// A driver for binance-api-node 0.13, which speaks /api/v3 and /sapi, over
// node-fetch 2.

import { createRequire } from 'node:module'
import { serve, version, url, apiKey, secretKey } from './driver.mjs'
import { ops, describe } from './binance-api-node-ops.mjs'

const Binance = createRequire(import.meta.url)('binance-api-node').default

serve({
  client: 'binance-api-node',
  version: version('binance-api-node'),
  ops: ops(Binance({ apiKey, apiSecret: secretKey, ...(url ? { httpBase: url } : {}) }), 'coin'),
  describe
})
