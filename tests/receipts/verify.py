"""Verifies a receipt with PyJWT, and that nothing of it can be changed.

It reads a JSON object from standard input: the keys, issuer, audience, receipt and the lines that the person saw. It
prints the claims.
"""

import base64
import hashlib
import json
import sys

import jwt


def display_hash(lines):
    def text(value):
        data = value.encode()
        return len(data).to_bytes(8, "big") + data

    data = text("biometry-gate/display/1") + len(lines).to_bytes(8, "big")
    for label, value in lines:
        data += text(label) + text(value)
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def verify(token, keys, issuer, audience):
    header = jwt.get_unverified_header(token)
    if header.get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("another kind of token")
    key = keys[header["kid"]]
    return jwt.decode(
        token,
        key,
        algorithms=[key.algorithm_name],
        issuer=issuer,
        audience=audience,
        options={"require": ["iss", "aud", "iat", "exp", "jti", "policy", "single_use"]},
    )


def encode(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def changed(token, claims):
    """The receipt with one character changed, and with one claim changed or left out."""
    header, payload, signature = token.split(".")
    # The last character of the signature has bits that a lenient reader does not see.
    for at in range(len(token) - 1):
        if token[at] != ".":
            yield token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    for name in claims:
        yield ".".join([header, encode({**claims, name: "other"}), signature])
        yield ".".join([header, encode({k: v for k, v in claims.items() if k != name}), signature])
    plain = {"typ": "at+jwt", "kid": jwt.get_unverified_header(token)["kid"]}
    yield ".".join([encode({**plain, "alg": "none"}), payload, ""])
    yield ".".join([encode({**plain, "alg": "HS256"}), payload, signature])


def main():
    given = json.load(sys.stdin)
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(given["keys"]).keys}
    issuer, audience, token = given["issuer"], given["audience"], given["receipt"]
    claims = verify(token, keys, issuer, audience)
    if given["lines"] is not None:
        assert claims["display"] == display_hash(given["lines"]), claims
    tries = 0
    for other in changed(token, claims):
        tries += 1
        try:
            verify(other, keys, issuer, audience)
        except (jwt.InvalidTokenError, KeyError, ValueError):
            continue
        raise AssertionError(f"a changed receipt was accepted: {other}")
    for wrong in ({"issuer": issuer + "/"}, {"audience": audience + "/"}):
        try:
            verify(token, keys, **{"issuer": issuer, "audience": audience, **wrong})
        except jwt.InvalidTokenError:
            continue
        raise AssertionError(f"accepted for {wrong}")
    print(json.dumps({"claims": claims, "tries": tries}))


main()
