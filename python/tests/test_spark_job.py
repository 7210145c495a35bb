"""The job on Spark, held against the program: on one machine, on two workers of which one is lost, and over Spark Connect."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

import pytest
from conftest import ROOT, STREAM, CommandLine

pytest.importorskip("pyspark")
pq = pytest.importorskip("pyarrow.parquet")

#: Makes articles in any number; beside the repository.
MADE = ROOT.parent / "shared" / "tools" / "corpus" / "gen.py"

#: Written in `local[2]`, where nothing else is said.
LOCAL = ["--master", "local[2]", "--conf", "spark.sql.shuffle.partitions=4", "--conf", "spark.ui.enabled=false"]

#: Addresses of this machine alone.
LOOPBACK = ["--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1"]


@pytest.fixture(scope="session", autouse=True)
def java():
    if shutil.which("java") is None:
        pytest.skip("no Java here")


def job(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "wirecopy.spark", *arguments, *LOOPBACK]


def run(*arguments: str, **more: str) -> str:
    """What the job says, which has to succeed; ``more`` is added to its environment."""
    done = subprocess.run(job(*arguments), capture_output=True, check=False, env={**environment(), **more})
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    return done.stderr.decode()


def environment() -> dict[str, str]:
    return {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


def rows(folder: pathlib.Path) -> list[dict]:
    return pq.read_table(folder).to_pylist()


def line_of(folder: pathlib.Path) -> str:
    return next(folder.glob("part-*")).read_text("utf-8")


class Expected:
    """What the program finds in a file."""

    def __init__(self, program: CommandLine, path: pathlib.Path, folder: pathlib.Path, *options: str) -> None:
        asked = [str(path), "--no-config", "-q"]
        self.shells, self.terms = folder / "expected.shells.json", folder / "expected.terms"
        saved = ["--save-shells", str(self.shells), "--save-terms", str(self.terms)]
        report = program("report", *asked, *options, "--format", "json", "--edges", *saved)
        self.edges = [edge_of(edge) for edge in json.loads(report)["edges"]]
        self.articles = {one["id"]: one for one in csv.DictReader(io.StringIO(program("report", *asked, *options, "--format", "csv")))}
        program("dedup", *asked, "--output", str(folder / "kept.jsonl"))
        self.kept = {json.loads(line)["id"] for line in (folder / "kept.jsonl").read_text("utf-8").splitlines()}


def edge_of(edge: dict) -> tuple:
    return (edge["a"], edge["b"], edge["kind"], round(edge["similarity"], 12), round(edge["coverage"], 12))


def check(output: pathlib.Path, expected: Expected) -> None:
    """Article by article the same."""
    found = {one["id"]: one for one in rows(output / "clusters")}
    assert len(found) == len(expected.articles)
    for name in ("copy_cluster", "original", "kind"):
        assert {id: one[name] for id, one in found.items()} == {id: one[name] for id, one in expected.articles.items()}, name
    events = {one["id"]: one["event"] for one in rows(output / "events")}
    assert events == {id: one["event"] for id, one in expected.articles.items()}
    # Of articles of exactly the same words the first alone has edges here; in a report all of them have.
    ids = {one["position"]: one["id"] for one in rows(output / "work" / "articles")}
    firsts = {ids[one["first"]] for one in rows(output / "work" / "twins")}
    edges = [edge_of(edge) for edge in rows(output / "edges")]
    assert len(edges) == len(set(edges))
    assert set(edges) == {edge for edge in expected.edges if {*edge[:2]} <= firsts}
    assert {one["id"] for one in rows(output / "kept")} == expected.kept


def made(folder: pathlib.Path, articles: int) -> pathlib.Path:
    if not MADE.exists():
        pytest.skip(f"{MADE.name} is not there")
    pool = folder / "pool"
    pool.mkdir(exist_ok=True)
    for name in ("sents.txt", "titles.txt"):
        (pool / name).write_bytes(gzip.decompress((MADE.parent / f"{name}.gz").read_bytes()))
    subprocess.run([sys.executable, str(MADE), str(articles), str(folder), "--pool", str(pool)], check=True, capture_output=True)
    return folder / "corpus.jsonl"


@pytest.fixture(scope="module")
def few(tmp_path_factory, command_line):
    """5,000 articles, and what the program finds in them."""
    folder = tmp_path_factory.mktemp("few")
    path = made(folder, 5_000)
    return path, Expected(command_line, path, folder)


def test_of_ten_thousand_made_articles_it_finds_what_a_report_finds_tables_too(tmp_path, command_line):
    path = made(tmp_path, 10_000)
    run("--input", str(path), "--output", str(tmp_path / "out"), *LOCAL)
    expected = Expected(command_line, path, tmp_path)
    assert json.loads(line_of(tmp_path / "out" / "shells.json")) == json.loads(expected.shells.read_text("utf-8"))
    assert rows(tmp_path / "out" / "terms")[0]["table"] == expected.terms.read_bytes()
    check(tmp_path / "out", expected)


def test_of_a_stream_of_twenty_thousand_it_finds_what_a_report_finds_under_its_tables(tmp_path, command_line):
    if not STREAM.exists():
        pytest.skip(f"{STREAM.name} is not there")
    expected = Expected(command_line, STREAM, tmp_path)
    tables = ["--shells", str(expected.shells), "--terms", str(expected.terms)]
    run("--input", str(STREAM), "--output", str(tmp_path / "out"), *tables, *LOCAL)
    check(tmp_path / "out", expected)


def test_what_was_broken_off_goes_on_and_what_is_asked_otherwise_is_refused(tmp_path, bulletins, command_line):
    path, output = tmp_path / "a.jsonl", tmp_path / "out"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in bulletins), "utf-8")
    asked = ["--input", str(path), "--output", str(output), *LOCAL]
    assert "verified: begun" in run(*asked)
    expected = Expected(command_line, path, tmp_path)
    check(output, expected)
    # As if it had been broken off while pairs were compared.
    for stage in ("verified", "clustered"):
        shutil.rmtree(output / "work" / f"{stage}.done.json")
    shutil.rmtree(output / "work" / "verified")
    said = run(*asked)
    assert "pairs: begun" not in said and "done before" in said and "verified: begun" in said
    check(output, expected)
    other = subprocess.run(job(*asked, "--threshold", "0.8"), capture_output=True, check=False, env=environment())
    assert other.returncode == 2
    assert "was begun otherwise (options: was {}, is {'threshold': '0.8'})" in other.stderr.decode()
    assert "articles: begun" in run(*asked, "--threshold", "0.8", "--restart")
    manifest = json.loads(line_of(output / "manifest.json"))
    assert manifest["asked"]["options"] == {"threshold": "0.8"} and manifest["stages"]["articles"]["rows"] == len(expected.articles)


def test_parquet_is_read_ids_are_settled_and_what_has_none_is_refused(tmp_path, command_line):
    import pyarrow as pa

    word = "Bộ Y tế sáng nay công bố thêm mười hai ca mắc mới tại ba tỉnh miền Trung"
    articles = [
        {"id": "a", "text": word, "date": "2021-12-03"},
        {"id": "a", "text": f"{word}!", "date": "2021-12-02"},
        {"id": "a", "text": f"Hôm qua, {word}.", "date": None},
        {"id": "b", "text": f"{word}.", "date": "2021-12-01"},
        {"id": "c", "text": "...", "date": None},
        {"id": "d", "text": None, "date": None},
    ]
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in articles), "utf-8")
    (tmp_path / "in").mkdir()
    pq.write_table(pa.Table.from_pylist(articles), tmp_path / "in" / "a.parquet")
    run("--input", str(tmp_path / "in"), "--output", str(tmp_path / "out"), *LOCAL)
    report = csv.DictReader(io.StringIO(command_line("report", str(lines), "--no-config", "-q", "--format", "csv")))
    found = {one["id"]: (one["copy_cluster"], one["original"]) for one in rows(tmp_path / "out" / "clusters")}
    assert found == {one["id"]: (one["copy_cluster"], one["original"]) for one in report} and len(found) == 3
    manifest = json.loads(line_of(tmp_path / "out" / "manifest.json"))
    assert (manifest["set_aside"]["bad_records"], manifest["set_aside"]["empty"]) == (1, 1)
    lines.write_text(json.dumps({"text": word}) + "\n", "utf-8")
    none = subprocess.run(
        job("--input", str(lines), "--output", str(tmp_path / "none"), *LOCAL), capture_output=True, check=False, env=environment()
    )
    assert none.returncode == 2 and "1 articles have no id" in none.stderr.decode()


def test_articles_are_of_the_same_words_with_their_boilerplate_or_without(tmp_path):
    """In a process of its own, as a session stays what it was when it began."""
    code = """
import random, sys
from pyspark.sql import SparkSession
from wirecopy.spark.job import _Job
from wirecopy.spark.work import Work

spark = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", 2).config("spark.ui.enabled", False).getOrCreate()
draw = random.Random(7)
# Alone; equal without boilerplate; equal with it; one equal to the other without; joined by a third.
pairs = [(1, 1), (2, 3), (2, 4), (5, 6), (7, 6), (8, 8), (9, 8), (-10, 11), (12, 11), (12, 13), (14, 13)]
pairs += [(100 + draw.randrange(60), 100 + draw.randrange(60)) for _ in range(40)]
pairs += [(200, 200)] * 3
first = {place: place for place in range(len(pairs))}
for _ in pairs:
    for a in first:
        for b in first:
            if {*pairs[a]} & {*pairs[b]}:
                first[a] = min(first[a], first[b])
rows = [(place, 7, 1000 + place, *pair) for place, pair in enumerate(pairs)]
draw.shuffle(rows)
signed = spark.createDataFrame(rows, "position long, words int, content long, fingerprint long, whole long")
work = Work(spark, sys.argv[1], lambda line: None)
work.begin({}, False)
twins = _Job(spark, work, {}).twins(signed)
assert twins.columns == ["position", "first", "words", "content"], twins.columns
found = {one["position"]: one["first"] for one in twins.collect()}
assert found == first, (found, first)
assert sorted(one["content"] for one in twins.collect()) == [1000 + place for place in range(len(pairs))]
# Of nothing that is joined by its boilerplate no graph is left.
work = Work(spark, sys.argv[1] + "-alone", lambda line: None)
work.begin({}, False)
alone = _Job(spark, work, {}).twins(signed.where("fingerprint in (1, 2, 200)"))
assert sorted(one["first"] for one in alone.collect()) == [0, 1, 1] + [len(pairs) - 3] * 3
"""
    settings = {**environment(), "SPARK_LOCAL_HOSTNAME": "localhost"}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "work")], capture_output=True, check=False, env=settings)
    assert done.returncode == 0, done.stderr.decode()[-4000:]


#: Where the master and the workers of Spark are.
DEPLOY = "org.apache.spark.deploy"


class Standalone:
    """A master and two workers of Spark, each a process of its own, on loopback."""

    def __init__(self, folder: pathlib.Path) -> None:
        import pyspark

        self.programs = pathlib.Path(pyspark.__path__[0]) / "bin"
        self.folder, self.processes = folder, []
        self.port = free_port()
        self.url = f"spark://127.0.0.1:{self.port}"
        self.master = self.start("spark-class", f"{DEPLOY}.master.Master", "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", str(free_port()))
        self.workers = [self.worker(), self.worker()]
        self.log(self.master, "Registering worker", 2)

    def start(self, program: str, *arguments: str, memory: str = "256m") -> subprocess.Popen:
        log = open(self.folder / f"{len(self.processes)}.log", "wb")
        # Each in a session of its own, so that it can be ended with all that it started.
        process = subprocess.Popen(
            [str(self.programs / program), *arguments],
            stdout=log, stderr=log, start_new_session=True, cwd=self.folder, env={**environment(), "SPARK_DAEMON_MEMORY": memory},
        )
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen:
        folder = self.folder / f"worker-{len(self.processes)}"
        return self.start(
            "spark-class", f"{DEPLOY}.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--work-dir", str(folder),
            "--webui-port", str(free_port()), self.url,
        )

    def connect(self) -> str:
        """A server of Spark Connect whose tasks run on the workers; its address."""
        port = free_port()
        settings = [
            f"spark.connect.grpc.binding.port={port}", "spark.connect.grpc.binding.address=127.0.0.1",
            "spark.executor.memory=640m", "spark.executor.cores=1", "spark.ui.enabled=false",
        ]
        server = self.start(
            "spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", self.url,
            *LOOPBACK, *(part for one in settings for part in ("--conf", one)), memory="640m",
        )
        self.log(server, "Spark Connect server started", 1)
        return f"sc://127.0.0.1:{port}"

    def log(self, process: subprocess.Popen, said: str, times: int) -> None:
        path = self.folder / f"{self.processes.index(process)}.log"
        for _ in range(600):
            if path.read_text("utf-8", errors="replace").count(said) >= times:
                return
            time.sleep(0.1)
        raise AssertionError(path.read_text("utf-8", errors="replace")[-4000:])

    def lose_a_worker(self) -> None:
        """Ends a worker and its executor at once, as a machine that fails does; another one comes."""
        end(self.workers.pop(0))
        self.workers.append(self.worker())

    def close(self) -> None:
        for process in self.processes:
            end(process)


def end(process: subprocess.Popen) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def standalone(tmp_path):
    folder = tmp_path / "standalone"
    folder.mkdir()
    cluster = Standalone(folder)
    yield cluster
    cluster.close()


def on_workers(cluster: Standalone, events: pathlib.Path, *arguments: str) -> list[str]:
    events.mkdir(exist_ok=True)
    settings = [
        "spark.sql.shuffle.partitions=8", "spark.executor.memory=640m", "spark.executor.cores=1", "spark.ui.enabled=false",
        "spark.eventLog.enabled=true", "spark.eventLog.compress=false", f"spark.eventLog.dir=file://{events}",
    ]
    return job("--master", cluster.url, *(part for one in settings for part in ("--conf", one)), *arguments)


@pytest.mark.parametrize("stage", ["candidates", "verified"], ids=["the key shuffle", "verification"])
def test_a_worker_may_be_lost_and_the_answer_is_the_same(stage, few, standalone, tmp_path):
    from wirecopy.spark import measure

    path, expected = few
    arguments = on_workers(standalone, tmp_path / "events", "--input", str(path), "--output", str(tmp_path / "out"))
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment())
    said, times = [], {}
    for line in process.stderr:
        said.append(line)
        if line.startswith(f"{stage}: "):
            times["begun" if "begun" in line else "done"] = time.time()
            if "begun" in line:
                threading.Timer(1.5, standalone.lose_a_worker).start()
    assert process.wait() == 0, "".join(said)[-4000:]
    check(tmp_path / "out", expected)
    removed = [event["Timestamp"] / 1000 for event in measure.events(tmp_path / "events") if event["Event"] == "SparkListenerExecutorRemoved"]
    assert any(times["begun"] < one < times["done"] for one in removed), "it was lost while the stage ran"


def test_over_spark_connect_it_finds_the_same_and_goes_on_with_it(standalone, bulletins, tmp_path, command_line):
    for name in ("grpc", "grpc_status", "google.rpc", "zstandard", "pandas"):
        pytest.importorskip(name, reason=f"no {name} here, which pyspark[connect] brings")
    path, output = tmp_path / "a.jsonl", tmp_path / "out"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in bulletins), "utf-8")
    asked = ["--input", str(path), "--output", str(output), "--conf", "spark.sql.shuffle.partitions=2"]
    server = standalone.connect()
    assert "events: begun" in run(*asked, "--remote", server)
    check(output, Expected(command_line, path, tmp_path))
    # The environment may name the server as well; and to a job on a master it is the same work.
    for said in (run(*asked, SPARK_REMOTE=server), run(*asked, "--master", "local[1]")):
        assert "events: " in said and "done before" in said and "begun" not in said


#: A task that is done sooner says more of how a process starts than of what it had to do.
SOON = 1.0


def unevenness(events: pathlib.Path) -> dict[str, float]:
    """For each stage of the job how many times as long as the median the longest task of one stage of Spark took; of those that take
    long enough to tell."""
    from wirecopy.spark import measure

    found: dict[str, float] = {}
    for cost in measure.costs(events):
        longest, median = max(cost.seconds, default=0.0), statistics.median(cost.seconds or [0.0])
        if longest > SOON and len(cost.seconds) > 1:
            found[cost.stage] = max(found.get(cost.stage, 0.0), longest / median)
    return found


def alike(number: int, identical: bool) -> dict:
    text = (ROOT / "seeds" / sorted(one.name for one in (ROOT / "seeds").glob("*.txt"))[0]).read_text("utf-8")
    own = "" if identical else f" Bản tin số {number} có thêm {number * 7919 % 1_000_003} chữ riêng."
    return {"id": f"n{number:05d}", "date": f"2021-12-{1 + number % 28:02d}", "text": text + own}


@pytest.mark.parametrize("identical", [True, False], ids=["identical", "near-identical"])
def test_of_twenty_thousand_alike_no_task_takes_three_times_the_median(identical, tmp_path, command_line):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(alike(number, identical), ensure_ascii=False) + "\n" for number in range(20_000)), "utf-8")
    (tmp_path / "events").mkdir()
    log = ["spark.eventLog.enabled=true", "spark.eventLog.compress=false", f"spark.eventLog.dir=file://{tmp_path / 'events'}"]
    arguments = ["--input", str(path), "--output", str(tmp_path / "out"), *LOCAL]
    run(*arguments, "--conf", "spark.sql.shuffle.partitions=8", *(part for one in log for part in ("--conf", one)))
    found = {one["id"]: one["copy_cluster"] for one in rows(tmp_path / "out" / "clusters")}
    report = csv.DictReader(io.StringIO(command_line("report", str(path), "--no-config", "-q", "--format", "csv")))
    assert found == {one["id"]: one["copy_cluster"] for one in report}
    uneven = unevenness(tmp_path / "events")
    assert all(times <= 3 for times in uneven.values()), uneven


def test_the_example_of_the_documentation_runs_as_it_stands(tmp_path):
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    code, expected = re.search(r"test_spark_job.py -->\n```py\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL).groups()
    # In a process of its own, as a session stays what it was when it began.
    done = subprocess.run(
        [sys.executable, "-c", code.replace("target/tour/", f"{tmp_path}/")], cwd=ROOT, capture_output=True, check=False,
        env={**environment(), "SPARK_LOCAL_HOSTNAME": "localhost"},
    )
    assert done.stdout.decode() == expected, done.stderr.decode()[-4000:]
