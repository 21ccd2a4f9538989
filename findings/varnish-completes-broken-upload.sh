#!/usr/bin/env bash
# Varnish 7.1.1 (Debian 12): a chunked upload that its client breaks off reaches the backend as a complete one.
#
# Expected: when the client's connection ends before the last chunk, the proxy ends the backend's connection before the last
#   chunk, too, so that the backend sees a body that is not whole.
# Seen: Varnish writes the last chunk of its own accord, and the backend has a well-formed request with half of the data. An
#   upload with a Content-Length is passed on broken, as it should be. A backend that stores what it gets needs an end
#   inside of the data: a digest, a length, or the closing boundary of a form.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
chmod a+rx "$work"  # varnishd gives up root

command -v /usr/sbin/varnishd >/dev/null || apt-get install --yes --quiet varnish >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here PATH=$PATH:/usr/sbin python3 - <<'PY'
import os, queue, sys, threading
from loopback import backend, connected, free_port, output, running

begun, ends = threading.Event(), queue.Queue()

def converse(connection):
    """Takes a request in until its last chunk or the end of the connection."""
    received = b""
    while not received.endswith(b"\r\n0\r\n\r\n") and (more := connection.recv(65536)):
        received += more
        if b"\r\n\r\n" in received:
            begun.set()
    ends.put("complete" if received.endswith(b"\r\n0\r\n\r\n") else "broken off")

def outcome(port, framing_and_data):
    """What the backend gets of an upload whose client leaves when the backend has seen its beginning."""
    begun.clear()
    with connected(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: bank.example\r\n" + framing_and_data)
        assert begun.wait(30), "the backend has not seen the upload"
    return ends.get(timeout=30)

port = free_port()
with open("default.vcl", "w") as file:
    file.write('vcl 4.1; backend default { .host = "127.0.0.1"; .port = "%d"; }' % backend(converse))
print(output("varnishd", "-V").splitlines()[0])
with running("varnishd", "-F", "-n", f"{os.getcwd()}/state", "-a", f"127.0.0.1:{port}", "-f", f"{os.getcwd()}/default.vcl", "-s", "malloc,10m"):
    chunked = outcome(port, b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    with_length = outcome(port, b"Content-Length: 100\r\n\r\nhello")
print(f"  5 bytes in chunks, then the client leaves: the backend's request is {chunked}")
print(f"  5 of 100 announced bytes, then the client leaves: the backend's request is {with_length}")
sys.exit(0 if (chunked, with_length) == ("complete", "broken off") else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
