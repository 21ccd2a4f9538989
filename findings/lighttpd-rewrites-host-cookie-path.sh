#!/usr/bin/env bash
# lighttpd 1.4.69 (Debian 12): `map-urlpath` rewrites the path of a `__Host-` cookie, which browsers then refuse.
#
# Expected: `proxy.header = ("map-urlpath" => ("/app/" => "/"))` maps the path of the request for a backend below a prefix. A
#   cookie named `__Host-…` must have `Path=/`, which is the point of the name, and stays as the backend set it.
# Seen: the answer's `Set-Cookie` is mapped back, too: `Path=/` becomes `Path=/app/`, and with that path the name's rule is
#   broken. A browser drops such a cookie without a word, so that a sign-in works directly and fails behind the proxy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v lighttpd >/dev/null || apt-get install --yes --quiet lighttpd >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here PATH=$PATH:/usr/sbin python3 - <<'PY'
import os, re, sys
from loopback import backend, exchange, free_port, output, running, until

heads = []

def converse(connection):
    heads.append(until(connection, b"\r\n\r\n"))
    connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: __Host-login=abc; Path=/; Secure\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

port = free_port()
with open("lighttpd.conf", "w") as file:
    file.write(f'''
server.modules = ("mod_proxy")
server.document-root = "{os.getcwd()}"
server.bind = "127.0.0.1"
server.port = {port}
proxy.server = ("/app/" => (("host" => "127.0.0.1", "port" => {backend(converse)})))
proxy.header = ("map-urlpath" => ("/app/" => "/"))
''')
print(output("lighttpd", "-v").splitlines()[0])
with running("lighttpd", "-D", "-f", "lighttpd.conf"):
    answer = exchange(port, b"GET /app/sign-in HTTP/1.1\r\nHost: bank.example\r\nConnection: close\r\n\r\n").decode()
cookie = re.search("(?i)set-cookie: (.*)\r\n", answer)[1]
print(f"  the backend was asked for {heads[0].split()[1].decode()} and set __Host-login=abc; Path=/; Secure")
print(f"  the client gets {cookie}")
sys.exit(0 if cookie == "__Host-login=abc; Path=/app/; Secure" else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
