# Answers as the API does, for a recorder to record.
import gzip, http.server, time
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def version_string(self): return "nginx"
    def log_message(self, *a): pass
    def answer(self, status, body, headers=()):
        self.send_response(status)
        coding = None
        for k, v in headers:
            self.send_header(k, v)
            if k == "Content-Encoding": body = gzip.compress(body, mtime=0)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if self.path.startswith("/api/v1/depth"):
            return self.answer(200, b'{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[]}', [("X-MBX-USED-WEIGHT", "1"), ("Content-Encoding", "gzip")])
        if self.path.startswith("/api/v1/ping"):
            return self.answer(429, b'{"code":-1003,"msg":"Too many requests."}', [("X-MBX-USED-WEIGHT", "1201"), ("Retry-After", "12")])
        if self.path.startswith("/api/v1/time"):
            time.sleep(2) # longer than the client waits
        self.answer(200, b"{}", [("X-MBX-USED-WEIGHT", "2")])
    def do_POST(self):
        n = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(n)
        self.answer(400, b'{"code":-1121,"msg":"Invalid symbol."}', [("X-MBX-USED-WEIGHT", "3")])
http.server.ThreadingHTTPServer(("127.0.0.1", 18099), H).serve_forever()
