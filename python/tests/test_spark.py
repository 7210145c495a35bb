"""Connected components on Spark, held against union-find; stages in `mapInArrow`, held against a run."""

from __future__ import annotations

import os
import random
import shutil
import sys

import pytest

pyspark = pytest.importorskip("pyspark")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    if shutil.which("java") is None:
        pytest.skip("no Java here")
    # Workers run in the Python that has wirecopy, and not in the first of the path.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.default.parallelism", 2)
        .config("spark.ui.enabled", False)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def by_union_find(pairs):
    before: dict = {}

    def first(node):
        before.setdefault(node, node)
        while before[node] != node:
            before[node] = before[before[node]]
            node = before[node]
        return node

    for a, b in pairs:
        a, b = first(a), first(b)
        before[max(a, b)] = min(a, b)
    return {node: first(node) for node in before}


def random_graph(draw):
    nodes = draw.randrange(2, 120)
    return [(draw.randrange(nodes), draw.randrange(nodes)) for _ in range(draw.randrange(1, nodes))]


def graphs() -> list:
    return list(each_graph())


def each_graph():
    draw = random.Random(11)
    for number in range(6):
        yield f"random {number}", random_graph(draw)
    path = list(range(1_000))
    draw.shuffle(path)
    yield "a path of 1,000", list(zip(path, path[1:], strict=False))
    yield "a path in order", [(node, node + 1) for node in range(1_000)]
    yield "stars", [(draw.choice([0, 500, 999]), node) for node in range(1_000)]
    yield "a star around its largest", [(1_000, node) for node in range(1_000)]
    yield "cliques", [(10 * group + a, 10 * group + b) for group in range(20) for a in range(10) for b in range(a)]
    yield "alone", [(7, 7)]
    yield "ids", [("e", "b"), ("c", "b"), ("x", "y"), ("e", "f")]


@pytest.mark.parametrize(("name", "pairs"), graphs(), ids=[name for name, _ in graphs()])
def test_components_are_those_of_union_find(spark, name, pairs):
    from wirecopy.spark import connected_components

    found = connected_components(spark.createDataFrame(pairs, ["a", "b"])).collect()
    assert {row["node"]: row["first"] for row in found} == by_union_find(pairs) and len(found) == len(by_union_find(pairs))


def test_no_pairs_have_no_components(spark):
    from wirecopy.spark import connected_components

    assert connected_components(spark.createDataFrame([], "a: string, b: string")).collect() == []


def test_stages_run_in_map_in_arrow(spark, made):
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema

    import wirecopy
    from wirecopy import stages

    run = wirecopy.find_copies(made)
    shells = run.shells

    def sign(batches):
        for batch in batches:
            yield from pa.table(stages.sign(batch, shells=shells)[0]).to_batches()

    schema = from_arrow_schema(pa.table(stages.sign(made[:1])[0]).schema)
    signed = spark.createDataFrame(made).repartition(3).mapInArrow(sign, schema).toArrow()
    pairs, twins = stages.propose(signed)
    others = {one["id"] for one in twins.to_pylist()}
    expected = {(one["a"], one["b"]) for one in run.edges.to_pylist() if not {one["a"], one["b"]} & others}
    assert expected <= {(one["a"], one["b"]) for one in pairs.to_pylist()}
    times = {one["id"]: one["published"] for one in run.articles.to_pylist()}
    assert {one["id"]: one["published"] for one in signed.to_pylist()} == times
