#!/usr/bin/env bash
# axios 1.21.1 on Node.js 20: with `adapter: 'fetch'` a form is sent with the wrong type, or not sent at all.
#
# Expected: `axios.post(url, form)` sends the same form with either adapter; the documentation offers `fetch` as a choice.
# Seen: with Node.js' own `FormData` the body is multipart, and its Content-Type says `application/x-www-form-urlencoded`, so
#   that no server finds the boundary. With the `form-data` package, the way axios documents for Node.js, the type is right and
#   the body is the text `[object FormData]`. The `http` adapter sends both as they should be. No call fails.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

npm install --silent --no-audit --no-fund axios@1.21.1 form-data@4.0.6

cat >post.mjs <<'JS'
import http from 'node:http'
import axios from 'axios'
import FormDataPackage from 'form-data'

const server = http.createServer(async (request, response) => {
  const type = request.headers['content-type'], body = Buffer.concat(await request.toArray()).toString()
  const form = body.includes('name="video"; filename="clip.webm"')
  response.end(`${type.split(';')[0]}, body: ${form ? 'the form' : body}`)
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const address = `http://127.0.0.1:${server.address().port}/`

const own = () => {
  const form = new FormData()
  form.append('video', new Blob(['abc'], { type: 'video/webm' }), 'clip.webm')
  return form
}
const packaged = () => {
  const form = new FormDataPackage()
  form.append('video', Buffer.from('abc'), { filename: 'clip.webm', contentType: 'video/webm' })
  return form
}
for (const [name, form] of Object.entries({ 'FormData': own, 'form-data': packaged }))
  for (const adapter of ['http', 'fetch'])
    console.log(`${name}, ${adapter}: ${(await axios.post(address, form(), { adapter, proxy: false })).data}`)
server.close()
server.closeAllConnections()
JS
cat >recorded <<'TEXT'
FormData, http: multipart/form-data, body: the form
FormData, fetch: application/x-www-form-urlencoded, body: the form
form-data, http: multipart/form-data, body: the form
form-data, fetch: multipart/form-data, body: [object FormData]
TEXT

echo "axios 1.21.1, Node.js $(node --version)"
node post.mjs | tee seen
diff recorded seen || { echo "changed: this is not the recorded behaviour"; exit 1; }
echo "as recorded"
