"""Options, errors, progress, Ctrl-C, explain, sign, the index."""

from __future__ import annotations

import json
import multiprocessing
import signal
import threading
import time
import typing

import pyarrow as pa
import pytest

import wirecopy
from wirecopy import _wirecopy


def test_options_are_those_of_the_command_line_and_no_others():
    names = {name for name, _, _ in _wirecopy.option_names()}
    assert names == set(typing.get_type_hints(wirecopy.Options))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"treshold": 0.7}, "there is no option `treshold`; did you mean `threshold`?"),
        ({"threshold": 1.5}, "threshold: found `1.5`, expected a number above 0 and at most 1"),
        ({"measure": "cosine"}, "measure: found `cosine`, expected coverage or jaccard"),
        ({"strict": "perhaps"}, "strict: found `perhaps`, expected true or false"),
    ],
)
def test_an_option_that_is_none_is_refused_by_its_name(options, said, seeds):
    with pytest.raises(wirecopy.SettingsError) as raised:
        wirecopy.find_copies(seeds, **options)
    assert str(raised.value).startswith(said)
    assert isinstance(raised.value, ValueError) and isinstance(raised.value, wirecopy.WirecopyError)


def test_an_error_names_the_row_and_the_cause(seeds):
    rows = [*seeds[:3], {"id": "no text"}, *seeds[3:]]
    found = wirecopy.find_copies(rows)
    assert found.set_aside["bad_records"] == 1 and len(found.articles) == 5
    (example,) = found.set_aside["examples"]
    assert example["row"] == 3 and example["reason"].startswith("no text field (tried text, content, body")
    with pytest.raises(wirecopy.InputError, match=r"^row 3: no text field .* name it with text_field$") as raised:
        wirecopy.find_copies(rows, strict=True)
    assert raised.value.row == 3
    with pytest.raises(wirecopy.InputError, match="^none of the 2 rows could be read as an article; row 0: no text") as raised:
        wirecopy.find_copies([{"id": 1}, {"id": 2}])
    assert raised.value.row == 0
    with pytest.raises(wirecopy.InputError, match="^text_field contents: no record has .* did you mean `content`") as raised:
        wirecopy.find_copies(pa.table({"id": ["a"], "content": ["một"]}), text_field="contents")
    assert raised.value.row is None
    with pytest.raises(wirecopy.InputError, match="^row 1: .*more than 20 bytes|^row 1: "):
        wirecopy.find_copies([{"text": "ngắn"}, {"text": "dài " * 20}], max_article_bytes=20, strict=True)


def test_one_id_with_two_texts_is_told_apart_and_strictly_refused(seeds):
    rows = [{**seeds[0], "id": "a"}, {**seeds[1], "id": "a"}]
    found = wirecopy.find_copies(rows)
    assert found.set_aside["renamed"] == 2 and all(one["id"].startswith("a#") for one in found.articles.to_pylist())
    with pytest.raises(wirecopy.InputError, match="^row [01]: another row has the id a too") as raised:
        wirecopy.find_copies(rows, strict=True)
    assert raised.value.row in (0, 1)


@pytest.mark.parametrize("table", [5, "text", {"text": ["a"]}, None])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(TypeError, match="expected an Arrow table"):
        wirecopy.find_copies(table)


def test_rows_that_are_no_dictionaries_are_refused():
    with pytest.raises(TypeError, match="row 1: found str, expected a dictionary"):
        wirecopy.find_copies([{"text": "a"}, "b"])


def test_memory_that_is_not_what_it_claims_is_refused():
    offsets, data = pa.py_buffer(bytes([0, 0, 0, 0, 4, 0, 0, 0])), pa.py_buffer(b"\xff\xfe\xfd\xfc")
    broken = pa.StringArray.from_buffers(1, offsets, data)
    with pytest.raises(wirecopy.InputError, match="column text: .*UTF-?8"):
        wirecopy.find_copies(pa.table({"text": broken}))


def test_progress_is_told_and_what_it_raises_is_raised(made):
    told = []
    wirecopy.find_events(made, progress=lambda *now: told.append(now))
    stage, done, total = told[-1]
    assert stage == "events" and done == 0 and total is None
    assert {stage for stage, _, _ in told} <= {"read", "sketch", "search", "verify", "events"}

    def refuse(stage, done, total):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        wirecopy.find_events(made, progress=refuse)


def many(made, times=20):
    table = pa.Table.from_pylist(made)
    copies = []
    for number in range(times):
        ids = pa.array([f"{number}-{id}" for id in table["id"].to_pylist()])
        texts = pa.array([f"{text} {number} {number * 7} {number * 31}" for text in table["text"].to_pylist()])
        copies.append(table.set_column(0, "id", ids).set_column(3, "text", texts))
    return pa.concat_tables(copies)


def test_ctrl_c_stops_the_work(made):
    """A signal whose handler raises, as that of Ctrl-C does."""
    table = many(made)
    begun = time.monotonic()
    whole = None
    if not hasattr(signal, "setitimer"):
        pytest.skip("no timers here")
    wirecopy.find_events(table)
    whole = time.monotonic() - begun
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        begun = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, whole / 10)
        with pytest.raises(KeyboardInterrupt):
            wirecopy.find_events(table)
        assert time.monotonic() - begun < whole * 0.8
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_other_threads_of_python_go_on(made):
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    begun = time.monotonic()
    wirecopy.find_events(many(made, 10), threads=1)
    took = time.monotonic() - begun
    stop.set()
    thread.join()
    assert counted[0] > took * 100, (counted, took)


def edges_of(articles):
    return wirecopy.find_copies(articles).edges.to_pylist()


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_that_were_forked_work(made):
    expected = edges_of(made)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(edges_of, [made, made]).get(timeout=120) == [expected, expected]


def test_explain_says_why(seeds, bulletins):
    text = seeds[2]["text"]
    why = wirecopy.explain(text, text.replace("Tổng thống Mỹ", "Ông Biden", 1))
    assert why["copy"]["kind"] in ("copy", "identical") and why["copy"]["coverage"] > 0.9 and why["schema_version"] == 1
    why = wirecopy.explain("000_f8286b7643dba526", "004_a48b6f3952fc66da", seeds)
    assert why["copy"]["kind"] is None and why["event"]["same_event"]
    why = wirecopy.explain({"id": "x", "text": text, "title": "a"}, {"id": "y", "text": text})
    assert (why["a"]["id"], why["b"]["id"], why["copy"]["kind"]) == ("x", "y", "identical")
    with pytest.raises(wirecopy.WirecopyError, match="did you mean 000_f8286b7643dba526"):
        wirecopy.explain("000_f8286b7643dba52", "004_a48b6f3952fc66da", seeds)
    with pytest.raises(TypeError, match="ids"):
        wirecopy.explain({"text": "a"}, "b", seeds)


def test_sign_gives_each_text_its_sketch(seeds):
    text = seeds[0]["text"]
    signed = wirecopy.sign([text, text.upper(), seeds[1]["text"], ""]).to_pylist()
    assert [one["row"] for one in signed] == [0, 1, 2, 3]
    fingerprints = [one["fingerprint"] for one in signed]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]
    assert signed[3]["words"] == 0 and signed[3]["samples"] == []
    assert signed[0]["samples"] == signed[1]["samples"] and len(signed[0]["samples"]) > 20
    assert not set(signed[0]["samples"]) & set(signed[2]["samples"])
    for texts in [pa.array([text]), pa.chunked_array([[text]]), iter([text])]:
        assert wirecopy.sign(texts).to_pylist()[0]["samples"] == signed[0]["samples"]
    assert wirecopy.sign(seeds).to_pylist()[0]["id"] == seeds[0]["id"]


def test_an_index_takes_in_articles_and_knows_copies_of_them(made, tmp_path):
    path = tmp_path / "made.index"
    index = wirecopy.Index.create(path)
    assert len(index) == 0 and repr(index) == f"wirecopy.Index('{path}')"
    added = index.add(made[:400])
    assert (added["new"], added["unchanged"], added["set_aside"]["bad_records"]) == (400, 0, 0)
    assert index.add(made[:10])["unchanged"] == 10
    index = wirecopy.Index.open(path)
    assert len(index) == index.info()["articles"] == 400
    check = index.check(made[390:], threads=2)
    assert (check.known, check.articles, check.failed) == (10, 200, True)
    assert sorted(check.passed + check.refused) == list(range(10, 210))
    of_copies = [one for one in check.findings.to_pylist() if one["rule"] == "copy"]
    assert of_copies and all(one["kind"] == "copy" and one["row"] in check.refused for one in of_copies)
    assert any(one["in_index"] and one["match_row"] is None for one in of_copies)
    assert not index.check(made[390:], fail_on=[]).failed
    kept = wirecopy.dedup(made[390:], against=index)
    assert {one["kept_in"] for one in kept.removed.to_pylist()} == {"against", "input"}
    assert all(one["kept_row"] is None for one in kept.removed.to_pylist() if one["kept_in"] == "against")


def test_an_index_that_is_not_there_or_is_other_is_an_error(made, tmp_path):
    with pytest.raises(wirecopy.CorpusIndexError, match="no index here"):
        wirecopy.Index(tmp_path / "none")
    index = wirecopy.Index.create(tmp_path / "six.index", window_words=6)
    with pytest.raises(wirecopy.CorpusIndexError, match="already"):
        wirecopy.Index.create(tmp_path / "six.index")
    with pytest.raises(wirecopy.CorpusIndexError, match="window_words: the index was made with 6, and 4"):
        index.add(made, window_words=4)
    with pytest.raises(wirecopy.WirecopyError, match="fail_on: found `copies`, expected some of unreadable, identical"):
        index.check(made, fail_on=["copies"])


def test_the_index_is_that_of_the_command_line(made, command_line, tmp_path):
    path = tmp_path / "made.index"
    wirecopy.Index.create(path).add(made[:300])
    info = json.loads(command_line("index", "info", str(path), "--json"))
    assert json.dumps(info).count('"articles": 300') or info.get("articles", info.get("index", {}).get("articles")) == 300
    lines = command_line("check", "-", "--against", str(path), "--format", "json", "-q", articles=made[300:])
    told = json.loads(lines)
    found = wirecopy.Index(path).check(made[300:])
    expected = {(one["article"]["id"], one["rule"]) for one in told["findings"]}
    assert {(one["id"], one["rule"]) for one in found.findings.to_pylist()} == expected
