"""An application without any code of the gate's: it believes what the proxy puts into the headers, and reads the receipt
that comes with a request that was let in."""

import base64
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        receipts = self.headers.get_all("Biometry-Receipt") or []
        claims = [json.loads(base64.urlsafe_b64decode(r.split(".")[1] + "==")) for r in receipts if r]
        told = {
            "method": self.command,
            "path": self.path,
            "user": self.headers.get_all("X-Forwarded-User"),
            "body": body.decode(),
            "secret": self.headers.get("X-Forward-Secret"),
            "receipts": receipts,
            "claims": claims,
            # Such names turn into those of the proxy's headers where a server writes `-` and `_` alike.
            "underscored": [name for name in self.headers if "_" in name],
        }
        text = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App)
print(server.server_address[1], flush=True)
server.serve_forever()
