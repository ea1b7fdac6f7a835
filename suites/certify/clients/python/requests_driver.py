"""A driver for requests, as people write a signed client over it.

    python3 requests_driver.py                          sends everything once
    python3 requests_driver.py --retry 3                with urllib3's Retry
    python3 requests_driver.py --retry 3 --all-methods  and for POST as well

Retry is wired as most programs have it: an HTTPAdapter with a total, a back-off
and the statuses worth a retry. Left alone it retries GET, PUT and DELETE;
allowed_methods=None makes it retry POST too.
"""

import argparse
import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
import urllib.parse

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

BASE = os.environ.get("MBXCHECK_URL") or "https://api.binance.com"
KEY = os.environ.get("MBXCHECK_API_KEY", "")
SECRET = os.environ.get("MBXCHECK_SECRET_KEY", "")

ROUTES = {
    "ping": ("GET", "/api/v3/ping", False),
    "time": ("GET", "/api/v3/time", False),
    "exchangeInfo": ("GET", "/api/v3/exchangeInfo", False),
    "klines": ("GET", "/api/v3/klines", False),
    "trades": ("GET", "/api/v3/trades", False),
    "aggTrades": ("GET", "/api/v3/aggTrades", False),
    "depth": ("GET", "/api/v3/depth", False),
    "ticker24hr": ("GET", "/api/v3/ticker/24hr", False),
    "tickerPrice": ("GET", "/api/v3/ticker/price", False),
    "account": ("GET", "/api/v3/account", True),
    "placeOrder": ("POST", "/api/v3/order", True),
    "cancelOrder": ("DELETE", "/api/v3/order", True),
    "queryOrder": ("GET", "/api/v3/order", True),
    "openOrders": ("GET", "/api/v3/openOrders", True),
    "allOrders": ("GET", "/api/v3/allOrders", True),
    "myTrades": ("GET", "/api/v3/myTrades", True),
    "withdraw": ("POST", "/wapi/v3/withdraw.html", True),
    "depositHistory": ("GET", "/wapi/v3/depositHistory.html", True),
    "withdrawHistory": ("GET", "/wapi/v3/withdrawHistory.html", True),
    "depositAddress": ("GET", "/wapi/v3/depositAddress.html", True),
    "systemStatus": ("GET", "/wapi/v3/systemStatus.html", False),
    "accountStatus": ("GET", "/wapi/v3/accountStatus.html", True),
    "startUserDataStream": ("POST", "/api/v3/userDataStream", False),
}

CHANGING = {"placeOrder", "cancelOrder", "withdraw"}


class Refused(Exception):
    """An error envelope in an answer of 200: no error of the client's."""

    def __init__(self, body):
        super().__init__(str(body.get("msg", "")))
        self.code = body.get("code")


def new_session(retry, all_methods):
    session = requests.Session()
    session.headers["X-MBX-APIKEY"] = KEY
    if retry is not None:
        choice = {"allowed_methods": None} if all_methods else {}
        retries = Retry(
            total=retry,
            backoff_factor=1,
            status_forcelist=[429, 500, 502, 503, 504],
            **choice,
        )
        session.mount("https://", HTTPAdapter(max_retries=retries))
        session.mount("http://", HTTPAdapter(max_retries=retries))
    return session


def send(session, op, params):
    method, path, signed = ROUTES[op]
    params = dict(params)
    if signed:
        params["timestamp"] = int(time.time() * 1000)
    text = urllib.parse.urlencode(params)
    if signed:
        digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256)
        text += "&signature=" + digest.hexdigest()
    if method == "POST":
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = session.post(BASE + path, data=text, headers=form)
    else:
        answer = session.request(method, BASE + path, params=text)
    answer.raise_for_status()
    body = answer.json()
    if isinstance(body, dict) and (
        body.get("success") is False
        or isinstance(body.get("code"), int) and body["code"] < 0
    ):
        raise Refused(body)
    return body


def result(op, body):
    if isinstance(body, list):
        rows = {"rows": len(body)}
        if op == "klines" and body:
            rows["first_ms"], rows["last_ms"] = body[0][0], body[-1][0]
        return rows
    if op in ("placeOrder", "cancelOrder", "queryOrder"):
        return {
            "orderId": body["orderId"],
            "clientOrderId": body.get("origClientOrderId", body.get("clientOrderId")),
        }
    return {}


def describe(e):
    """What an error holds. HTTPError has the answer. RetryError, which requests
    makes once Retry gives up (send in requests/adapters.py), has none: only the
    text "too many 429 error responses", which tells the status. All others are
    of no answer."""
    held = {
        "type": type(e).__name__,
        "message": str(e),
        "status": None,
        "code": None,
        "retry_after_ms": None,
    }
    if isinstance(e, Refused):
        held["type"] = "(result)"
        held["code"] = e.code if isinstance(e.code, int) else None
    answer = getattr(e, "response", None)
    if answer is None:
        if isinstance(e, requests.exceptions.RetryError):
            held["status"] = exhausted(e)
        return held
    held["status"] = answer.status_code
    wait = answer.headers.get("Retry-After", "")
    if wait.isascii() and wait.isdigit():
        held["retry_after_ms"] = int(wait) * 1000
    try:
        code = answer.json()["code"]
        held["code"] = code if isinstance(code, int) else None
    except (ValueError, KeyError, TypeError):
        pass
    return held


def exhausted(e):
    """The status that a RetryError names as its reason (ResponseError in
    urllib3/exceptions.py), or None."""
    reason = getattr(e.args[0], "reason", None) if e.args else None
    found = re.fullmatch(r"too many ([0-9]{3}) error responses", str(reason))
    return int(found[1]) if found else None


def outcome(op, e, held):
    status, code = held["status"], held["code"]
    if status == 418:
        return "banned"
    if status == 429 or code in (-1003, -1015):
        return "rate_limited"
    if code in (-1006, -1007):
        return "unknown"
    if status is not None and status >= 500:
        return "unknown" if op in CHANGING else "error"
    if isinstance(e, Refused) or status is not None or code is not None:
        return "rejected"
    return "error"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retry", type=int, metavar="N")
    parser.add_argument("--all-methods", action="store_true")
    args = parser.parse_args()
    if args.all_methods and args.retry is None:
        parser.error("--all-methods needs --retry")

    configuration = "default"
    if args.retry is not None:
        configuration = f"Retry(total={args.retry})"
        if args.all_methods:
            configuration = f"Retry(total={args.retry}, allowed_methods=None)"
    session = new_session(args.retry, args.all_methods)
    writing = threading.Lock()

    def say(line):
        with writing:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()

    def do(command):
        ident, op = command["id"], command["op"]
        if op not in ROUTES:
            return say({"id": ident, "outcome": "unsupported"})
        try:
            done = result(op, send(session, op, command.get("params", {})))
        except Exception as e:
            held = describe(e)
            return say({"id": ident, "outcome": outcome(op, e, held), "error": held})
        say({"id": ident, "outcome": "ok", "result": done})

    say(
        {
            "protocol": 1,
            "client": "requests",
            "version": f"{requests.__version__} with urllib3 {urllib3.__version__}",
            "configuration": configuration,
            "ops": list(ROUTES),
        }
    )
    for line in sys.stdin:
        threading.Thread(target=do, args=(json.loads(line),), daemon=True).start()


if __name__ == "__main__":
    main()
