#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12): half a second after an early answer it ends the connection of a client that is still sending.
#
# Expected: a backend answers an upload on its head and goes on reading; a proxy that takes the upload gives the client the same
#   chance, so that one that writes everything before it reads sees the answer, too. nginx, HAProxy and Apache do.
# Seen: `reverse_proxy` passes the answer on and closes 0.5 s later, with the upload unread: writing fails within the first few
#   megabytes. The answer is there for a client that reads in spite of that.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v caddy >/dev/null || apt-get install --yes --quiet caddy >/dev/null
command -v haproxy >/dev/null || apt-get install --yes --quiet haproxy >/dev/null

python3 - <<'PY'
import os, socket, subprocess, sys, threading, time

ANSWER = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
SIZE = 45_000_000

def answer_early(connection):
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65_536)
        connection.sendall(ANSWER)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(65_536):
                pass
        except ConnectionError:
            pass

def backend(listener):
    while True:
        threading.Thread(target=answer_early, args=(listener.accept()[0],), daemon=True).start()

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]

def connected(port):
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise TimeoutError("the proxy does not listen")

def upload(port):
    """Writes everything, then reads: how much was written, and the answer's first line."""
    with connected(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (port, SIZE))
        written = 0
        try:
            while written < SIZE:
                client.sendall(bytes(50_000))
                written += 50_000
        except ConnectionError:
            pass
        return written, client.recv(4096).split(b"\r\n")[0].decode()

listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=backend, args=(listener,), daemon=True).start()
behind, ports = "127.0.0.1:%d" % listener.getsockname()[1], (free_port(), free_port())
with open("Caddyfile", "w") as file:
    file.write("{\nadmin off\nauto_https off\ngrace_period 1s\n}\nhttp://127.0.0.1:%d {\nreverse_proxy %s\n}\n" % (ports[0], behind))
with open("haproxy.cfg", "w") as file:
    file.write("defaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\nlisten all\n bind 127.0.0.1:%d\n server backend %s\n" % (ports[1], behind))
print("Caddy", subprocess.run(["caddy", "version"], capture_output=True, text=True).stdout.strip())
environment = dict(os.environ, XDG_DATA_HOME=os.getcwd(), XDG_CONFIG_HOME=os.getcwd())
proxies = [
    subprocess.Popen(["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], env=environment, stderr=subprocess.DEVNULL),
    subprocess.Popen(["haproxy", "-db", "-f", "haproxy.cfg"], stderr=subprocess.DEVNULL),
]
try:
    (caddy, answered), (haproxy, other) = (upload(port) for port in ports)
finally:
    for proxy in proxies:
        proxy.terminate()
    for proxy in proxies:
        proxy.wait()
print(f"  Caddy took {caddy / 1e6:.1f} MB of {SIZE / 1e6:.0f}, then: {answered}")
print(f"  HAProxy took {haproxy / 1e6:.1f} MB, then: {other}")
sys.exit(0 if caddy < SIZE and haproxy == SIZE and "401" in answered and "401" in other else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
