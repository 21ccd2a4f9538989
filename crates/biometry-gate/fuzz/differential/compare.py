#!/usr/bin/env python3
"""Holds our multipart reader against other people's: whatever we accept, they read the same way.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    npm ci
    venv/bin/python compare.py --dump <the built `dump` binary> [--cases 20000] [--seed 1]

A parser that refuses what we accept does not read it differently; how often each does is printed. Ends with a
status other than 0 where one reads something else, which is printed with its case, or where so little was accepted
or read that the comparison says nothing.
"""

import argparse
import base64
import collections
import json
import subprocess
import sys
from pathlib import Path

from cases import generate
from readers import READERS

HERE = Path(__file__).parent


def main():
    arguments = parse_arguments()
    cases = list(generate(arguments.cases, arguments.seed))
    ours = dict(zip((case[0] for case in cases), run([arguments.dump], cases), strict=True))
    accepted = [case for case in cases if "parts" in ours[case[0]]]
    theirs = read_in_node(accepted)
    refusals, differences = collections.defaultdict(collections.Counter), []
    for name, content_type, body in accepted:
        expected = decode(ours[name]["parts"])
        for reader, answer in {**read_in_python(content_type, body), **theirs[name]}.items():
            if isinstance(answer, str):
                refusals[reader][answer] += 1
            elif answer != expected:
                differences.append((name, reader, content_type, body, expected, answer))
    report(len(cases), len(accepted), refusals, differences)
    is_thin = len(accepted) < len(cases) // 20 or any(each.total() > len(accepted) // 2 for each in refusals.values())
    sys.exit(1 if differences or is_thin else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def run(command, cases):
    lines = "".join(json.dumps(encode(*case)) + "\n" for case in cases)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=HERE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def encode(name, content_type, body):
    return {
        "id": name,
        "content_type": base64.b64encode(content_type).decode(),
        "body": base64.b64encode(body).decode(),
    }


def decode(parts):
    return [(part["name"], part["is_file"], base64.b64decode(part["data"])) for part in parts]


def read_in_node(cases):
    answers = {}
    for answer in run(["node", "readers.mjs"], cases):
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


def report(total, accepted, refusals, differences):
    print(f"{total} cases, {accepted} accepted by us, {len(differences)} read differently")
    for reader, reasons in refusals.items():
        reason, count = reasons.most_common(1)[0]
        print(f"  {reader} refused {reasons.total()} of them, {count} as: {reason}")
    for name, reader, content_type, body, expected, answer in differences[:20]:
        print(f"\n{name}: {reader}\n  {content_type!r}\n  {body!r}\n  we:   {expected}\n  they: {answer}")


if __name__ == "__main__":
    main()
