#!/usr/bin/env python3
"""Runs wirecopy and its peers on one corpus, in turn, and says what each cost and what each found.

usage: run.py --name NAME [--articles 100000 | --corpus DIR] [--rounds 3] [--only TOOL ...] [--work DIR] [--pool DIR]
              [--wirecopy FILE] [--note TEXT]

Makes the corpus, unless DIR holds one:
  corpus.jsonl     an article a line, with "id" and "text"
  families.jsonl   optional: {"id", "family"} of every article that has planted copies
and, unless it is there, pairs.tsv beside it: i<TAB>j<TAB>jaccard of every pair of lines that an exact join finds at 0.7 and
above, a word being the same wherever its tone mark stands (hòa, hoà). Builds what is written in Rust, installs what is written
in Python, each into a virtual environment of its own.

Needs Python 3.9, cargo, and the package registries of Python and Rust. What the numbers mean: benches/README.md.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

from picture import picture

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
THRESHOLD = 0.7

# `command` is written with the names of Setup's fields in braces, and so shown in the results.
Tool = namedtuple("Tool", "name command pairs_from does_not another_question", defaults=[False])

# Peers in Python and what is installed for them.
PACKAGES = {
    "rensa": ["rensa"],
    "datasketch": ["datasketch"],
    "datatrove": ["datatrove[io,processing]"],
    "text-dedup": ["text-dedup"],
}
LIKE_FOR_LIKE = "wirecopy"
LIKE_FLAGS = "--measure jaccard --threshold 0.7 --boilerplate off"
TOOLS = [
    Tool(
        LIKE_FOR_LIKE,
        f"{{wirecopy}} report {{corpus}} {LIKE_FLAGS} --level copies --format json --edges -o {{out}}",
        "edges of similarity 0.7 and above",
        "",
    ),
    Tool(
        "wirecopy, defaults",
        "{wirecopy} report {corpus} --level copies --format json --edges -o {out}",
        "edges: identical and copy",
        "another question: coverage instead of Jaccard, shells left out, excerpts too",
        another_question=True,
    ),
    Tool(
        "gaoya 16x8",
        "{gaoya} {corpus} {out} 16 8",
        "pairs",
        "verifies by its signatures, not exactly; pairs only: no clusters, no report",
    ),
    Tool(
        "gaoya 32x4",
        "{gaoya} {corpus} {out} 32 4",
        "pairs",
        "the same, with what its calculate_minhash_params gives for 0.7 and 128 hashes",
    ),
    Tool(
        "rensa 16 bands",
        "{rensa} {here}/rensa_pairs.py {corpus} {out} 16",
        "pairs",
        "verifies by its signatures, not exactly; pairs only; words are cut in Python, as its API asks",
    ),
    Tool("rensa 32 bands", "{rensa} {here}/rensa_pairs.py {corpus} {out} 32", "pairs", "the same, with more recall"),
    Tool(
        "datasketch",
        "{datasketch} {here}/datasketch_pairs.py {corpus} {out}",
        "pairs",
        "verifies by its signatures, not exactly; pairs only; in Python throughout",
    ),
    Tool(
        "datatrove 16x8",
        "{datatrove} {here}/datatrove_pairs.py {corpus} {out}",
        "pairs within clusters",
        "does not verify; makes clusters of all that hang together; made for many machines",
    ),
    Tool(
        "text-dedup",
        "{text-dedup} {here}/text_dedup_pairs.py {corpus} {out}",
        "pairs within clusters",
        "does not verify; makes clusters of all that hang together",
    ),
    Tool(
        "exact join",
        "{exact} {corpus} {out}",
        "pairs",
        "holds every shingle of every article in memory; pairs only; by Jaccard only; takes hòa and hoà for two words",
    ),
]


def main():
    options = parse_arguments()
    tools = [tool for tool in TOOLS if not options.only or tool.name in options.only]
    setup = set_up(options, tools)
    make_corpus(options, setup)
    runs = []
    for round_number in range(1, options.rounds + 1):
        for place, tool in enumerate(tools):
            out = setup["work"] / f"out-{place}"
            run = {"tool": tool.name, "round": round_number, **measure(tool, setup, out)}
            runs.append(run)
            say("round {round}: {tool}: {cpu_seconds:.2f} CPU s, {wall_seconds:.2f} wall s, {peak_mib:.0f} MiB".format(**run))
    # Only now, so that this process stays small: a child's peak begins at the size of the process that starts it.
    found = {tool.name: pairs_of(tool, setup, setup["work"] / f"out-{place}") for place, tool in enumerate(tools)}
    scores = score(found, setup)
    result = {
        "name": options.name,
        "date": datetime.date.today().isoformat(),
        "note": options.note,
        "machine": machine(),
        "versions": versions(setup),
        "corpus": describe(setup["corpus"]),
        "threshold": THRESHOLD,
        "tools": [tool._asdict() for tool in tools],
        "scores": scores,
        "runs": runs,
    }
    stem = write_run(result, options.name, markdown(result))
    drawn = stem.with_suffix(".svg")
    drawn.write_text(picture(result), encoding="utf-8")
    say(f"drew {drawn}")


def write_run(result, name, table):
    """Writes benches/runs/DATE-NAME.json and .md, prints the table, and says where these are, less their endings."""
    folder = REPOSITORY / "benches" / "runs"
    folder.mkdir(exist_ok=True)
    stem = folder / f"{result['date']}-{name}"
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(table, encoding="utf-8")
    print(table)
    return stem


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus = parser.add_mutually_exclusive_group()
    corpus.add_argument("--articles", type=int, default=100_000, help="make a corpus of so many (default 100,000)")
    corpus.add_argument("--corpus", type=Path, metavar="DIR", help="measure on this one instead")
    parser.add_argument("--pool", type=Path, metavar="DIR", help="sentences to make articles of (default: the seeds)")
    parser.add_argument("--name", required=True, help="names the result: benches/runs/DATE-NAME.json, .md, .svg")
    parser.add_argument("--rounds", type=int, default=3, help="how often each tool runs (default 3)")
    parser.add_argument("--only", action="append", metavar="TOOL", help="run this tool only; may be given again")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "target" / "peers", help="builds and outputs")
    parser.add_argument("--wirecopy", type=Path, help="a binary to measure instead of building one")
    parser.add_argument("--note", default="", help="a sentence about this run, kept with the result")
    options = parser.parse_args()
    unknown = set(options.only or []) - {tool.name for tool in TOOLS}
    if unknown:
        parser.error(f"no such tool: {', '.join(sorted(unknown))}; there are {', '.join(tool.name for tool in TOOLS)}")
    if options.corpus and not (options.corpus / "corpus.jsonl").is_file():
        parser.error(f"{options.corpus}: holds no corpus.jsonl")
    return options


# Setting up


def set_up(options, tools):
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    folder = options.corpus.resolve() if options.corpus else work / f"corpus-{options.articles}"
    setup = {"work": work, "here": HERE, "folder": folder, "corpus": folder / "corpus.jsonl"}
    needs = lambda field: any("{" + field + "}" in tool.command for tool in tools)
    setup["wirecopy"] = options.wirecopy.resolve() if options.wirecopy else build(REPOSITORY, work / "wirecopy", "wirecopy")
    setup["exact"] = build(HERE / "exact", work / "exact", "peer-exact")
    if needs("gaoya"):
        setup["gaoya"] = build(HERE / "gaoya", work / "gaoya", "peer-gaoya")
    for peer in filter(needs, PACKAGES):
        setup[peer] = install(peer, work / f"venv-{peer}")
    return setup


def make_corpus(options, setup):
    folder = setup["folder"]
    if not options.corpus:
        say(f"making {options.articles:,} articles")
        command = ["cargo", "run", "--release", "--quiet", "--example", "made_corpus", "--target-dir"]
        command += [setup["work"] / "wirecopy", "--", str(options.articles), folder]
        pool = {"WIRECOPY_BENCH_POOL": str(options.pool.resolve())} if options.pool else {}
        subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **pool}, check=True)
    if not options.corpus or not (folder / "pairs.tsv").exists():
        say("joining exactly")
        subprocess.run([setup["exact"], setup["corpus"], folder / "pairs.tsv", "tones"], check=True)


def build(package, target, binary):
    say(f"building {binary}")
    subprocess.run(["cargo", "build", "--release", "--quiet", "--target-dir", target], cwd=package, check=True)
    return target / "release" / binary


def install(peer, venv):
    """The Python of an environment of its own: the peers need not agree on what they depend on."""
    python = venv / "bin" / "python"
    # Written last: an environment that was left half made is made again.
    made = venv / "made"
    if not made.exists():
        say(f"installing {peer}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES[peer]], check=True)
        made.touch()
    return python


# Measuring


def measure(tool, setup, out):
    return cost(tool.command.format(**setup, out=out).split(" "))


def cost(command, stderr=subprocess.DEVNULL):
    """Runs a command to its end; what that cost."""
    load = os.getloadavg()[0]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"exit {process.returncode}: {shlex.join(map(str, command))}")
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return {
        "user_seconds": round(usage.ru_utime, 3),
        "system_seconds": round(usage.ru_stime, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "wall_seconds": round(wall, 3),
        "peak_mib": round(usage.ru_maxrss / unit, 1),
        "load_before": round(load, 1),
    }


# Scoring


def pairs_of(tool, setup, out):
    if "{wirecopy}" not in tool.command:
        with open(out) as lines:
            return {tuple(map(int, line.split("\t")[:2])) for line in lines}
    line_of = line_numbers(setup)
    with open(out, encoding="utf-8") as file:
        edges = json.load(file)["edges"]
    if tool.name == LIKE_FOR_LIKE:
        edges = [edge for edge in edges if edge["similarity"] >= THRESHOLD]
    else:
        edges = [edge for edge in edges if edge["kind"] in ("identical", "copy")]
    return {tuple(sorted((line_of[edge["a"]], line_of[edge["b"]]))) for edge in edges}


def line_numbers(setup):
    if "line_of" not in setup:
        with open(setup["corpus"], "rb") as lines:
            setup["line_of"] = {json.loads(line)["id"]: number for number, line in enumerate(lines)}
    return setup["line_of"]


def score(found, setup):
    exact = exact_pairs(setup["folder"] / "pairs.tsv")
    family = families(setup)
    scores = {}
    for name, pairs in found.items():
        one = {"pairs": len(pairs)}
        if exact is not None:
            shared = len(pairs & exact)
            one["recall"] = shared / len(exact) if exact else None
            one["precision"] = shared / len(pairs) if pairs else None
        if family is not None and pairs:
            together = sum(1 for a, b in pairs if a in family and family[a] == family.get(b))
            one["in_a_family"] = together / len(pairs)
        scores[name] = one
    return scores


def exact_pairs(path):
    if not path.exists():
        return None
    with open(path) as lines:
        rows = (line.split("\t") for line in lines)
        return {(int(i), int(j)) for i, j, jaccard in rows if float(jaccard) >= THRESHOLD}


def families(setup):
    path = setup["folder"] / "families.jsonl"
    if not path.exists():
        return None
    line_of = line_numbers(setup)
    with open(path, encoding="utf-8") as lines:
        return {line_of[record["id"]]: record["family"] for record in map(json.loads, lines)}


# Telling


def describe(corpus):
    digest, articles = hashlib.sha256(), 0
    with open(corpus, "rb") as lines:
        for line in lines:
            digest.update(line)
            articles += 1
    return {"articles": articles, "bytes": corpus.stat().st_size, "sha256": digest.hexdigest()}


def machine():
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        model = found.group(1) if found else model
    return {"processor": model, "cores": os.cpu_count(), "system": platform.system()}


def versions(setup):
    output = lambda *command: subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()
    made = {
        "wirecopy": output(setup["wirecopy"], "--version"),
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "rustc": output("rustc", "--version"),
        "python": platform.python_version(),
    }
    if "gaoya" in setup:
        locked = (HERE / "gaoya" / "Cargo.lock").read_text()
        made["gaoya"] = re.search(r'name = "gaoya"\nversion = "(.*)"', locked).group(1)
    for peer in filter(setup.__contains__, PACKAGES):
        made[peer] = output(setup[peer], "-c", f"import importlib.metadata as m; print(m.version('{peer}'))")
    return made


def markdown(result):
    machine, corpus, made = result["machine"], result["corpus"], result["versions"]
    runs = {}
    for run in result["runs"]:
        runs.setdefault(run["tool"], []).append(run)
    rounds = len(next(iter(runs.values())))
    loads = [run["load_before"] for run in result["runs"]]
    peers = ", ".join(f"{name} {made[name]}" for name in ("gaoya", *PACKAGES) if name in made)
    lines = [
        f"{corpus['articles']:,} articles, {corpus['bytes'] / 1e6:,.0f} MB of JSON lines; word 5-grams, Jaccard {THRESHOLD}.",
        f"{machine['cores']} cores of {machine['processor']}; load average before the runs {min(loads)} to {max(loads)}.",
        f"{made['wirecopy']} ({made['commit']}), {peers or 'no peers'}; {made['rustc'].split(' (')[0]};"
        f" rounds: {rounds}, on {result['date']}: median (least to most).",
        "",
        "| | CPU s | x wirecopy | wall s | peak MiB | pairs | recall | precision | in a family |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, of_tool in runs.items():
        score = result["scores"][name]
        share = lambda key: "-" if score.get(key) is None else f"{score[key]:.4f}"
        peak = statistics.median(run["peak_mib"] for run in of_tool)
        lines.append(
            f"| {name} | {spread(of_tool, 'cpu_seconds')} | {ratio(of_tool, runs.get(LIKE_FOR_LIKE))} |"
            f" {spread(of_tool, 'wall_seconds')} | {peak:.0f} | {score['pairs']:,} |"
            f" {share('recall')} | {share('precision')} | {share('in_a_family')} |"
        )
    lines += [""] + [f"- {tool['name']}: {tool['does_not']}." for tool in result["tools"] if tool["does_not"]]
    if result["note"]:
        lines += ["", result["note"]]
    return "\n".join(lines) + "\n"


def spread(runs, key):
    values = [run[key] for run in runs]
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def ratio(runs, base):
    """Round by round, so that what else the machine does weighs on both."""
    if not base:
        return "-"
    return f"{statistics.median(run['cpu_seconds'] / other['cpu_seconds'] for run, other in zip(runs, base)):.1f}"


def say(line):
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
