# Four of the rules as an addon of mitmdump: the body is JSON, an error has code
# and msg, the used weight is told, and candlesticks ascend.
import json


class Checks:
    def __init__(self):
        self.kept = self.broken = 0

    def response(self, flow):
        body = json.loads(flow.response.content)
        ok = isinstance(body, (dict, list))
        if flow.response.status_code >= 400:
            ok = ok and isinstance(body.get("code"), int) and isinstance(body.get("msg"), str)
        ok = ok and "x-mbx-used-weight" in flow.response.headers
        if "/klines" in flow.request.path and isinstance(body, list):
            ok = ok and all(a[0] < b[0] for a, b in zip(body, body[1:]))
        self.kept += ok
        self.broken += not ok

    def done(self):
        print(self.kept, self.broken)


addons = [Checks()]
