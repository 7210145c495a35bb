"""Corpora and the command line, which the tests hold the package against."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import random
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

#: Beside the repository; the articles in it belong to their publishers.
STREAM = ROOT.parent / "shared" / "data" / "stream" / "baomoi_20k.jsonl.gz"


def read_jsonl(path: pathlib.Path, most: int | None = None) -> list[dict]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as lines:
        return [json.loads(line) for line, _ in zip(lines, range(most if most is not None else 10**9))]


@pytest.fixture(scope="session")
def seeds() -> list[dict]:
    files = sorted((ROOT / "seeds").glob("*.txt"))
    return [{"id": path.stem, "text": path.read_text("utf-8")} for path in files]


@pytest.fixture(scope="session")
def bulletins() -> list[dict]:
    """12 stories in two versions each and 20 pairs of bulletins, made up for the tests."""
    files = sorted((ROOT / "tests" / "data").glob("*.jsonl"))
    return [article for path in files for article in read_jsonl(path)]


@pytest.fixture(scope="session")
def made(seeds: list[dict]) -> list[dict]:
    """600 articles of five outlets, recombined from sentences of the seeds: a third are edited copies, all have a shell."""
    draw = random.Random(7)
    sentences = [one.strip() for seed in seeds for one in seed["text"].replace("\n", ". ").split(". ") if len(one) > 30]
    articles: list[dict] = []
    for number in range(600):
        if articles and draw.random() < 0.33:
            body = list(draw.choice(articles)["sentences"])
            for _ in range(draw.randrange(3)):
                body[draw.randrange(len(body))] = draw.choice(sentences)
        else:
            body = [f"{draw.choice(sentences)} {draw.randrange(10**6)}" for _ in range(draw.randrange(4, 12))]
        outlet = draw.randrange(5)
        day = f"2021-12-{draw.randrange(1, 29):02d}T{draw.randrange(24):02d}:00:00Z"
        shell = f"\nTheo dõi báo số {outlet} trên các mạng xã hội để đọc thêm tin mới."
        articles.append({"id": f"n{number:03d}", "source": f"bao{outlet}.vn", "date": day, "sentences": body, "shell": shell})
    return [
        {"id": one["id"], "source": one["source"], "date": one["date"], "text": ". ".join(one["sentences"]) + one["shell"]}
        for one in articles
    ]


@pytest.fixture(scope="session")
def stream() -> list[dict]:
    if not STREAM.exists():
        pytest.skip(f"{STREAM.name} is not there")
    return read_jsonl(STREAM, 2_000)


class CommandLine:
    """The program, run on articles."""

    def __init__(self, path: pathlib.Path, folder: pathlib.Path) -> None:
        self.path, self.folder = path, folder

    def __call__(self, *arguments: str, articles: list[dict] | None = None) -> str:
        lines = "" if articles is None else "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in articles)
        run = subprocess.run(
            [str(self.path), *arguments], input=lines.encode(), cwd=self.folder, capture_output=True, check=False
        )
        assert run.returncode in (0, 1), run.stderr.decode()
        return run.stdout.decode()

    def report(self, articles: list[dict], *arguments: str) -> dict:
        return json.loads(self("report", "-", "--no-config", "-q", "--format", "json", "--edges", *arguments, articles=articles))


@pytest.fixture(scope="session")
def command_line(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = pathlib.Path(os.environ.get("WIRECOPY", target / "release" / "wirecopy"))
    if not path.exists():
        pytest.skip(f"the program is not built ({path}); cargo build --release, or name it in WIRECOPY")
    return CommandLine(path.resolve(), tmp_path_factory.mktemp("command-line"))
