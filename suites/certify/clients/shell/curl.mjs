// A driver for curl, as scripts call it: one process for each command, with
// --fail-with-body so that its exit status tells, and --write-out so that the
// script has the status and Retry-After. With retries it is --fail instead, for
// the bodies of all attempts would come one after the other.
//
//   node curl.mjs                                  sends everything once
//   node curl.mjs --retry 3                        with curl's --retry
//   node curl.mjs --retry 3 --retry-all-errors     and with that

import { spawn, execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { serve, option, url, apiKey, secretKey, number, parsed, retryAfter } from '../node/driver.mjs'

const base = url ?? 'https://api.binance.com'
const flags = []
const retries = option('retry')
if (retries !== undefined) flags.push('--retry', String(retries))
if (process.argv.includes('--retry-all-errors')) flags.push('--retry-all-errors')

const routes = {
  ping: ['GET', '/api/v3/ping'],
  time: ['GET', '/api/v3/time'],
  exchangeInfo: ['GET', '/api/v3/exchangeInfo'],
  klines: ['GET', '/api/v3/klines'],
  trades: ['GET', '/api/v3/trades'],
  aggTrades: ['GET', '/api/v3/aggTrades'],
  depth: ['GET', '/api/v3/depth'],
  ticker24hr: ['GET', '/api/v3/ticker/24hr'],
  tickerPrice: ['GET', '/api/v3/ticker/price'],
  account: ['GET', '/api/v3/account', 'signed'],
  placeOrder: ['POST', '/api/v3/order', 'signed'],
  cancelOrder: ['DELETE', '/api/v3/order', 'signed'],
  queryOrder: ['GET', '/api/v3/order', 'signed'],
  openOrders: ['GET', '/api/v3/openOrders', 'signed'],
  allOrders: ['GET', '/api/v3/allOrders', 'signed'],
  myTrades: ['GET', '/api/v3/myTrades', 'signed'],
  withdraw: ['POST', '/wapi/v3/withdraw.html', 'signed'],
  depositHistory: ['GET', '/wapi/v3/depositHistory.html', 'signed'],
  withdrawHistory: ['GET', '/wapi/v3/withdrawHistory.html', 'signed'],
  depositAddress: ['GET', '/wapi/v3/depositAddress.html', 'signed'],
  systemStatus: ['GET', '/wapi/v3/systemStatus.html'],
  accountStatus: ['GET', '/wapi/v3/accountStatus.html', 'signed'],
  startUserDataStream: ['POST', '/api/v3/userDataStream']
}

// CurlError is an exit status other than 0, with what curl wrote.
class CurlError extends Error {
  constructor (exit, text, answer) {
    super(text.trim() || `curl exited with ${exit}`)
    this.name = `curl ${exit}`
    this.answer = answer
  }
}

function call ([method, path, signed], params) {
  const form = new URLSearchParams(params)
  if (signed) form.set('timestamp', Date.now())
  let text = form.toString()
  if (signed) text += '&signature=' + createHmac('sha256', secretKey).update(text).digest('hex')

  let address = base + path
  const config = [`header = "X-MBX-APIKEY: ${apiKey}"`, `request = "${method}"`]
  if (method === 'POST') config.push(`data = "${text}"`)
  else if (text) address += '?' + text
  return curl([...config, `url = "${address}"`])
}

// curl takes what is secret from standard input, where no list of processes
// shows it.
function curl (config) {
  const args = ['--silent', '--show-error', flags.length > 0 ? '--fail' : '--fail-with-body', '--write-out', '\n%{http_code} %header{retry-after}', ...flags, '--config', '-']
  return new Promise((resolve, reject) => {
    const child = spawn('curl', args)
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', s => { out += s })
    child.stderr.setEncoding('utf8').on('data', s => { err += s })
    child.on('error', reject)
    child.on('close', exit => {
      const end = out.lastIndexOf('\n')
      const [status, wait] = out.slice(end + 1).split(' ')
      const answer = { body: parsed(out.slice(0, end)), status: number(status), wait }
      if (exit === 0) resolve(answer.body)
      else reject(new CurlError(exit, err, answer))
    })
    child.stdin.on('error', () => {}) // it has ended already, and its exit says why
    child.stdin.end(config.join('\n'))
  })
}

serve({
  client: 'curl',
  version: execFileSync('curl', ['--version'], { encoding: 'utf8' }).split(' ')[1],
  configuration: flags.join(' ') || 'default',
  ops: Object.fromEntries(Object.entries(routes).map(([op, route]) => [op, p => call(route, p)])),
  // The status is 000 when there was no answer; after retries it is that of the
  // last one.
  describe: e => ({
    type: e.name,
    message: e.message,
    status: e.answer?.status > 0 ? e.answer.status : undefined,
    code: number(e.answer?.body?.code),
    retryAfterMs: retryAfter(e.answer?.wait)
  })
})
