#!/usr/bin/env python3
"""Holds our multipart reader against other people's: whatever we accept, they read the same way.

`cargo xtask differential` brings the parsers and runs this; by hand, once they are here:

    python3 compare.py --dump <the built `dump` program> [--cases 20000] [--seed 1]

A parser that refuses what we accept does not read it differently; how often each does is printed. A parser that reads
something else fails, which is printed with its case, and so does one that reads so little that the comparison says
nothing.

Where every part has a plain head, names, files and data are compared. File names and labels decide nothing with us, but
do with others: where a head holds unusual ones, every part that another parser sees has to hold the data of one of ours.
"""

import argparse
import base64
import collections
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import generate
from readers import READERS

HERE = Path(__file__).parent
FEWEST_READERS = 5

PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
PARAMETER = rb"""; *(?:file)?name=(?:"[^"\\%\x80-\xff]*"|[A-Za-z0-9._-]+)"""
PLAIN_DISPOSITION = re.compile(rb"content-disposition: *form-data(?:" + PARAMETER + rb"){1,2}", re.IGNORECASE)
PLAIN_LABEL = re.compile(rb"content-type: *(?:text/plain(?:; *charset=utf-8)?|video/[^\r\n]*)", re.IGNORECASE)
HEAD_LINE = re.compile(rb"^[ \t]*content-[^\r\n]*", re.IGNORECASE | re.MULTILINE)
CHARSET = re.compile(rb"charset", re.IGNORECASE)


def main():
    arguments = parse_arguments()
    cases = list(generate(arguments.cases, arguments.seed))
    ours = {answer["id"]: answer for answer in dump(arguments.dump, cases)}
    accepted = [case for case in cases if "parts" in ours[case[0]]]
    theirs = read_in_node(accepted)
    refusals, differences = collections.defaultdict(collections.Counter), []
    for name, content_type, body in accepted:
        expected = decode(ours[name]["parts"])
        for reader, answer in {**read_in_python(content_type, body), **theirs[name]}.items():
            if isinstance(answer, str):
                refusals[reader][answer] += 1
            elif not agree(answer, expected, body):
                differences.append((name, reader, content_type, body, expected, answer))
    print(f"{len(cases)} cases, {len(accepted)} accepted by us")
    for case in differences[:20]:
        print_difference(*case)
    is_thin = len(accepted) < len(cases) // 20
    readers = [*READERS, *next(iter(theirs.values()), {})]
    passed = [print_verdict(reader, len(accepted), refusals[reader], differences, is_thin) for reader in readers]
    sys.exit(0 if len(passed) >= FEWEST_READERS and all(passed) else 1)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, type=Path)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def dump(program, cases):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(lines(cases))
        file.flush()
        done = subprocess.run([program, file.name], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines(cases):
    return "".join(json.dumps(encode(*case)) + "\n" for case in cases)


def encode(name, content_type, body):
    return {
        "id": name,
        "content_type": base64.b64encode(content_type).decode(),
        "body": base64.b64encode(body).decode(),
    }


def decode(parts):
    return [(part["name"], part["is_file"], base64.b64decode(part["data"])) for part in parts]


def agree(theirs, ours, body):
    if is_plain(ours, body):
        return theirs == ours
    if CHARSET.search(body):
        return True
    rest = iter(text(part) for part in ours)
    return all(text(part) in rest for part in theirs)


def is_plain(parts, body):
    has_plain_names = all(PLAIN_NAME.fullmatch(name) for name, _, _ in parts)
    lines = [line.strip(b" \t") for line in HEAD_LINE.findall(body)]
    return has_plain_names and all(
        PLAIN_DISPOSITION.fullmatch(line) or PLAIN_LABEL.fullmatch(line) for line in lines
    )


def text(part):
    """A parser that takes a file for a text decodes it."""
    return part[2].decode("utf-8", "replace")


def read_in_node(cases):
    command = ["node", "readers.mjs"]
    done = subprocess.run(command, input=lines(cases), capture_output=True, text=True, check=True, cwd=HERE)
    answers = {}
    for answer in map(json.loads, done.stdout.splitlines()):
        readers = ((reader, said) for reader, said in answer.items() if reader != "id")
        answers[answer["id"]] = {
            reader: said["refused"] if isinstance(said, dict) else decode(said) for reader, said in readers
        }
    return answers


def read_in_python(content_type, body):
    answers = {}
    for name, read in READERS.items():
        try:
            answers[name] = read(content_type, body)
        except Exception as error:  # noqa: BLE001 - whatever a parser throws is its refusal
            answers[name] = f"{type(error).__name__}: {error}"[:100]
    return answers


def print_difference(name, reader, content_type, body, expected, answer):
    print(f"\n{name}: {reader}\n  {content_type!r}\n  {body!r}\n  we:   {expected}\n  they: {answer}")


def print_verdict(reader, accepted, refusals, differences, is_thin):
    different = sum(1 for _, name, *_ in differences if name == reader)
    passes = not different and not is_thin and refusals.total() <= accepted // 2
    said = f"{accepted} bodies, {different} read differently, {refusals.total()} refused"
    if refusals:
        said += f", most often with: {refusals.most_common(1)[0][0]}"
    print(f"parser {reader} ... {'ok' if passes else 'FAILED'}: {said}")
    return passes


if __name__ == "__main__":
    main()
