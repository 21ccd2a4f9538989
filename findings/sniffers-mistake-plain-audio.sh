#!/usr/bin/env bash
# filetype 1.2.0 and puremagic 1.30 (Python): AAC behind an ID3 tag is taken for MP3, and MP3 of a low rate for nothing.
#
# Expected: AAC in ADTS framing is AAC with and without an ID3 tag; the segments of HLS audio all begin with one. MP3 is MP3
#   at 8 kHz (MPEG-2.5), the rate of telephony, as it is at 44.1 kHz.
# Seen: both libraries say `audio/mpeg` for the tagged AAC, because they take `ID3` for the signature of MP3, and know the
#   8 kHz file not at all, because it begins with FF E3. file-type 22.3.0 (Node.js) and libmagic 5.44 know all four.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

for tool in ffmpeg file; do command -v "$tool" >/dev/null || apt-get install --yes --quiet "$tool" >/dev/null; done
python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages filetype==1.2.0 puremagic==1.30
npm install --silent --no-audit --no-fund file-type@22.3.0

tone() { ffmpeg -v error -f lavfi -i sine=duration=1 "$@"; }
tone -c:a aac -f adts plain.aac
tone -c:a aac -f adts -write_id3v2 1 -metadata title=tone tagged.aac
tone -ar 44100 -c:a libmp3lame -write_xing 0 -id3v2_version 0 music.mp3
tone -ar 8000 -c:a libmp3lame -write_xing 0 -id3v2_version 0 telephone.mp3

cat >sniff.py <<'PY'
import sys
import filetype, puremagic
for name in sys.argv[1:]:
    kind = filetype.guess(name)
    try:
        magic = puremagic.from_file(name, mime=True)
    except puremagic.PureError:
        magic = "unknown"
    print(f"{name}: filetype {kind.mime if kind else 'unknown'}, puremagic {magic}")
PY
cat >sniff.mjs <<'JS'
import { fileTypeFromFile } from 'file-type'
for (const name of process.argv.slice(2)) console.log(`${name}: file-type ${(await fileTypeFromFile(name))?.mime}`)
JS
cat >recorded <<'TEXT'
plain.aac: filetype audio/aac, puremagic audio/aac
tagged.aac: filetype audio/mpeg, puremagic audio/mpeg
music.mp3: filetype audio/mpeg, puremagic audio/mpeg
telephone.mp3: filetype unknown, puremagic unknown
plain.aac: file-type audio/aac
tagged.aac: file-type audio/aac
music.mp3: file-type audio/mpeg
telephone.mp3: file-type audio/mpeg
plain.aac: libmagic audio/x-hx-aac-adts
tagged.aac: libmagic audio/x-hx-aac-adts
music.mp3: libmagic audio/mpeg
telephone.mp3: libmagic audio/mpeg
TEXT

files=(plain.aac tagged.aac music.mp3 telephone.mp3)
{
  PYTHONPATH=packages python3 sniff.py "${files[@]}"
  node sniff.mjs "${files[@]}"
  for name in "${files[@]}"; do echo "$name: libmagic $(file --brief --mime-type "$name")"; done
} | tee seen
diff recorded seen || { echo "changed: this is not the recorded behaviour"; exit 1; }
echo "as recorded"
