"""Bodies to compare parsers on: the fuzz seeds, drafts put together at random, and both of them damaged."""

import random
from pathlib import Path

SEEDS = Path(__file__).parent.parent / "seeds" / "multipart"

# What parsers have disagreed about, in pieces.
TOKENS = [
    b"\r\n", b"\n", b"\r", b"--", b"-", b"\r\n--", b"--x", b"\r\n--x", b"\r\n--x--", b"\r\n--x\r\n", b"\n--x\r\n", b"--x--\r\n",
    b" ", b"\t", b"\0", b";", b"=", b'"', b'\\"', b"\\", b"'", b",", b":", b"%22", b"%0d%0a", b"\xff", b"\xc3\xa4",
    b"; name=b", b'; name="b"', b"; name*=utf-8''b", b'; filename="c"', b"; filename=", b"; filename*=utf-8''c", b"filename*0=c",
    b"Content-Disposition: form-data; name=b\r\n", b"content-disposition: attachment; name=b\r\n", b"Content-Type: text/plain\r\n",
    b"Content-Type: application/octet-stream\r\n", b"Content-Type: text/plain; charset=utf-16\r\n", b"Content-Length: 1\r\n",
    b"; ", b" ;", b"; ;", b"; a=b", b"; filename*=utf-8''c.mp4", b"; filename*=UTF-8''a.mp4", b"; filename=a.mp4; filename*=utf-8''a.mp4",
    b'"; "', b'""', b"form-data", b"name", b"filename", b"Content-Disposition", b"content-type:text/plain\r\n", b"\x0b", b"\x0c", b"\x85", b"\xa0", b"\x7f",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: binary\r\n", b"X: y\r\n", b"X:\r\n", b" folded\r\n",
]

NAMES = ["a", "video", "user.name", "a_b-c", "A"]
FILE_NAMES = ["", "a.mp4", "C:\\x\\y.mp4", "a;b=c.mp4", "a; name=b.mp4", "\xe4.mp4", "a'b.mp4", "a%22b.mp4", "a b", ".", "a\\", "a=b", "name="]
BOUNDARIES = ["x", "--", "-", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a+b_c.d", "boundary"]
QUOTED_BOUNDARIES = ["a b:c?d=e(f)/g,h", "x=", "'x'", ":", "a  b", "(x)"]


def generate(count, seed):
    """`count` cases as (id, content type, body), the same for the same seed."""
    chance = random.Random(seed)
    seeds = [(path.name, *read_seed(path)) for path in sorted(SEEDS.iterdir())]
    yield from seeds
    for number in range(count):
        drafted = draft(chance)
        name, content_type, body = (f"draft-{number}", *drafted) if chance.random() < 0.6 else chance.choice(seeds)
        for _ in range(chance.choice([0, 0, 1, 1, 1, 2, 3])):
            if chance.random() < 0.9:
                body = damage(body, chance)
            else:
                content_type = damage(content_type, chance)
        yield f"{number}-{name}", content_type, body


def read_seed(path):
    content_type, body = path.read_bytes()[1:].split(b"\n", 1)
    return content_type, body


def draft(chance):
    boundary = chance.choice(BOUNDARIES)
    written = chance.choice([boundary, f'"{boundary}"'])
    if chance.random() < 0.2:
        boundary = chance.choice(QUOTED_BOUNDARIES)
        written = f'"{boundary}"'
    dashed = b"--" + boundary.encode()
    parts = b"".join(dashed + b"\r\n" + draft_part(chance) + b"\r\n" for _ in range(chance.randint(0, 4)))
    before = chance.choice([b"", b"", b"", b"\r\n", b"text\r\n", b"-\r\n"])
    after = chance.choice([b"\r\n", b"\r\n", b"", b"\r\ntext", b"\r\n\r\n"])
    return f"multipart/form-data; boundary={written}".encode(), before + parts + dashed + b"--" + after


def draft_part(chance):
    name = chance.choice(NAMES)
    disposition = f"Content-Disposition: form-data; name={chance.choice([name, chr(34) + name + chr(34)])}"
    lines = []
    if chance.random() < 0.5:
        disposition += f'; filename="{chance.choice(FILE_NAMES)}"'
        lines += chance.choice([[], ["Content-Type: video/webm;codecs=vp9,opus"], ["Content-Type: application/octet-stream"]])
    else:
        lines += chance.choice([[], [], ["Content-Type: text/plain"], ["Content-Type: text/plain; charset=utf-8"]])
    lines.insert(chance.randint(0, len(lines)), disposition)
    data = b"".join(chance.choice(TOKENS) for _ in range(chance.randint(0, 5)))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def damage(data, chance):
    start = chance.randint(0, len(data))
    if chance.random() < 0.7:
        # Most of what matters is next to a line break or a quote.
        places = [at for at, byte in enumerate(data) if byte in b"\r\n\";=:-"]
        start = chance.choice(places or [start]) + chance.randint(0, 1)
    end = start + chance.choice([0, 0, 0, 1, 1, 2, 5])
    inserted = chance.choice([b"", chance.choice(TOKENS), chance.choice(TOKENS), bytes([chance.randrange(256)])])
    return data[:start] + inserted + data[end:]
