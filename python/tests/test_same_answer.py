"""The same rows give the same answer as the command line, bit by bit."""

from __future__ import annotations

import datetime
import random

import pyarrow as pa
import pytest

import wirecopy

NUMBERS = ["similarity", "containment", "coverage"]


def times(value: object) -> object:
    """A time of a table, or of a report, where it has an offset or is a day alone, as one moment in UTC."""
    value = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    if value is None:
        return None
    return value.replace(tzinfo=value.tzinfo or datetime.timezone.utc).astimezone(datetime.timezone.utc)


def assert_same_copies(found: wirecopy.Copies, report: dict) -> None:
    assert found.edges.to_pylist() == report["edges"]
    assert found.links.to_pylist() == report["links"]
    clusters: dict[str, dict] = {}
    for article in found.articles.to_pylist():
        clusters.setdefault(article["copy_cluster"], {})[article["id"]] = article
    of_several = {cluster: members for cluster, members in clusters.items() if len(members) > 1}
    assert {one["id"] for one in report["copy_clusters"]} == set(of_several)
    for one in report["copy_clusters"]:
        members = of_several[one["id"]]
        assert [member["id"] for member in one["members"]] == sorted(members)
        for member in one["members"]:
            row = members[member["id"]]
            assert [row[name] for name in NUMBERS] == [member[name] for name in NUMBERS]
            assert (row["kind"], row["representative"], row["original"]) == (
                member["kind"], one["representative"], one["original"],
            )  # fmt: skip
            assert (row["source"], times(row["published"])) == (member.get("source"), times(member.get("published")))
    aside = report["input"]["set_aside"]
    for name in ["bad_records", "empty", "repeated", "renamed", "undated", "unnamed"]:
        assert found.set_aside[name] == aside[name], name
    assert found.settings["fingerprint"] == report["settings"]["fingerprint"]


def assert_same_events(found: wirecopy.Events, report: dict) -> None:
    assert_same_copies(found, report)
    columns = ["id", "label", "members", "representative", "names", "days", "independent", "outlets"]
    events = found.events.to_pylist()
    assert [{name: one[name] for name in columns} for one in events] == [
        {name: one[name] for name in columns} for one in report["events"]
    ]
    assert [times(one["last_published"]) for one in events] == [times(one.get("last_published")) for one in report["events"]]
    reports = [{"event": one["id"], **row} for one in report["events"] for row in one.get("reports", [])]
    assert found.reports.to_pylist() == reports
    assert found.storylines.to_pylist() == [{"days": None, **one} for one in report["storylines"]]
    pairs = found.event_edges.to_pylist()
    assert [(one["a"], one["b"], one["score"], one["tie"]) for one in pairs] == [
        (one["a"], one["b"], one["score"], one.get("tie")) for one in report["event_edges"]
    ]
    for pair, one in zip(pairs, report["event_edges"], strict=True):
        for kind, value in one["evidence"].items():
            assert pair[kind] == pytest.approx(value, rel=1e-6), kind


@pytest.mark.parametrize("corpus", ["seeds", "bulletins", "made", "stream"])
def test_events_are_those_of_the_command_line(corpus, request, command_line):
    articles = request.getfixturevalue(corpus)
    assert_same_events(wirecopy.find_events(pa.Table.from_pylist(articles)), command_line.report(articles))


@pytest.mark.parametrize("corpus", ["bulletins", "made"])
@pytest.mark.parametrize(
    "options", [{}, {"measure": "jaccard", "threshold": 0.5}, {"boilerplate": "off", "window_words": 3, "canonical": "longest"}]
)
def test_copies_are_those_of_the_command_line_under_any_options(corpus, options, request, command_line):
    articles = request.getfixturevalue(corpus)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    report = command_line.report(articles, "--level", "copies", *flags)
    assert_same_copies(wirecopy.find_copies(pa.Table.from_pylist(articles), **options), report)


@pytest.mark.parametrize("keep", ["earliest", "longest", "representative", "source:bao3.vn,bao1.vn"])
def test_what_stays_is_what_stays_on_the_command_line(keep, made, command_line, tmp_path):
    import json

    removed = tmp_path / "removed.jsonl"
    kept = command_line("dedup", "-", "-q", "--keep", keep, "--removed", str(removed), articles=made)
    found = wirecopy.dedup(made, keep=keep)
    assert [one["id"] for one in found.kept.to_pylist()] == [json.loads(line)["id"] for line in kept.splitlines()]
    columns = ["id", "kept_id", "kept_in", "kind", "reason", *NUMBERS]
    told = [json.loads(line) for line in removed.read_text("utf-8").splitlines()]
    assert [{name: one[name] for name in columns} for one in found.removed.to_pylist()] == [
        {name: one[name] for name in columns} for one in told
    ]
    assert found.removed.to_pylist()[0]["row"] == told[0]["line"] - 1


def test_neither_order_nor_threads_nor_batches_change_the_answer(made):
    first = wirecopy.find_events(made, threads=1)
    shuffled = list(made)
    random.Random(1).shuffle(shuffled)
    pieces = pa.Table.from_batches(pa.Table.from_pylist(shuffled).to_batches(max_chunksize=37))
    second = wirecopy.find_events(pieces, threads=3)
    for name in ["edges", "links", "events", "reports", "event_edges", "storylines"]:
        assert getattr(first, name).to_pylist() == getattr(second, name).to_pylist(), name
    rows = {one["id"]: one["row"] for one in second.articles.to_pylist()}
    assert all(shuffled[row]["id"] == id for id, row in rows.items())


def test_tables_that_are_passed_in_are_in_force(made):
    learned = wirecopy.find_events(made)
    part = wirecopy.find_events(made[:50], shells=learned.shells, terms=learned.terms)
    assert (part.shells, part.terms) == (learned.shells, learned.terms)
    with pytest.raises(wirecopy.WirecopyError, match="shells"):
        wirecopy.find_copies(made, shells="{}}")


def test_the_stages_of_a_run_find_what_the_run_finds(made):
    from wirecopy import stages

    run = wirecopy.find_copies(made)
    table = pa.Table.from_pylist(made)
    signed = pa.concat_tables(
        pa.table(stages.sign(batch, shells=run.shells)[0]) for batch in table.to_batches(max_chunksize=100)
    )
    pairs, twins = stages.propose(signed)
    documents = signed.select(["id", "document"])
    pairs = pa.table(pairs).join(documents.rename_columns(["a", "a_document"]), "a")
    pairs = pairs.join(documents.rename_columns(["b", "b_document"]), "b").combine_chunks()
    edges = pa.table(stages.compare(pairs, shells=run.shells)).sort_by([("a", "ascending"), ("b", "ascending")])
    others = {one["id"] for one in twins.to_pylist()}
    assert edges.to_pylist() == [one for one in run.edges.to_pylist() if not {one["a"], one["b"]} & others]
    scored = pa.table(stages.score(pairs, shells=run.shells))
    assert scored.num_rows == pairs.num_rows and {"log_odds", "names"} < set(scored.column_names)
