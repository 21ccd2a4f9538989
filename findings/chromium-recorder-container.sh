#!/usr/bin/env bash
# Chromium 156: `MediaRecorder` says yes to a type and writes another one.
#
# Expected: after `isTypeSupported("video/webm;codecs=h264")` a recording with that type is WebM, and `video/mp4` without
#   codecs is what players of MP4 can be relied on to know, H.264.
# Seen: the first is Matroska (document type `matroska`), labelled `video/x-matroska;codecs=avc1`, which is outside of what
#   WebM players and checks of containers take. The second is VP9 in MP4. `recorder.mimeType` repeats what was asked for
#   until the recording begins, and is true only afterwards.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

command -v chromium >/dev/null || apt-get install --yes --quiet chromium >/dev/null

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 - <<'PY'
import json, sys
from in_browser import report_of, version_of

PAGE = """<!doctype html><canvas width=320 height=240></canvas><script>
const canvas = document.querySelector('canvas'), pen = canvas.getContext('2d')
let frames = 0
const draw = () => { pen.fillStyle = `hsl(${frames++ % 360}, 90%, 50%)`; pen.fillRect(0, 0, 320, 240) }
const record = mimeType => new Promise((resolve, reject) => {
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType }), before = recorder.mimeType, parts = []
  recorder.onerror = reject
  recorder.ondataavailable = event => {
    parts.push(event.data)
    if (recorder.state === 'recording' && event.data.size > 0) recorder.stop()
  }
  recorder.onstop = async () => {
    const bytes = new TextDecoder('latin1').decode(await new Blob(parts).arrayBuffer())
    resolve({ supported: MediaRecorder.isTypeSupported(mimeType), before, label: parts[0].type, bytes: bytes.slice(0, 2000) })
  }
  recorder.start(500)
})
const tries = async () => {
  setInterval(draw, 40)
  const seen = []
  for (const type of ['video/webm;codecs=h264', 'video/mp4']) seen.push(await record(type))
  fetch('/report', { method: 'POST', body: JSON.stringify(seen) })
}
tries()
</script>"""

webm, mp4 = json.loads(report_of("chromium", PAGE))
document_type = next((name for name in ("matroska", "webm") if name in webm["bytes"][:64]), "another")
codec = next((name for name in ("vp09", "avc1", "av01") if name in mp4["bytes"]), "another")
print(version_of("chromium"))
print(f"  video/webm;codecs=h264: supported {webm['supported']}, before {webm['before']}, written {webm['label']}, document type {document_type}")
print(f"  video/mp4: supported {mp4['supported']}, before {mp4['before']}, written {mp4['label']}, sample entry {codec}")
recorded = (
    webm["supported"] and mp4["supported"]
    and (webm["before"], webm["label"], document_type) == ("video/webm;codecs=h264", "video/x-matroska;codecs=avc1", "matroska")
    and (mp4["before"], mp4["label"], codec) == ("video/mp4", "video/mp4;codecs=vp9", "vp09")
)
sys.exit(0 if recorded else "changed: this is not the recorded behaviour")
PY
echo "as recorded"
