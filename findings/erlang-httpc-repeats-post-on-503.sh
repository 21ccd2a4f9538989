#!/usr/bin/env bash
# Erlang's httpc (inets of OTP 25, Debian 12): a POST that is answered 503 with `Retry-After` is sent again, as often as that.
#
# Expected: `httpc:request/4` returns the 503. `Retry-After` is advice to the caller, who alone knows whether the POST may
#   be sent twice.
# Seen: httpc waits as long as the field asks and sends the POST with its body again, with no bound of its own but the
#   request's time-out, which is infinite unless set. Here the server ran the same payment four times before it answered 200,
#   and the caller saw the 200 alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

command -v erl >/dev/null || apt-get install --yes --quiet --no-install-recommends erlang-inets >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - <<'PY'
import sys
from loopback import backend, output, until

payments = []

def converse(connection):
    """Answers 503 three times and then 200."""
    while request := until(connection, b"\r\n\r\n"):
        if not request.endswith(b"pay 10"):
            until(connection, b"pay 10")
        payments.append(request.split()[0].decode())
        status = b"503 Service Unavailable\r\nRetry-After: 1" if len(payments) < 4 else b"200 OK"
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

PROGRAM = """
    inets:start(),
    {ok, {{_, Status, _}, _, _}} = httpc:request(post, {"http://127.0.0.1:%d/", [], "text/plain", "pay 10"}, [{timeout, 60000}], []),
    io:format("OTP ~s: status ~p", [erlang:system_info(otp_release), Status]),
    halt().
""" % backend(converse)
seen = output("erl", "-noshell", "-eval", " ".join(PROGRAM.split()))
print(f"{seen}, requests at the server: {payments}")
sys.exit(0 if seen.endswith("status 200") and payments == ["POST"] * 4 else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
