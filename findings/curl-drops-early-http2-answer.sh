#!/usr/bin/env bash
# curl 7.88.1 (Debian 12): a complete answer over HTTP/2 is thrown away when the server then says that it wants no more of
# the request.
#
# Expected: RFC 9113, section 8.1: a server that has answered completely before the request was sent may reset the stream
#   with NO_ERROR, and "clients MUST NOT discard responses as a consequence of receiving such a RST_STREAM".
# Seen: curl fails with code 92 and prints neither the body nor the status 413 of a large upload that was refused early.
#   Node.js 20 reads the same answer; curl reads it when the server does not reset the stream.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v curl >/dev/null || apt-get install --yes --quiet curl >/dev/null
python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages h2==4.4.1
head --bytes 2000000 /dev/zero >upload
cat >upload.mjs <<'JS'
import http2 from 'node:http2'
const session = http2.connect(process.argv[2]), stream = session.request({ ':method': 'POST', ':path': '/' })
let status
stream.on('response', head => { status = head[':status'] })
stream.on('error', error => console.log(error.message))
stream.on('data', () => {})
stream.on('close', () => { console.log(status); session.destroy() })
stream.end(Buffer.alloc(2000000))
JS

PYTHONPATH=packages python3 - <<'PY'
import contextlib, socket, subprocess, sys, threading
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived
from h2.exceptions import ProtocolError

BODY = b'{"title":"Upload too large"}'

def serve(client, resets):
    """Answers a stream 413 at its first data; then resets it with NO_ERROR, or else reads on."""
    connection, answered = H2Connection(H2Configuration(client_side=False)), set()
    connection.initiate_connection()
    with client, contextlib.suppress(OSError, ProtocolError):
        client.sendall(connection.data_to_send())
        while received := client.recv(65536):
            for event in connection.receive_data(received):
                if isinstance(event, DataReceived):
                    taken_in(connection, event, answered, resets)
            client.sendall(connection.data_to_send())

def taken_in(connection, event, answered, resets):
    stream = event.stream_id
    if stream not in answered:
        answered.add(stream)
        connection.send_headers(stream, [(":status", "413"), ("content-length", str(len(BODY)))])
        connection.send_data(stream, BODY, end_stream=True)
        if resets:
            return connection.reset_stream(stream, ErrorCodes.NO_ERROR)
    if not resets:
        connection.acknowledge_received_data(event.flow_controlled_length, stream)

def server(resets):
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0], resets), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"

def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return result.returncode, result.stdout.strip()

def curl(address):
    return run("curl", "--silent", "--noproxy", "*", "--http2-prior-knowledge", "--output", "answer", "--write-out", "%{http_code}",
               "--data-binary", "@upload", address)

print(run("curl", "--version")[1].split(" (")[0], "and Node.js", run("node", "--version")[1])
resetting, reading_on = server(resets=True), server(resets=False)
seen = {
    "curl, stream reset with NO_ERROR": curl(resetting),
    "curl, stream read to its end": curl(reading_on),
    "Node.js, stream reset with NO_ERROR": run("node", "upload.mjs", resetting),
}
for case, (code, status) in seen.items():
    print(f"  {case}: exit code {code}, status {status}")
sys.exit(0 if list(seen.values()) == [(92, "000"), (0, "413"), (0, "413")] else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
