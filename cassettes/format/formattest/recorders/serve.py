"""A loopback server that answers as the venue does, for recorders to record.

It prints its port and serves until it is killed.
"""
import gzip
import http.server
import sys

KLINES = (b'[[1563616800000,"0.01","0.02","0.01","0.02","5.0",1563620399999],'
          b'[1563620400000,"0.02","0.02","0.01","0.01","7.5",1563623999999]]')
ANSWERS = {
    "/api/v1/klines": (200, KLINES),
    "/api/v1/time": (200, b'{"serverTime":1563616800123}'),
    "/api/v1/depth": (400, b'{"code":-1121,"msg":"Invalid symbol."}'),
    "/api/v3/order": (200, '{"symbol":"LTCBTC","orderId":28,"clientOrderId":"\u00e9t\u00e9"}'.encode()),
    "/api/v1/ping": (200, b"\x00\xff\xfe binary"),
    "/api/v1/historicalTrades": (429, b'{"code":-1003,"msg":"Too many requests."}'),
}


class Venue(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body = ANSWERS.get(self.path.partition("?")[0], (404, b"<html>not here</html>"))
        self.send_response_only(status)
        self.send_header("Date", "Sat, 20 Jul 2019 10:00:00 GMT")
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("X-MBX-USED-WEIGHT", "3")
        if status == 429:
            self.send_header("Retry-After", "12")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        if self.path.startswith("/api/v1/klines") and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Venue)
print(server.server_address[1], flush=True)
server.serve_forever()
