#!/usr/bin/env bash
# requests 2.34.2 with urllib3 2.8.0: `HTTPAdapter(max_retries=1)` repeats requests that the server has answered.
#
# Expected: the documentation of `max_retries` says that it applies "only to failed DNS lookups, socket connections and
#   connection timeouts, never to requests where data has made it to the server".
# Seen: an answer of 413, 429 or 503 with `Retry-After` makes the call sleep for as long as the answer asks and send the
#   request, PUT and DELETE included, a second time. The caller sees only the second answer. POST is not repeated.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages requests==2.34.2 urllib3==2.8.0

PYTHONPATH=packages python3 - <<'PY'
import sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import requests, urllib3
from requests.adapters import HTTPAdapter

first_status, requests_seen = None, []

class Server(BaseHTTPRequestHandler):
    """Answers the first request with `first_status` and `Retry-After: 1`, later ones with 200."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        requests_seen.append(self.command)
        self.send_response(200 if len(requests_seen) > 1 else first_status)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_DELETE = do_POST = answer

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()

print(f"requests {requests.__version__}, urllib3 {urllib3.__version__}, max_retries=1")
changed = "never to requests where data has" not in HTTPAdapter.__doc__
for first_status in (413, 429, 503, 500):
    for method in ("PUT", "DELETE", "POST"):
        requests_seen.clear()
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", HTTPAdapter(max_retries=1))
        begun = time.monotonic()
        status = session.request(method, f"http://127.0.0.1:{server.server_port}/", data=b"x").status_code
        slept = time.monotonic() - begun >= 0.9
        repeated = len(requests_seen) == 2
        print(f"  {method:6} answered {first_status}: sent {len(requests_seen)} times, slept: {slept}, the caller sees {status}")
        should_repeat = first_status != 500 and method != "POST"
        changed |= (repeated, slept, status) != (should_repeat, should_repeat, 200 if should_repeat else first_status)
sys.exit("changed: this is not the recorded behaviour" if changed else 0)
PY
echo "as recorded"
