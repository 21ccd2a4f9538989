#!/usr/bin/env bash
# Chromium 156 and Firefox ESR 153: one `fetch` with POST reaches the server two or three times, with its body.
#
# Expected: POST is not idempotent, so that a browser sends it once and leaves a repetition to the page.
# Seen: on a connection that has carried a request before, Chromium repeats a POST that was answered 408, and both browsers
#   repeat one whose connection ends without an answer, although the server has read the whole body. Each repetition is a
#   request of its own to the server; the page sees one promise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

command -v chromium >/dev/null || apt-get install --yes --quiet chromium >/dev/null
command -v firefox-esr >/dev/null || apt-get install --yes --quiet firefox-esr >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - <<'PY'
import sys
from in_browser import report_of, respond, version_of

PAGE = """<!doctype html><script>
const post = path => fetch(path, { method: 'POST', body: 'x'.repeat(1000) }).then(answer => answer.status, () => 'error')
const tries = async () => {
  const seen = []
  for (const path of ['/answered-408', '/cut-off']) {
    await post('/makes-the-connection')
    seen.push(await post(path))
  }
  fetch('/report', { method: 'POST', body: seen.join(' and ') })
}
tries()
</script>"""

def arrivals(browser):
    count = {"/answered-408": 0, "/cut-off": 0}

    def answer(handler):
        if handler.path not in count:
            return respond(handler, 200)
        count[handler.path] += 1
        handler.close_connection = True
        if handler.path == "/answered-408":
            handler.send_response(408)
            handler.send_header("Connection", "close")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    report = report_of(browser, PAGE, answer)
    print(f"{version_of(browser)}: the page sees {report}; the server got {count}")
    return report == "408 and error", count["/answered-408"], count["/cut-off"]

chromium, firefox = arrivals("chromium"), arrivals("firefox")
recorded = chromium[0] and firefox[0] and chromium[1] > 1 and firefox[1] == 1 and chromium[2] > 1 and firefox[2] > 1
sys.exit(0 if recorded else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
