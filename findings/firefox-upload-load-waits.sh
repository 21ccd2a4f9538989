#!/usr/bin/env bash
# Firefox ESR 153: `load` of `XMLHttpRequest.upload` waits for the server's answer.
#
# Expected: `load` and `loadend` of `xhr.upload` say that the request's body has been sent, so that a page can change from
#   "sending" to "the server is at work". Chromium 156 fires them so.
# Seen: in Firefox both come together with the answer, here 3 s after the last `progress`, which already said that all was
#   sent. A page that wants to know has to take `progress` with `loaded === total` for it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

command -v chromium >/dev/null || apt-get install --yes --quiet chromium >/dev/null
command -v firefox-esr >/dev/null || apt-get install --yes --quiet firefox-esr >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - <<'PY'
import json, sys, time
from in_browser import report_of, respond, version_of

WORK = 3  # seconds between the last byte of the body and the answer
PAGE = """<!doctype html><script>
const request = new XMLHttpRequest(), at = {}
request.upload.onprogress = event => { if (event.loaded === event.total) at.progress ??= performance.now() }
request.upload.onload = () => { at.load = performance.now() }
request.onload = () => { at.answer = performance.now(); fetch('/report', { method: 'POST', body: JSON.stringify(at) }) }
request.open('POST', '/upload')
request.send(new Blob([new Uint8Array(300000)]))
</script>"""

def answer(handler):
    time.sleep(WORK)
    respond(handler, 200)

def lead(browser):
    """How many seconds before the answer the events came: the last progress, and load."""
    at = json.loads(report_of(browser, PAGE, answer))
    seconds = [(at["answer"] - at[event]) / 1000 for event in ("progress", "load")]
    print(f"{version_of(browser)}: all sent {seconds[0]:.1f} s before the answer, upload.onload {seconds[1]:.1f} s before it")
    return seconds

firefox, chromium = lead("firefox"), lead("chromium")
recorded = firefox[0] > 1 and firefox[1] < 0.5 and chromium[0] > 1 and chromium[1] > 1
sys.exit(0 if recorded else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
