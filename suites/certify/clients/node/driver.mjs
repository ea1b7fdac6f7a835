// The driver protocol of schemas/driver.schema.json for clients in Node:
// commands in, answers out, a JSON object a line.
//
// A driver adds nothing to its client: no time limit, no retry, no look at the
// wire. Its answers say what the client's promise came to.

import { Console } from 'node:console'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

// Standard output is the protocol's; what libraries print goes to people.
globalThis.console = new Console(process.stderr, process.stderr)

export const url = process.env.MBXCHECK_URL || undefined
export const apiKey = process.env.MBXCHECK_API_KEY
export const secretKey = process.env.MBXCHECK_SECRET_KEY

// version is that of the package as installed.
export function version (pkg) {
  return JSON.parse(readFileSync(new URL(`node_modules/${pkg}/package.json`, import.meta.url))).version
}

// option takes "--name VALUE" from the command line; undefined when not given.
export function option (name) {
  const i = process.argv.indexOf(`--${name}`)
  if (i < 0) return undefined
  const value = process.argv[i + 1]
  if (!/^[0-9]+$/.test(value ?? '')) {
    console.error(`--${name}: expected a number, found ${value ?? 'nothing'}`)
    process.exit(2)
  }
  return Number(value)
}

// The ops after whose failure the caller must know whether they have happened.
const changing = new Set(['placeOrder', 'cancelOrder', 'withdraw'])

// outcome names what an error tells its caller. says is what the client's own
// class stands for, if anything; status and code are what the error holds.
function outcome (op, { says, status, code }) {
  if (says === 'banned' || status === 418) return 'banned'
  if (says === 'rate_limited' || status === 429 || code === -1003 || code === -1015) return 'rate_limited'
  if (code === -1006 || code === -1007) return 'unknown'
  if (status >= 500) return changing.has(op) ? 'unknown' : 'error'
  if (says === 'rejected' || (status >= 400 && status < 500) || code !== undefined) return 'rejected'
  return 'error'
}

// retryAfter reads a Retry-After field that the error holds, in seconds, as the
// milliseconds of the protocol.
export function retryAfter (value) {
  return /^[0-9]+$/.test(value ?? '') ? Number(value) * 1000 : undefined
}

// number takes a venue's code out of an error; undefined when it is none.
export function number (value) {
  return /^-?[0-9]+$/.test(value ?? '') && Number.isSafeInteger(Number(value)) ? Number(value) : undefined
}

// parsed is a text as JSON, or undefined.
export function parsed (text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// refusal reads an error envelope that the client gave its caller as a result:
// {code, msg} with a negative code, or {success: false, msg}. Whoever is given
// the venue's answer as it came is told by it. Its type is "(result)".
function refusal (value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const code = number(value.code)
  if (value.success !== false && !(code < 0 && typeof value.msg === 'string')) return undefined
  return { type: '(result)', message: String(value.msg ?? ''), code, says: 'rejected' }
}

function failure (id, op, e) {
  const { type, message, status, code, retryAfterMs } = e
  return { id, outcome: outcome(op, e), error: { type, message, status, code, retry_after_ms: retryAfterMs } }
}

// nameOf is an error's name or, where that is Error like any other's, its class;
// or the class of what was thrown instead of an error.
export function nameOf (e) {
  if (e instanceof Error && e.name && e.name !== 'Error') return e.name
  return e?.constructor?.name || typeof e
}

// serve says hello and carries commands out until the end of input.
//
// ops are the client's: each takes the venue's parameters and returns, or
// promises, what the client gave its caller; results turns that into a result
// where the protocol has one. describe says what an error holds.
export function serve ({ client, version, configuration = 'default', baseURL = true, ops, describe }) {
  const send = line => process.stdout.write(JSON.stringify(line) + '\n')
  send({ protocol: 1, client, version, configuration, ops: Object.keys(ops), base_url: baseURL })

  const input = createInterface({ input: process.stdin })
  input.on('line', async line => {
    const { id, op, params = {} } = JSON.parse(line)
    if (!Object.hasOwn(ops, op)) return send({ id, outcome: 'unsupported' })
    let value
    try {
      value = await ops[op](params)
    } catch (e) {
      return send(failure(id, op, describe(e)))
    }
    const refused = refusal(value)
    if (refused) return send(failure(id, op, refused))
    send({ id, outcome: 'ok', result: result(op, value) })
  })
  input.on('close', () => process.exit(0))
}

// result is what the protocol asks of an op's value: orders by their numbers,
// lists by their length. Clients name things the venue's way unless they have
// already been brought to it.
function result (op, value) {
  if (Array.isArray(value)) {
    const rows = { rows: value.length }
    if (op === 'klines' && value.length > 0) {
      rows.first_ms = openTime(value[0])
      rows.last_ms = openTime(value[value.length - 1])
    }
    return rows
  }
  if (['placeOrder', 'queryOrder', 'cancelOrder'].includes(op)) {
    return { orderId: number(value?.orderId), clientOrderId: value?.origClientOrderId ?? value?.clientOrderId }
  }
  return {}
}

function openTime (row) {
  return number(Array.isArray(row) ? row[0] : row.openTime)
}

// pick is an object of those members that were given.
export function pick (params, ...names) {
  return Object.fromEntries(names.filter(n => params[n] !== undefined).map(n => [n, params[n]]))
}
