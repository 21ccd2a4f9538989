#!/usr/bin/env python3
"""Writes the seed inputs: bodies as clients really build them, and the near misses parsers have disagreed about.

Run after a change here; the files are kept in the repository so that fuzzing needs no Python.
"""

from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x08free"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"


def part(head, data):
    return b"\r\n".join(line.encode("latin-1") for line in head) + b"\r\n\r\n" + data


def body(boundary, *parts, before=b"", after=b"\r\n"):
    boundary = boundary.encode()
    opened = b"".join(b"--" + boundary + b"\r\n" + each + b"\r\n" for each in parts)
    return before + opened + b"--" + boundary + b"--" + after


def field(name, value, *more):
    return part([f'Content-Disposition: form-data; name="{name}"', *more], value)


def file(name, file_name, data, *more):
    return part([f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"', *more], data)


def bare(boundary):
    return f"multipart/form-data; boundary={boundary}"


CHROMIUM = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
PHRASE = field("phrase", b"three nine one four")

MULTIPART = {
    "chromium": (bare(CHROMIUM), body(CHROMIUM, PHRASE, file("video", "blob", WEBM, "Content-Type: video/webm;codecs=vp9,opus"))),
    "firefox": (bare("----geckoformboundaryb5c"), body("----geckoformboundaryb5c", PHRASE, file("video", "a.webm", WEBM, "Content-Type: video/webm"))),
    "safari": (bare(CHROMIUM), body(CHROMIUM, file("video", "a.mov", MP4, "Content-Type: video/webm"), field("trigger", b""))),
    "curl": (bare("------------------------d74496d66958873e"), body("------------------------d74496d66958873e", file("video", "a.mp4", MP4, "Content-Type: video/mp4"))),
    "dart": (bare("dart-http-boundary-Ab+1"), body("dart-http-boundary-Ab+1", part(['content-disposition: form-data; name="phrase"'], b"one two"), part(["content-type: video/mp4", 'content-disposition: form-data; name="video"; filename="a.mp4"'], MP4))),
    "okhttp": (bare("3a1f-22"), body("3a1f-22", field("phrase", b"one two", "Content-Length: 7"), file("video", "a.mp4", MP4, "Content-Type: video/mp4", f"Content-Length: {len(MP4)}"))),
    "dotnet": ('multipart/form-data; boundary="a1-b2"', body("a1-b2", part(["Content-Type: text/plain; charset=utf-8", "Content-Disposition: form-data; name=phrase"], b"one"), part(["Content-Disposition: form-data; name=video; filename=a.mp4; filename*=utf-8''a.mp4"], MP4))),
    "undici": (bare("----formdata-undici-012345678901"), body("----formdata-undici-012345678901", PHRASE, file("video", "a.mp4", MP4, "Content-Type: video/mp4"))),
    "latin-1-name": (bare("x"), body("x", file("video", "\xe4\xff.mp4", MP4))),
    "utf-8-name": (bare("x"), body("x", file("video", "\u00c3\u00a4.mp4", MP4))),
    "windows-path": (bare("x"), body("x", file("video", "C:\\a\\b;c=d.mp4", MP4))),
    "empty-file": (bare("x"), body("x", file("video", "", b"", "Content-Type: application/octet-stream"))),
    "no-part": (bare("x"), b"--x--\r\n"),
    "no-last-line-break": (bare("x"), body("x", PHRASE, after=b"")),
    "margins": (bare("x"), body("x", PHRASE, before=b"preamble\r\n", after=b"\r\nepilogue")),
    "quoted-boundary": ('multipart/form-data; boundary="a b:c?d=e(f)"', body("a b:c?d=e(f)", PHRASE)),
    "hyphens": (bare("----"), body("----", field("a", b"-\r\n---\r\n---"))),
    "almost-delimiters": (bare("bo"), body("bo", field("a", b"\r\n--b\r\r\n--\r\n-\n--bo\r--bo --bo--"))),
    "bare-line-feeds": (bare("x"), body("x", PHRASE).replace(b"\r\n", b"\n")),
    "text-behind-boundary": (bare("x"), b"--x \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--x--"),
    "preamble-with-boundary": (bare("x"), body("x", PHRASE, before=b"hello--x\r\n")),
    "epilogue-with-part": (bare("x"), body("x", PHRASE, after=b"\r\n" + body("x", PHRASE))),
    "two-dispositions": (bare("x"), body("x", part(['Content-Disposition: form-data; name="a"', 'Content-Disposition: form-data; name="b"'], b"v"))),
    "two-names": (bare("x"), body("x", part(['Content-Disposition: form-data; name="a"; name="b"'], b"v"))),
    "extended-name": (bare("x"), body("x", part(["Content-Disposition: form-data; name=\"a\"; filename*=utf-8''b"], b"v"))),
    "escaped-quote": (bare("x"), body("x", part(['Content-Disposition: form-data; name="a"; filename="b\\"; name=\\"c"'], b"v"))),
    "folded": (bare("x"), body("x", part(["Content-Disposition: form-data;", ' name="a"'], b"v"))),
    "encoded": (bare("x"), body("x", field("a", b"dg==", "Content-Transfer-Encoding: base64"))),
    "nested": (bare("x"), body("x", field("a", body("y", PHRASE), "Content-Type: multipart/mixed; boundary=y"))),
    "octet-stream-text": (bare("x"), body("x", field("a", b"v", "Content-Type: application/octet-stream"))),
    "utf-16-text": (bare("x"), body("x", field("a", b"v\0", "Content-Type: text/plain; charset=utf-16"))),
    "cut-short": (bare("x"), body("x", PHRASE)[:-6]),
}

CONTENT_TYPE = {
    "token": bare(CHROMIUM),
    "quoted": 'multipart/form-data; boundary="a b:c?d=e(f)/g,h"',
    "charset": "multipart/form-data; charset=utf-8; boundary=x",
    "case": "Multipart/Form-Data;BOUNDARY=x",
    "twice": "multipart/form-data; boundary=x; boundary=y",
    "extended": "multipart/form-data; boundary*=utf-8''x",
    "continued": "multipart/form-data; boundary*0=x; boundary*1=y",
    "escaped": 'multipart/form-data; boundary="a\\"b"',
    "space-at-the-end": 'multipart/form-data; boundary="a "',
    "longest": bare("b" * 70),
    "too-long": bare("b" * 71),
    "mixed": "multipart/mixed; boundary=x",
    "list": "multipart/form-data; boundary=x, multipart/form-data; boundary=y",
}

CONTAINER = {
    "mp4": MP4,
    "webm": WEBM,
    "mov": b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
    "mov-wide": b"\0\0\0\x08wide\0\x10\0\0mdat",
    "m4a": b"\0\0\0\x1cftypM4A \0\0\x02\0M4A isomiso2",
    "matroska": b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x0c\x42\x82\x88matroska",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01",
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "ogg": b"OggS\0\x02",
    "mp3": b"\xff\xfb\x90\x64",
    "id3": b"ID3\x04\0\0",
    "flac": b"fLaC\0\0\0\x22",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}


TYPICAL = ["Bearer", "biometry", "urn:biometry-gate:acr:face-live", "sess_" + "A" * 32, "/statement?page=2"]
FIELDS = ["bank.example", "", "", "", "", "multipart/form-data; boundary=x", "12", "", ""]


def headers(method, head=TYPICAL, **fields):
    names = ["host", "origin", "site", "mode", "accept", "type", "length", "coding", "encoding"]
    values = [fields.get(name, value) for name, value in zip(names, FIELDS)]
    return bytes([method]) + "\n".join([*head, *values]).encode("latin-1")


HEADERS = {
    "typical": headers(1),
    "quoted-realm": headers(1, ["StepUp", 'a "b" \\ c', "urn:x \"y\"", "ret_" + "b" * 32, "/a"]),
    "latin-1-realm": headers(1, ["Bearer", "\xe4\xff", "\x7f", "int_" + "-" * 32, "/"]),
    "own-origin": headers(1, origin="https://bank.example"),
    "other-origin": headers(1, origin="https://bank.example.evil.example"),
    "no-origin": headers(3, origin="null"),
    "same-origin": headers(1, site="same-origin"),
    "same-site": headers(1, site="same-site", origin="https://app.bank.example"),
    "cross-site": headers(1, site="cross-site"),
    "navigation": headers(0, mode="navigate"),
    "prefers-html": headers(0, accept="text/html,application/json;q=0.9"),
    "double-slash": headers(0, [*TYPICAL[:4], "//evil.example/x"], mode="navigate"),
    "backslash": headers(0, [*TYPICAL[:4], "/\\evil.example"], mode="navigate"),
    "encoded-slash": headers(0, [*TYPICAL[:4], "/%2fevil.example/..//x"], mode="navigate"),
    "elsewhere": headers(0, [*TYPICAL[:4], "https://evil.example/x"], mode="navigate"),
    "chunked": headers(1, length="", coding="chunked"),
    "both-framings": headers(1, coding="chunked"),
    "gzip-coding": headers(1, length="", coding="gzip, chunked"),
    "signed-length": headers(1, length="+12"),
    "too-long": headers(1, length="52494337"),
    "encoded": headers(1, encoding="identity"),
}

INTENT = {
    "transfer": b"\x06\x04\x09\x08\x05\x03\x06POST/transfertransferPayeeZoeAmount12.50",
    "nothing": b"\x00",
    "json": b'\x00{"to":"Zoe","amount":"12.50"}',
    "twice": b'\x00{"to":"Zoe","amount":"1","amount":"1000"}',
    "escaped-twice": b'\x00{"a":1,"\\u0061":2}',
    "twice-inside": b'\x00{"a":[{"b":1,"b":2}]}',
    "colon-in-text": b'\x00{"a:b":"c:\\"d:"}',
    "deep": b"\x00" + b"[" * 101 + b"]" * 101,
    "almost-deep": b"\x00" + b"[" * 100 + b"]" * 100,
    "deep-object": b"\x00" + b'{"a":' * 101 + b"1" + b"}" * 101,
    "umlauts": "\x03\x01\x02\x03\u00e4\u00f6\u00fc\u4e16\u754c".encode(),
    "number": b"\x0012.50",
    "form": b"\x00to=a&to=b",
}


def main():
    for name, (content_type, data) in MULTIPART.items():
        write("multipart", name, b"\x07" + content_type.encode() + b"\n" + data)
    for name, content_type in CONTENT_TYPE.items():
        write("content_type", name, content_type.encode())
    for name, start in CONTAINER.items():
        write("container", name, start)
    for name, fields in HEADERS.items():
        write("headers", name, fields)
    for name, data in INTENT.items():
        write("intent", name, data)


def write(target, name, data):
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    main()
