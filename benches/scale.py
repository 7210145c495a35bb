#!/usr/bin/env python3
"""What a run costs on ever larger corpora, in as much memory as it takes and under a limit.

usage: scale.py --name NAME CORPUS ... [--limit 400MiB] [--rounds 1] [--work DIR] [--wirecopy FILE] [--note TEXT]

CORPUS is a file of articles, the smallest first. Runs a release build of wirecopy on each with --level copies, as people run it,
like for like (--measure jaccard --threshold 0.7 --boilerplate off), and as people run it with --memory-limit; checks that the
limit changes no byte of the report; and writes runs/DATE-NAME.json (every run) and .md (the table). Needs Python 3.9 and cargo;
standard library only. What the numbers mean: benches/README.md.
"""

import argparse
import datetime
import hashlib
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path.insert(0, str(HERE / "peers"))
from run import LIKE_FLAGS, build, cost, machine, say, write_run  # noqa: E402

STAGES = ("reading", "sketching", "searching", "verifying")
# What -v says was held, in its words.
HELD = ("records", "outlines", "sketches", "imprints", "pairs", "edges")


def main():
    options = parse_arguments()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wirecopy = options.wirecopy.resolve() if options.wirecopy else build(REPOSITORY, work / "wirecopy", "wirecopy")
    ways = {"defaults": "", "like for like": LIKE_FLAGS, f"--memory-limit {options.limit}": f"--memory-limit {options.limit}"}
    runs = []
    for corpus in options.corpora:
        for number in range(1, options.rounds + 1):
            reports = {}
            for way, flags in ways.items():
                measured = measure(wirecopy, corpus, flags.split(), work)
                reports[way] = measured.pop("report")
                runs.append({"corpus": corpus.name, "way": way, "round": number, **measured})
                say("{corpus}, {way}: {cpu_seconds:.2f} CPU s, {wall_seconds:.2f} wall s, {peak_mib:.0f} MiB".format(**runs[-1]))
            if reports["defaults"] != reports[f"--memory-limit {options.limit}"]:
                sys.exit(f"{corpus.name}: the report is another one under the limit")
    output = lambda *command: subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()
    result = {
        "name": options.name,
        "date": datetime.date.today().isoformat(),
        "note": options.note,
        "limit": options.limit,
        "machine": machine(),
        "versions": {"wirecopy": output(wirecopy, "--version"), "rustc": output("rustc", "--version")},
        "corpora": [{"name": path.name, "bytes": path.stat().st_size} for path in options.corpora],
        "rounds": options.rounds,
        "runs": runs,
    }
    write_run(result, options.name, markdown(result))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="+", metavar="CORPUS", help="files of articles, the smallest first")
    parser.add_argument("--name", required=True, help="names the result: benches/runs/DATE-NAME.json and .md")
    parser.add_argument("--limit", default="400MiB", help="for --memory-limit (default: 400MiB)")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is run, in turn (default: 1)")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "target" / "scale", help="build and reports")
    parser.add_argument("--wirecopy", type=Path, help="a binary to measure instead of building one")
    parser.add_argument("--note", default="", help="a sentence about this run, kept with the result")
    return parser.parse_args()


def measure(wirecopy, corpus, flags, work):
    """What one run cost, what it said of its stages and of what it held, and a hash of its report."""
    report = work / "report.json"
    command = [wirecopy, "report", corpus, *flags, "--level", "copies", "--format", "json", "-v", "--no-config"]
    with open(work / "said", "w+", encoding="utf-8") as said:
        measured = cost([*command, "-o", report], stderr=said)
        said.seek(0)
        told = said.read()
    digest = hashlib.sha256()
    with open(report, "rb") as bytes_of_report:
        while part := bytes_of_report.read(1 << 20):
            digest.update(part)
    report.unlink()
    articles = int(re.search(r"held: (\d+) article", told).group(1))
    mib = lambda what: float(re.search(rf"{what} ([\d.]+) MiB", told).group(1))
    took = lambda stage: re.search(rf"{stage} took ([\d.]+) s", told)
    in_files = re.search(r"of these ([\d.]+) MiB in temporary files", told)
    return {
        "articles": articles,
        **measured,
        "stage_seconds": {stage: float(took(stage).group(1)) for stage in STAGES if took(stage)},
        "held_mib": {what: mib(what) for what in HELD},
        "in_files_mib": float(in_files.group(1)) if in_files else 0.0,
        "report": digest.hexdigest(),
    }


def markdown(result):
    machine, runs = result["machine"], result["runs"]
    loads = [run["load_before"] for run in runs]
    lines = [
        "Copies, as JSON: `wirecopy report CORPUS --level copies --format json -v`, by",
        f"`python3 benches/scale.py --name {result['name']} --limit {result['limit']} --rounds {result['rounds']}` on"
        f" {', '.join(corpus['name'] for corpus in result['corpora'])}.",
        f"{machine['cores']} cores of {machine['processor']}; load average before the runs {min(loads)} to {max(loads)};"
        f" {result['versions']['wirecopy']}, {result['versions']['rustc'].split(' (')[0]}, {result['date']}; medians.",
        "",
        "| corpus | articles | | CPU s | wall s | peak MiB | reading | sketching | searching | verifying, wall s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for corpus in result["corpora"]:
        for way in dict.fromkeys(run["way"] for run in runs):
            of = [run for run in runs if (run["corpus"], run["way"]) == (corpus["name"], way)]
            median = lambda number: statistics.median(map(number, of))
            stages = " | ".join(f"{median(lambda run: run['stage_seconds'].get(stage, 0.0)):.1f}" for stage in STAGES)
            lines.append(
                f"| {corpus['name']}, {corpus['bytes'] / 1e6:,.0f} MB | {of[0]['articles']:,} | {way} |"
                f" {median(lambda run: run['cpu_seconds']):.2f} | {median(lambda run: run['wall_seconds']):.2f} |"
                f" {median(lambda run: run['peak_mib']):,.0f} | {stages} |"
            )
    lines += [
        "",
        "The report was the same, byte for byte, with and without the limit.",
        "",
        "Bytes an article, as `-v` counts them:",
        "",
        "| corpus | " + " | ".join(HELD) + " | in temporary files under the limit |",
        "|---|" + "---|" * (len(HELD) + 1),
    ]
    for corpus in result["corpora"]:
        of = [run for run in runs if run["corpus"] == corpus["name"]]
        each = lambda mib: f"{mib * (1 << 20) / of[0]['articles']:,.0f}"
        held = " | ".join(each(of[0]["held_mib"][what]) for what in HELD)
        lines.append(f"| {corpus['name']} | {held} | {each(max(run['in_files_mib'] for run in of))} |")
    if result["note"]:
        lines += ["", result["note"]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
