#!/usr/bin/env bash
# Authlib 1.9.6, joserfc 1.8.0 and node-jose 2.2.0: one key of a kind that the library does not know makes the whole JWK Set
# unusable.
#
# Expected: RFC 7517, section 5: "Implementations SHOULD ignore JWKs within a JWK Set that use `kty` values that are not
#   understood by them", or whose values are outside of the supported ranges. An issuer can publish a key of a new kind
#   beside the old one.
# Seen: the key that every library can read is lost with the other one. Authlib and node-jose raise on an unknown `kty` (here
#   AKP, the type of ML-DSA), joserfc on an unknown `crv`. PyJWT 2.15.1, jwcrypto 1.6.1 and jose 6.2.17 ignore both.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

python3 -m pip install --quiet --no-compile --root-user-action ignore --target packages \
  authlib==1.9.6 joserfc==1.8.0 pyjwt==2.15.1 jwcrypto==1.6.1 cryptography==50.0.2
npm install --silent --no-audit --no-fund node-jose@2.2.0 jose@6.2.17

cat >sets.json <<'JSON'
{
  "known": {"kty": "EC", "crv": "P-256", "kid": "known", "alg": "ES256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
  "unknown kty": {"kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AAAA"},
  "unknown crv": {"kty": "OKP", "crv": "Ed521", "kid": "new", "x": "AAAA"}
}
JSON

cat >read.py <<'PY'
import json, warnings
warnings.simplefilter("ignore")
import jwt
from authlib.jose import JsonWebKey
from joserfc.jwk import KeySet
from jwcrypto.jwk import JWKSet

READERS = {
    "Authlib": lambda keys: JsonWebKey.import_key_set(keys).find_by_kid("known").kid,
    "joserfc": lambda keys: KeySet.import_key_set(keys).get_by_kid("known").kid,
    "PyJWT": lambda keys: jwt.PyJWKSet.from_dict(keys)["known"].key_id,
    "jwcrypto": lambda keys: JWKSet.from_json(json.dumps(keys)).get_key("known")["kid"],
}
sets = json.load(open("sets.json"))
for name, read in READERS.items():
    for other in ("unknown kty", "unknown crv"):
        try:
            outcome = "found" if read({"keys": [sets["known"], sets[other]]}) == "known" else "not found"
        except Exception as error:
            outcome = f"lost: {type(error).__name__}"
        print(f"{name}, {other}: the known key is {outcome}")
PY
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet } from 'jose'
import nodeJose from 'node-jose'

const sets = JSON.parse(readFileSync('sets.json'))
const readers = {
  'node-jose': async keys => (await nodeJose.JWK.asKeyStore(keys)).get('known')?.kid === 'known',
  jose: async keys => Boolean(await createLocalJWKSet(keys)({ alg: 'ES256', kid: 'known' }))
}
for (const [name, read] of Object.entries(readers)) {
  for (const other of ['unknown kty', 'unknown crv']) {
    const outcome = await read({ keys: [sets.known, sets[other]] }).then(found => found ? 'found' : 'not found', error => `lost: ${error.message}`)
    console.log(`${name}, ${other}: the known key is ${outcome}`)
  }
}
JS
cat >recorded <<'TEXT'
Authlib, unknown kty: the known key is lost: KeyError
Authlib, unknown crv: the known key is found
joserfc, unknown kty: the known key is found
joserfc, unknown crv: the known key is lost: KeyError
PyJWT, unknown kty: the known key is found
PyJWT, unknown crv: the known key is found
jwcrypto, unknown kty: the known key is found
jwcrypto, unknown crv: the known key is found
node-jose, unknown kty: the known key is lost: unsupported key type
node-jose, unknown crv: the known key is lost: unsupported key type
jose, unknown kty: the known key is found
jose, unknown crv: the known key is found
TEXT

{ PYTHONPATH=packages python3 read.py; node read.mjs; } | tee seen
diff recorded seen || { echo "changed: this is not the recorded behaviour"; exit 1; }
echo "as recorded"
