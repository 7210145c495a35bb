#!/usr/bin/env python3
"""What a run costs as a stream grows: at the same number of articles a day, and all on one day.

usage: density.py --name NAME [--pool DIR] [--sizes 12500,25000,50000,100000] [--per-day 50000] [--rounds 1] [--work DIR]
                  [--wirecopy FILE] [--note TEXT]

Makes articles, runs a release build of wirecopy on them with --level copies and --level events in turn, and writes
runs/DATE-NAME.json (of each kind the run of median CPU time) and .md (the table). DIR holds sents.txt and titles.txt, a sentence a line; without --pool
the articles are pieced together from the seeds, whose few words are all common, so that the search for events has less to
go by. The same pool, sizes and density give the same articles everywhere. Needs Python 3.9 and cargo; standard library
only. What the numbers mean: benches/README.md.
"""

import argparse
import datetime
import hashlib
import json
import math
import multiprocessing
import random
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path.insert(0, str(HERE / "peers"))
from run import build, cost, machine, say, write_run  # noqa: E402

FIRST_DAY = datetime.datetime(2024, 1, 1)
DAY_SECONDS = 86_400
OUTLETS = 60
# As in a stream of Vietnamese news.
MEDIAN_WORDS, FEWEST_WORDS, MOST_WORDS = 320, 60, 2_500
# Of the articles, how many are reports of an event that others report, and how many are copies.
REPORTS, COPIES = 0.4, 0.2
# A pool of fewer sentences is small: sentences are pieced together from it, for whole ones would stand in every article.
LARGE_POOL = 10_000

Regime = namedtuple("Regime", "name title days")


def regimes(per_day):
    return [
        Regime("density", f"constant density: {per_day:,} articles a day", lambda size: size / per_day),
        Regime("span", "constant span: all on one day", lambda size: 1.0),
    ]


def main():
    options = parse_arguments()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wirecopy = options.wirecopy.resolve() if options.wirecopy else build(REPOSITORY, work / "wirecopy", "wirecopy")
    runs, corpora = [], {}
    for regime in regimes(options.per_day):
        for size in options.sizes:
            days = regime.days(size)
            path = work / f"density-{size}-{days:g}.jsonl"
            if (size, days) not in corpora:
                say(f"making {size:,} articles of {days:g} days")
                corpora[size, days] = in_another_process(make_corpus, options.pool, size, days, path)
                measured = medians(options.rounds, wirecopy, path, work)
                path.unlink()
                corpora[size, days] = (corpora[size, days], measured)
            for level, numbers in corpora[size, days][1].items():
                runs.append({"regime": regime.name, "articles": size, "days": days, "level": level, **numbers})
    result = {
        "name": options.name,
        "date": datetime.date.today().isoformat(),
        "command": command_of(options),
        "note": options.note,
        "machine": machine(),
        "versions": versions(wirecopy),
        "pool": "the seeds" if options.pool is None else "a pool of sentences",
        "corpora": [{"articles": size, "days": days, **corpus} for (size, days), (corpus, _) in corpora.items()],
        "per_day": options.per_day,
        "rounds": options.rounds,
        "runs": runs,
    }
    write_run(result, options.name, markdown(result))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = lambda text: [int(size) for size in text.split(",")]
    parser.add_argument("--name", required=True, help="names the result: benches/runs/DATE-NAME.json and .md")
    parser.add_argument("--pool", type=Path, metavar="DIR", help="sentences to make articles of (default: the seeds)")
    parser.add_argument("--sizes", type=sizes, default=[12_500, 25_000, 50_000, 100_000], help="numbers of articles")
    parser.add_argument("--per-day", type=int, default=50_000, help="articles a day where the density is constant")
    parser.add_argument("--rounds", type=int, default=1, help="how often each run is made")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "target" / "density", help="build and corpora")
    parser.add_argument("--wirecopy", type=Path, help="a binary to measure instead of building one")
    parser.add_argument("--note", default="", help="a sentence about this run, kept with the result")
    return parser.parse_args()


def command_of(options):
    """The command without what differs from machine to machine."""
    pool = "" if options.pool is None else " --pool DIR"
    sizes = ",".join(map(str, options.sizes))
    return f"python3 benches/density.py --name {options.name}{pool} --sizes {sizes} --per-day {options.per_day} --rounds {options.rounds}"


def in_another_process(work, *arguments):
    """So that this process stays small: a child's peak begins at the size of the process that starts it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


# Making articles


def make_corpus(folder, size, days, path):
    """Writes so many articles of so many days, in order of publication."""
    maker = Maker(folder)
    rows = []
    while len(rows) < size:
        rows += maker.story(days)
    rows = sorted(rows[:size], key=lambda row: row[0])
    digest = hashlib.sha256()
    with open(path, "wb") as out:
        for number, (seconds, source, title, text) in enumerate(rows):
            published = FIRST_DAY + datetime.timedelta(seconds=int(seconds))
            record = {
                "id": f"a{number:07}",
                "source": source,
                "published": published.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "title": title,
                "text": text,
            }
            line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            out.write(line)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


class Maker:
    """Makes stories of a pool of sentences: an event and its reports, a text and its copies, or an article alone."""

    def __init__(self, folder):
        if folder is None:
            texts = [path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "seeds").glob("*.txt"))]
            self.sentences = words_of(re.split(r"\n|(?<=\.) ", "\n".join(texts)))
            self.titles = self.sentences
        else:
            read = lambda name: words_of((folder / name).read_text(encoding="utf-8").split("\n"))
            self.sentences, self.titles = read("sents.txt"), read("titles.txt")
        self.random = random.Random(7)

    def story(self, days):
        """The articles of one story: (seconds, outlet, title, text) each."""
        draw, size = self.random.random(), self.random.choices(range(2, 21), [s**-1.8 for s in range(2, 21)])[0]
        # Stories of several articles are rarer than their articles, by their mean size.
        mean = sum(s**-0.8 for s in range(2, 21)) / sum(s**-1.8 for s in range(2, 21))
        alone = 1 - REPORTS - COPIES
        event, copies = REPORTS / mean, COPIES / mean
        begins, span = self.random.random() * days * DAY_SECONDS, days * DAY_SECONDS
        title, text = self.title(), self.text()
        draw *= alone + event + copies
        if draw < alone:
            members, spread = [(title, text)], 0
        elif draw < alone + event:
            members, spread = [self.report(title, text) for _ in range(size)], 36 * 3600
        else:
            members, spread = [(title, text)] + [(title, self.edited(text)) for _ in range(size - 1)], 6 * 3600
        rows = []
        for title, text in members:
            seconds = min(begins + (self.random.expovariate(1 / spread) if spread else 0), span - 1)
            outlet = int(OUTLETS * self.random.random() ** 2)
            paragraphs = [" ".join(sentence) for sentence in text]
            rows.append((seconds, f"outlet{outlet}.vn", " ".join(title), "\n".join(paragraphs)))
        return rows

    def title(self):
        return self.reworded(self.random.choice(self.titles), 0.1) if self.large() else self.pieced(11)

    def text(self):
        words = min(MOST_WORDS, max(FEWEST_WORDS, int(self.random.lognormvariate(math.log(MEDIAN_WORDS), 0.5))))
        text = []
        while sum(map(len, text)) < words:
            text.append(self.sentence())
        return text

    def report(self, title, text):
        """Another report of what an article reports: a third of its sentences reworded, and others of its own."""
        kept = self.random.sample(text, max(1, len(text) // 3))
        own = [self.sentence() for _ in range(len(text) - len(kept))]
        told = [self.reworded(sentence, 0.3) for sentence in kept] + own
        self.random.shuffle(told)
        return self.reworded(title, 0.4), told

    def edited(self, text):
        """A copy: a sentence left out, one word in thirty another."""
        kept = [self.reworded(sentence, 1 / 30) for sentence in text]
        if len(kept) > 3:
            kept.pop(self.random.randrange(len(kept)))
        return kept

    def sentence(self):
        if self.large():
            return self.reworded(self.random.choice(self.sentences), 1 / 12)
        return self.pieced(self.random.randint(8, 40))

    def pieced(self, words):
        """A sentence of about so many words, of runs of two to four words of the pool."""
        pieced = []
        while len(pieced) < words:
            sentence = self.random.choice(self.sentences)
            start = self.random.randrange(len(sentence))
            pieced += [word.rstrip(".") for word in sentence[start : start + self.random.randint(2, 4)]]
        return pieced[:-1] + [pieced[-1] + "."]

    def reworded(self, sentence, share):
        swap = lambda word: self.random.choice(self.random.choice(self.sentences)) if self.random.random() < share else word
        return [swap(word) for word in sentence]

    def large(self):
        return len(self.sentences) >= LARGE_POOL


def words_of(lines):
    return [words for words in (line.split() for line in lines) if len(words) >= 4]


# Measuring

PROPOSED = re.compile(
    r"events: (\d+) pairs? of \d+ reports? proposed; candidates a report: "
    r"median (\d+), 99th percentile (\d+), worst (\d+)"
)
COMPARED = re.compile(r"(\d+) compared exactly")


def medians(rounds, wirecopy, corpus, work):
    """For each level the run of median CPU time, of two in the middle the shorter."""
    levels = ("copies", "events")
    measured = [{level: measure(wirecopy, corpus, level, work) for level in levels} for _ in range(rounds)]
    by_cost = {level: sorted((of_round[level] for of_round in measured), key=lambda run: run["cpu_seconds"]) for level in levels}
    return {level: runs[(rounds - 1) // 2] for level, runs in by_cost.items()}


def measure(wirecopy, corpus, level, work):
    command = [wirecopy, "report", corpus, "--level", level, "--format", "tsv", "-v", "--no-config", "-o", work / "out.tsv"]
    with open(work / "said", "w+", encoding="utf-8") as said:
        measured = cost(command, stderr=said)
        said.seek(0)
        told = said.read()
    numbers = {key: measured[key] for key in ("cpu_seconds", "wall_seconds", "peak_mib", "load_before")}
    found = (PROPOSED if level == "events" else COMPARED).search(told)
    names = ("pairs", "candidates_median", "candidates_p99", "candidates_worst")
    numbers.update(zip(names, map(int, found.groups())))
    say(f"{corpus.name}, {level}: {numbers['cpu_seconds']} CPU s, {numbers['peak_mib']:.0f} MiB")
    return numbers


def slope(points):
    """The exponent of the power law through (size, cost) by least squares; `None` for fewer than two sizes."""
    logs = [(math.log(size), math.log(max(cost, 1e-3))) for size, cost in points]
    x, y = (sum(axis) / len(logs) for axis in zip(*logs))
    square = sum((a - x) ** 2 for a, _ in logs)
    return sum((a - x) * (b - y) for a, b in logs) / square if square else None


# Telling


def versions(wirecopy):
    output = lambda *command: subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()
    return {
        "wirecopy": output(wirecopy, "--version"),
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "rustc": output("rustc", "--version"),
        "python": sys.version.split(" ")[0],
    }


def markdown(result):
    made, machine = result["versions"], result["machine"]
    rounds = "one run each" if result["rounds"] == 1 else f"medians of {result['rounds']}"
    loads = [run["load_before"] for run in result["runs"]]
    lines = [
        f"Articles made of {result['pool']}; `{result['command']}`.",
        f"{machine['cores']} cores of {machine['processor']}; load average before the runs {min(loads)} to {max(loads)}.",
        f"{made['wirecopy']} ({made['commit']}); {made['rustc'].split(' (')[0]}; {rounds} on {result['date']}.",
    ]
    for regime in regimes(result["per_day"]):
        runs = [run for run in result["runs"] if run["regime"] == regime.name]
        lines += ["", regime.title[0].upper() + regime.title[1:]] + table(runs)
    if result["note"]:
        lines += ["", result["note"]]
    return "\n".join(lines) + "\n"


def table(runs):
    lines = [
        "",
        "| articles | days | copies, CPU s | events, CPU s | events alone | peak MiB | pairs proposed | candidates a report: median | 99 % | worst |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    by_level = {level: {run["articles"]: run for run in runs if run["level"] == level} for level in ("copies", "events")}
    costs = {"copies": [], "events": [], "events alone": []}
    for size, events in by_level["events"].items():
        copies = by_level["copies"][size]
        alone = events["cpu_seconds"] - copies["cpu_seconds"]
        for name, cost in (("copies", copies["cpu_seconds"]), ("events", events["cpu_seconds"]), ("events alone", alone)):
            costs[name].append((size, cost))
        lines.append(
            f"| {size:,} | {events['days']:g} | {copies['cpu_seconds']:.1f} | {events['cpu_seconds']:.1f} | {alone:.1f} |"
            f" {events['peak_mib']:,.0f} | {events['pairs']:,} | {events['candidates_median']:,} |"
            f" {events['candidates_p99']:,} | {events['candidates_worst']:,} |"
        )
    slopes = [f"{name} {slope(points):.2f}" for name, points in costs.items() if slope(points) is not None]
    if slopes:
        lines += ["", f"CPU seconds grow with the number of articles to the power of: {', '.join(slopes)}."]
    return lines


if __name__ == "__main__":
    main()
