"""An identity provider for a test: prints its key set and the tokens that the test asks for.

It reads a JSON object from standard input: for each name the algorithm, the claims, and headers beside them. The claim
`exp` is said in seconds from now.
"""

import json
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm


def make_keys():
    return {
        "RS256": (rsa.generate_private_key(65537, 2048), RSAAlgorithm),
        "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
        "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    }


def main():
    keys, strangers = make_keys(), make_keys()
    published = []
    for name, (key, algorithm) in keys.items():
        published.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "alg": name, "use": "sig"})
    tokens = {}
    for name, wish in json.load(sys.stdin).items():
        claims = {**wish["claims"], "exp": int(time.time()) + wish["claims"]["exp"]}
        if wish.get("endless"):
            del claims["exp"]
        if wish["algorithm"] == "HS256":
            # What everyone knows of the provider is no secret.
            key = json.dumps(published[0]) * 2
        else:
            key = (strangers if wish.get("stranger") else keys)[wish["algorithm"]][0]
        headers = {"kid": wish["algorithm"], **wish.get("headers", {})}
        tokens[name] = jwt.encode(claims, key, algorithm=wish["algorithm"], headers=headers)
    print(json.dumps({"keys": {"keys": published}, "tokens": tokens}))


main()
