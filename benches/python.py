"""CPU seconds of `find_copies` beside those of the command line, pair by pair in one run.

    python3 benches/python.py CORPUS.jsonl [--rounds 5]

CORPUS is JSON lines, as benches/README.md says how to make. The Python that runs this has wirecopy and pyarrow; the program is that of
`cargo build --release`, or is named in WIRECOPY. Each round runs

    wirecopy report CORPUS --no-config --level copies --format json --edges -q -o REPORT

and a Python that reads the same file with pyarrow and calls `find_copies`, each as a process of its own: user and system seconds of
the whole process, and for Python those of the call as well. Edges are compared once.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

CALL = """
import resource, sys
import pyarrow.json, wirecopy
table = pyarrow.json.read_json(sys.argv[1], pyarrow.json.ReadOptions(block_size=64 << 20))
spent = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
before = spent()
found = wirecopy.find_copies(table)
print(spent() - before, len(found.edges))
"""


def cpu_of(command: list[str]) -> tuple[float, str]:
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before, run.stdout


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("corpus")
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    root = pathlib.Path(__file__).resolve().parents[1]
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    program = os.environ.get("WIRECOPY", str(target / "release" / "wirecopy"))
    with tempfile.TemporaryDirectory() as folder:
        report = f"{folder}/report.json"
        command = [program, "report", asked.corpus, "--no-config", "--level", "copies", "--format", "json", "--edges", "-q"]
        told, whole, call, ratios = [], [], [], []
        for _ in range(asked.rounds):
            told.append(cpu_of([*command, "-o", report])[0])
            seconds, printed = cpu_of([sys.executable, "-c", CALL, asked.corpus])
            whole.append(seconds)
            call.append(float(printed.split()[0]))
            ratios.append(call[-1] / told[-1])
        edges = len(json.loads(pathlib.Path(report).read_text("utf-8"))["edges"])
    if edges != int(printed.split()[1]):
        sys.exit(f"{edges} edges by the command line, {printed.split()[1]} by Python")
    print(f"| wirecopy report | {spread(told)} |")
    print(f"| find_copies, the call | {spread(call)} |")
    print(f"| Python, the whole process | {spread(whole)} |")
    print(f"call by command line, pair by pair: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); {edges} edges")


main()
