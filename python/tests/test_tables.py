"""What comes in and goes out: pyarrow, pandas, Polars, DuckDB, dictionaries."""

from __future__ import annotations

import datetime

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import wirecopy


@pytest.fixture(scope="module")
def expected(bulletins):
    return wirecopy.find_copies(bulletins).edges.to_pylist()


def tables(articles):
    table = pa.Table.from_pylist(articles)
    yield "pyarrow.Table", table
    yield "pyarrow.RecordBatch", table.combine_chunks().to_batches()[0]
    yield "pyarrow.RecordBatchReader", table.to_reader(max_chunksize=10)
    yield "pyarrow, 64 bits", table.cast(
        pa.schema([pa.field(one.name, pa.large_string() if one.type == pa.string() else one.type) for one in table.schema])
    )
    yield "pyarrow, a dictionary", table.set_column(
        table.column_names.index("source"), "source", table["source"].dictionary_encode()
    )
    yield "pandas", table.to_pandas()
    yield "pandas.from_dict", pd.DataFrame.from_records(articles)
    yield "polars", pl.DataFrame(articles)
    yield "wirecopy", wirecopy.dedup(table, drop="identical", threshold=1.0).kept
    yield "dictionaries", articles
    yield "a generator", (one for one in articles)


def test_every_kind_of_table_gives_the_same_edges(bulletins, expected):
    for name, table in tables(bulletins):
        assert wirecopy.find_copies(table).edges.to_pylist() == expected, name


def test_a_query_of_duckdb_is_a_table(bulletins, expected):
    articles = pa.Table.from_pylist(bulletins)  # noqa: F841, DuckDB finds it by its name
    assert wirecopy.find_copies(duckdb.sql("from articles where text is not null")).edges.to_pylist() == expected
    edges = wirecopy.find_copies(articles).edges  # noqa: F841
    ((count,),) = duckdb.sql("select count(*) from edges where kind = 'copy'").fetchall()
    assert count == sum(edge["kind"] == "copy" for edge in expected)


def test_results_are_taken_by_each_of_them_and_say_the_same(bulletins, expected):
    edges = wirecopy.find_copies(bulletins).edges
    assert (edges.num_rows, len(edges), edges.column_names[:2]) == (len(expected), len(expected), ["a", "b"])
    assert pa.table(edges).to_pylist() == expected
    assert edges.to_pyarrow().to_pylist() == expected
    assert pl.DataFrame(edges).to_dicts() == expected
    assert edges.to_polars().to_dicts() == expected
    assert edges.to_pandas().to_dict("records") == expected
    assert repr(edges).startswith(f"wirecopy.Table({len(expected)} rows; a: Utf8, b: Utf8")
    events = wirecopy.find_events(bulletins)
    for table in [events.articles, events.events, events.reports, events.storylines, events.event_edges, events.links]:
        assert pa.table(table).to_pylist() == table.to_pylist()
        assert pl.DataFrame(table).height == len(table)


def test_columns_are_not_copied_on_their_way_in():
    """Of a column of 200 MB nothing is kept; the library's tests say the same of the text."""
    import resource

    wide = pa.table({"id": ["a"], "text": ["một hai ba"], "unused": pa.array([bytes(200_000_000)], pa.large_binary())})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wirecopy.find_copies(wide)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_times_come_in_every_type_and_go_out_in_utc(seeds):
    at = datetime.datetime(2021, 12, 8, 3, 5, tzinfo=datetime.timezone.utc)
    text = seeds[0]["text"]
    for column in [
        pa.array([at], pa.timestamp("ns", "UTC")),
        pa.array([at], pa.timestamp("ms", "Asia/Ho_Chi_Minh")),
        pa.array([at.replace(tzinfo=None)], pa.timestamp("s")),
        pa.array(["2021-12-08T10:05:00+07:00"]),
        pa.array([int(at.timestamp())]),
    ]:
        found = wirecopy.find_copies(pa.table({"id": ["a"], "text": [text], "date": column}))
        assert found.articles.to_pylist()[0]["published"] == at, column.type
    for value in [at, at.isoformat()]:
        found = wirecopy.find_copies([{"id": "a", "text": text, "date": value}])
        assert found.articles.to_pylist()[0]["published"] == at


def test_kept_rows_have_all_columns_and_their_types(made):
    table = pa.Table.from_pylist(made).append_column("tags", pa.array([[number] for number in range(len(made))]))
    table = table.append_column("price", pa.array([None] * len(made), pa.decimal128(9, 2)))
    found = wirecopy.dedup(table)
    kept = pa.table(found.kept)
    assert kept.schema == table.schema and kept.num_rows + len(found.removed) == len(made)
    with pytest.raises(TypeError, match="column price is Decimal128"):
        wirecopy.dedup(table.set_column(5, "price", pa.array([1] * len(made), pa.decimal128(9, 2)))).kept.to_pylist()


def test_nothing_in_is_nothing_out():
    for empty in [[], iter([]), pa.table({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}), pl.DataFrame()]:
        found = wirecopy.find_events(empty)
        assert [len(found.articles), len(found.edges), len(found.events)] == [0, 0, 0]
        assert len(wirecopy.dedup(empty).kept) == 0
