#!/usr/bin/env bash
# redis-py 8.1.0 and ioredis 6.0.0: a command whose answer is lost is sent again, so that one `INCR` counts twice.
#
# Expected: when the connection breaks after the server has run `INCR`, the caller gets an error and decides for itself.
# Seen: with default settings both clients connect anew, send `INCR` a second time and return 2 for a single call. Nothing
#   tells the caller. Single use, quotas and locks have to be made of commands that may run twice.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

command -v redis-server >/dev/null || apt-get install --yes --quiet redis-server >/dev/null
python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages redis==8.1.0
npm install --silent --no-audit --no-fund ioredis@6.0.0

cat >count.mjs <<'JS'
import Redis from 'ioredis'
const client = new Redis(Number(process.argv[2]), '127.0.0.1')
client.on('error', () => {})
console.log(await client.incr('uses'))
client.disconnect()
JS
cat >count.py <<'PY'
import redis, sys
print(redis.Redis(host="127.0.0.1", port=int(sys.argv[1])).incr("uses"))
PY

PYTHONPATH=packages python3 - <<'PY'
import contextlib, socket, subprocess, sys, threading
import redis

def relay(listener, server_port, answers_to_lose):
    """Relays a command and its answer in turn; the next answer to a command about `uses` is lost with its connection."""
    while True:
        client, _ = listener.accept()
        threading.Thread(target=relay_one, args=(client, server_port, answers_to_lose), daemon=True).start()

def relay_one(client, server_port, answers_to_lose):
    with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server_port)) as server:
        while command := client.recv(65536):
            server.sendall(command)
            answer = server.recv(65536)
            if b"uses" in command and answers_to_lose:
                answers_to_lose.pop()
                return
            client.sendall(answer)

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]

server_port = free_port()
server = subprocess.Popen(
    ["redis-server", "--port", str(server_port), "--bind", "127.0.0.1", "--save", ""], stdout=subprocess.PIPE, text=True)
try:
    for line in server.stdout:
        if "Ready to accept connections" in line:
            break
    listener, answers_to_lose = socket.create_server(("127.0.0.1", 0)), []
    threading.Thread(target=relay, args=(listener, server_port, answers_to_lose), daemon=True).start()
    relay_port, direct = str(listener.getsockname()[1]), redis.Redis(host="127.0.0.1", port=server_port)
    print(f"redis-server {direct.info('server')['redis_version']}")
    changed = False
    for name, program in (("redis-py 8.1.0", [sys.executable, "count.py"]), ("ioredis 6.0.0", ["node", "count.mjs"])):
        direct.delete("uses")
        answers_to_lose.append(True)
        returned = subprocess.run([*program, relay_port], capture_output=True, text=True, timeout=60).stdout.strip()
        counted = direct.get("uses").decode()
        print(f"  {name}: one call of incr, its first answer lost: the call returned {returned}, the server counted {counted}")
        changed |= (returned, counted) != ("2", "2")
finally:
    server.terminate()
    server.wait()
sys.exit("changed: this is not the recorded behaviour" if changed else 0)
PY
echo "as recorded"
