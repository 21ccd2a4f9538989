#!/usr/bin/env bash
# busboy 1.6.0, multer 2.5.0, Werkzeug 3.1.9 and Django 5.2: a binary part without a file name is read as text.
#
# Expected: RFC 7578 makes `filename` optional and gives each part a Content-Type. A part that says `video/webm` is binary,
#   and its bytes can be read.
# Seen: all four go by `filename` alone. The part becomes a text field, decoded as UTF-8 with replacement characters, and
#   the bytes are gone; no error is raised. Starlette 1.10.0 makes text of it as well, from which the bytes can be had
#   again; formidable 3.5.4 goes by the type and keeps a file.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages \
  werkzeug==3.1.9 django==5.2 starlette==1.10.0 python-multipart==0.0.34
npm install --silent --no-audit --no-fund busboy@1.6.0 multer@2.5.0 formidable@3.5.4

cat >form.py <<'PY'
import asyncio, io
import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from starlette.requests import Request
from werkzeug.formparser import parse_form_data

VIDEO = bytes(range(256))
BODY = b'--b\r\nContent-Disposition: form-data; name="video"\r\nContent-Type: video/webm\r\n\r\n' + VIDEO + b"\r\n--b--\r\n"
open("body", "wb").write(BODY)
TYPE = "multipart/form-data; boundary=b"

def said(name, fields, files):
    text = fields.get("video")
    kept = text is not None and VIDEO in (text.encode("utf-8", "replace"), text.encode("latin-1", "replace"))
    print(f"{name}: {'file' if 'video' in files else 'text, bytes kept' if kept else 'text, bytes lost'}")

def wsgi():
    return {"REQUEST_METHOD": "POST", "CONTENT_TYPE": TYPE, "CONTENT_LENGTH": str(len(BODY)), "wsgi.input": io.BytesIO(BODY),
            "PATH_INFO": "/", "SERVER_NAME": "bank.example", "SERVER_PORT": "80"}

async def asgi():
    async def receive():
        return {"type": "http.request", "body": BODY, "more_body": False}
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [(b"content-type", TYPE.encode())]}
    return await Request(scope, receive).form()

_, fields, files = parse_form_data(wsgi())
said("Werkzeug", fields, files)
settings.configure()
django.setup()
request = WSGIRequest(wsgi())
said("Django", request.POST, request.FILES)
form = asyncio.run(asgi())
said("Starlette", {name: value for name, value in form.items() if isinstance(value, str)},
     {name: value for name, value in form.items() if not isinstance(value, str)})
PY
cat >form.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import busboy from 'busboy'
import formidable from 'formidable'
import multer from 'multer'

const body = readFileSync('body'), video = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const request = () => Object.assign(Readable.from([body]), {
  method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': String(body.length) }
})
const said = (name, text, isFile) =>
  console.log(`${name}: ${isFile ? 'file' : [Buffer.from(text), Buffer.from(text, 'latin1')].some(bytes => bytes.equals(video)) ? 'text, bytes kept' : 'text, bytes lost'}`)

await new Promise(resolve => {
  const from = request(), form = busboy({ headers: from.headers })
  form.on('field', (_, text) => said('busboy', text, false))
  form.on('file', (_, stream) => { said('busboy', '', true); stream.resume() })
  form.on('close', resolve)
  from.pipe(form)
})
const from = request()
await new Promise((resolve, reject) => multer().any()(from, {}, error => error ? reject(error) : resolve()))
said('multer', from.body.video ?? '', from.files.length > 0)
const [fields, files] = await formidable({ uploadDir: process.cwd() }).parse(request())
said('formidable', fields.video?.[0] ?? '', 'video' in files)
JS
cat >recorded <<'TEXT'
Werkzeug: text, bytes lost
Django: text, bytes lost
Starlette: text, bytes kept
busboy: text, bytes lost
multer: text, bytes lost
formidable: file
TEXT

{ PYTHONPATH=packages python3 form.py; node form.mjs; } | tee seen
diff recorded seen || { echo "changed: this is not the recorded behaviour"; exit 1; }
echo "as recorded"
