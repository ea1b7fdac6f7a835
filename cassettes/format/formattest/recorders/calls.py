"""The calls that the Python recorders record."""
import requests

FORM = "symbol=LTCBTC&side=BUY&quantity=1&timestamp=1563616800000&signature=" + "0" * 64


def calls(base, session=None, binary=True):
    s = session or requests.Session()
    s.headers["X-MBX-APIKEY"] = "k" * 64
    s.get(base + "/api/v1/klines?symbol=LTCBTC&interval=1h&limit=2")
    s.get(base + "/api/v1/time")
    s.get(base + "/api/v1/depth?symbol=NOWHERE")
    s.post(base + "/api/v3/order", data=FORM, headers={"Content-Type": "application/x-www-form-urlencoded"})
    if binary:
        s.get(base + "/api/v1/ping")
