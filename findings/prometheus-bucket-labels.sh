#!/usr/bin/env bash
# prometheus-client 0.26.0 (Python) and prom-client 15.1.3 (Node.js): the same bucket has two different labels.
#
# Expected: two services that measure one histogram with the buckets 0.5, 1 and 10 expose series that can be added up.
# Seen: Python writes `le="1.0"` and Node.js writes `le="1"`. A label is text, so `sum by (le)` over both services keeps the
#   whole numbers apart: each of those buckets counts one service alone, 0.5 and +Inf count both, and a quantile over the
#   sum is computed from buckets that do not grow. Buckets that are no whole numbers are safe.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages prometheus-client==0.26.0
npm install --silent --no-audit --no-fund prom-client@15.1.3

PYTHONPATH=packages python3 - >python.txt <<'PY'
from prometheus_client import CollectorRegistry, Histogram, generate_latest
registry = CollectorRegistry()
Histogram("answer_seconds", "Time to answer", buckets=(0.5, 1, 10), registry=registry).observe(0.7)
print(generate_latest(registry).decode())
PY
node --input-type=module - >node.txt <<'JS'
import { Histogram, register } from 'prom-client'
new Histogram({ name: 'answer_seconds', help: 'Time to answer', buckets: [0.5, 1, 10] }).observe(0.7)
console.log(await register.metrics())
JS

labels() { grep --only-matching 'le="[^"]*"' "$1" | tr '\n' ' '; }
echo "prometheus-client 0.26.0: $(labels python.txt)"
echo "prom-client 15.1.3:       $(labels node.txt)"
[ "$(labels python.txt)" = 'le="0.5" le="1.0" le="10.0" le="+Inf" ' ] || { echo "changed: Python's labels"; exit 1; }
[ "$(labels node.txt)" = 'le="0.5" le="1" le="10" le="+Inf" ' ] || { echo "changed: Node.js' labels"; exit 1; }
echo "as recorded"
