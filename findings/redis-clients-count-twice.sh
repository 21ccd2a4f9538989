#!/usr/bin/env bash
# redis-py 8.1.0 and ioredis 6.0.0: a command whose answer is lost is sent again, so that one `INCR` counts twice.
#
# Expected: when the connection breaks after the server has run `INCR`, the caller gets an error and decides for itself.
# Seen: with default settings both clients connect anew, send `INCR` a second time and return 2 for a single call. Nothing
#   tells the caller. Single use, quotas and locks have to be made of commands that may run twice.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
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

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here:packages python3 - <<'PY'
import sys
import redis
from loopback import backend, connected, free_port, output, running

server_port, answers_to_lose = free_port(), []

def relay(client):
    """Relays commands and answers in turn; an answer to a command about `uses` may be lost, with its connection."""
    with connected(server_port) as server:
        while command := client.recv(65536):
            server.sendall(command)
            answer = server.recv(65536)
            if b"uses" in command and answers_to_lose:
                answers_to_lose.pop()
                return
            client.sendall(answer)

changed, relay_port = False, str(backend(relay))
with running("redis-server", "--port", str(server_port), "--bind", "127.0.0.1", "--save", ""):
    connected(server_port).close()
    direct = redis.Redis(host="127.0.0.1", port=server_port)
    print(f"redis-server {direct.info('server')['redis_version']}")
    for name, program in (("redis-py 8.1.0", (sys.executable, "count.py")), ("ioredis 6.0.0", ("node", "count.mjs"))):
        direct.delete("uses")
        answers_to_lose.append(True)
        returned, counted = output(*program, relay_port), direct.get("uses").decode()
        print(f"  {name}: one call of incr, its first answer lost: the call returned {returned}, the server counted {counted}")
        changed |= (returned, counted) != ("2", "2")
sys.exit("changed: this is not the recorded behaviour" if changed else 0)
PY
echo "as recorded"
