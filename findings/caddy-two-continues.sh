#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12): a request with `Expect: 100-continue` gets two interim answers.
#
# Expected: a proxy either answers the expectation itself and drops it, or passes it on and passes the backend's 100 back.
# Seen: `reverse_proxy` does both. The backend still sees `Expect: 100-continue`, and the client reads `HTTP/1.1 100
#   Continue` twice before the final answer. A client that reads one interim answer takes the second for the final one.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v caddy >/dev/null || apt-get install --yes --quiet caddy >/dev/null

python3 - <<'PY'
import os, socket, subprocess, sys, threading, time

def until(connection, end):
    received = b""
    while end not in received and (more := connection.recv(4096)):
        received += more
    return received

def backend(listener, heads):
    connection, _ = listener.accept()
    with connection:
        heads.append(until(connection, b"\r\n\r\n"))
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        until(connection, b"abc")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]

def connected(port):
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise TimeoutError("caddy does not listen")

listener, heads, port = socket.create_server(("127.0.0.1", 0)), [], free_port()
threading.Thread(target=backend, args=(listener, heads), daemon=True).start()
with open("Caddyfile", "w") as file:
    file.write("{\nadmin off\nauto_https off\ngrace_period 1s\n}\nhttp://127.0.0.1:%d {\nreverse_proxy 127.0.0.1:%d\n}\n" % (port, listener.getsockname()[1]))
print("Caddy", subprocess.run(["caddy", "version"], capture_output=True, text=True).stdout.strip())
environment = dict(os.environ, XDG_DATA_HOME=os.getcwd(), XDG_CONFIG_HOME=os.getcwd())
caddy = subprocess.Popen(["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], env=environment, stderr=subprocess.DEVNULL)
try:
    with connected(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n" % port)
        received = until(client, b"\r\n\r\n")
        client.sendall(b"abc")
        received += until(client, b"ok")
finally:
    caddy.terminate()
    caddy.wait()
passed_on, continues = b"expect: 100-continue" in heads[0].lower(), received.count(b"HTTP/1.1 100 Continue\r\n")
print(f"  the backend saw the expectation: {passed_on}; the client read 100 Continue {continues} times, then", "200" if b"HTTP/1.1 200" in received else "no 200")
sys.exit(0 if passed_on and continues == 2 and b"HTTP/1.1 200" in received else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
