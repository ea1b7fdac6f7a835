// A driver for binance-api-node 0.9, which speaks /api/v3 and /wapi, over the
// fetch that Node brings.

import { createRequire } from 'node:module'
import { serve, version, url, apiKey, secretKey } from './driver.mjs'
import { ops, describe } from './binance-api-node-ops.mjs'

const Binance = createRequire(import.meta.url)('binance-api-node-0.9').default

serve({
  client: 'binance-api-node',
  version: version('binance-api-node-0.9'),
  ops: ops(Binance({ apiKey, apiSecret: secretKey, ...(url ? { httpBase: url } : {}) }), 'asset'),
  describe
})
