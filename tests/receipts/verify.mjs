// Verifies a receipt with jose, and that nothing of it can be changed. It reads a JSON object from standard input: the
// keys, issuer, audience, receipt and the lines that the person saw. It prints the claims.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createLocalJWKSet, jwtVerify } from "jose";

function displayHash(lines) {
  const number = (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  const text = (value) => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);
  const parts = [text("biometry-gate/display/1"), number(lines.length), ...lines.flat().map(text)];
  return createHash("sha256").update(Buffer.concat(parts)).digest("base64url");
}

const given = JSON.parse(readFileSync(0, "utf8"));
const keys = createLocalJWKSet(given.keys);

async function verify(token, expected = {}) {
  const { payload } = await jwtVerify(token, keys, {
    issuer: given.issuer,
    audience: given.audience,
    typ: "at+jwt",
    algorithms: ["EdDSA", "ES256"],
    requiredClaims: ["iat", "exp", "jti", "policy", "single_use"],
    ...expected,
  });
  return payload;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// The receipt with one character changed, and with one claim changed or left out.
function* changed(token, claims) {
  const [header, payload, signature] = token.split(".");
  // The last character of the signature has bits that a lenient reader does not see.
  for (let at = 0; at < token.length - 1; at += 1) {
    if (token[at] !== ".") {
      yield token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    }
  }
  for (const name of Object.keys(claims)) {
    const { [name]: _, ...others } = claims;
    yield [header, encode({ ...claims, [name]: "other" }), signature].join(".");
    yield [header, encode(others), signature].join(".");
  }
  const { kid } = JSON.parse(Buffer.from(header, "base64url"));
  yield [encode({ typ: "at+jwt", alg: "none", kid }), payload, ""].join(".");
  yield [encode({ typ: "at+jwt", alg: "HS256", kid }), payload, signature].join(".");
}

async function isRefused(token, expected) {
  try {
    await verify(token, expected);
    return false;
  } catch {
    return true;
  }
}

const claims = await verify(given.receipt);
if (given.lines !== null && claims.display !== displayHash(given.lines)) {
  throw new Error("the person saw other lines");
}
let tries = 0;
for (const other of changed(given.receipt, claims)) {
  tries += 1;
  if (!(await isRefused(other))) {
    throw new Error(`a changed receipt was accepted: ${other}`);
  }
}
for (const expected of [{ issuer: `${given.issuer}/` }, { audience: `${given.audience}/` }, { typ: "jwt" }]) {
  if (!(await isRefused(given.receipt, expected))) {
    throw new Error(`accepted for ${JSON.stringify(expected)}`);
  }
}
console.log(JSON.stringify({ claims, tries }));
