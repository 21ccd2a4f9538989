#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12): a request with `Expect: 100-continue` gets two interim answers.
#
# Expected: a proxy either answers the expectation itself and drops it, or passes it on and passes the backend's 100 back.
# Seen: `reverse_proxy` does both. The backend still sees `Expect: 100-continue`, and the client reads `HTTP/1.1 100
#   Continue` twice before the final answer. A client that reads one interim answer takes the second for the final one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v caddy >/dev/null || apt-get install --yes --quiet caddy >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - <<'PY'
import os, sys
from loopback import backend, connected, free_port, output, running, until

heads = []

def converse(connection):
    heads.append(until(connection, b"\r\n\r\n"))
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    until(connection, b"abc")
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

port = free_port()
with open("Caddyfile", "w") as file:
    file.write("{\nadmin off\nauto_https off\ngrace_period 1s\n}\n")
    file.write("http://127.0.0.1:%d {\nreverse_proxy 127.0.0.1:%d\n}\n" % (port, backend(converse)))
print("Caddy", output("caddy", "version"))
environment = dict(os.environ, XDG_DATA_HOME=os.getcwd(), XDG_CONFIG_HOME=os.getcwd())
with running("caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile", env=environment), connected(port) as client:
    client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n" % port)
    received = until(client, b"\r\n\r\n")
    client.sendall(b"abc")
    received += until(client, b"ok")
passed_on, continues = b"expect: 100-continue" in heads[0].lower(), received.count(b"HTTP/1.1 100 Continue\r\n")
final = "200" if b"HTTP/1.1 200" in received else "no 200"
print(f"  the backend saw the expectation: {passed_on}; the client read 100 Continue {continues} times, then {final}")
sys.exit(0 if (passed_on, continues, final) == (True, 2, "200") else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
