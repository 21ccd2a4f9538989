#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12): an answer to a refused `auth_request` has two `WWW-Authenticate` fields.
#
# Expected: with `error_page 401 = @explain` the client gets the answer of `@explain`, whose own challenge is the only one.
# Seen: the challenge of the sub-request is added to it, although that answer was replaced. The client reads two fields with
#   different parameters and has to guess. Where `@explain` sets none, the sub-request's challenge appears on an answer that
#   it did not come with.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v /usr/sbin/nginx >/dev/null || apt-get install --yes --quiet nginx-light >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here PATH=$PATH:/usr/sbin python3 - <<'PY'
import os, re, sys
from loopback import backend, exchange, free_port, output, running, until

def refusing(challenge):
    def converse(connection):
        until(connection, b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % challenge)
    return backend(converse)

port = free_port()
with open("nginx.conf", "w") as file:
    file.write(f'''
daemon off; pid nginx.pid; error_log stderr; events {{}}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ auth_request /gate; error_page 401 = @explain; proxy_pass http://127.0.0.1:9; }}
    location = /gate {{ internal; proxy_pass http://127.0.0.1:{refusing(b'Bearer realm="gate"')}; }}
    location @explain {{ proxy_pass http://127.0.0.1:{refusing(b'Bearer realm="explanation"')}; }}
  }}
}}''')
print(output("nginx", "-v"))
with running("nginx", "-p", os.getcwd(), "-c", "nginx.conf"):
    answer = exchange(port, b"GET / HTTP/1.1\r\nHost: bank.example\r\nConnection: close\r\n\r\n").decode()
challenges = re.findall("(?i)www-authenticate: (.*)\r\n", answer)
print(f"  status {answer.split()[1]}, challenges: {challenges}")
recorded = sorted(challenges) == ['Bearer realm="explanation"', 'Bearer realm="gate"'] and answer.startswith("HTTP/1.1 401")
sys.exit(0 if recorded else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
