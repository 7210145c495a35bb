"""wirecopy finds copied and same-event news articles.

    >>> import wirecopy
    >>> text = "Bộ Y tế sáng nay công bố thêm mười hai ca mắc mới tại ba tỉnh miền Trung"
    >>> found = wirecopy.find_copies([{"id": 1, "text": text}, {"id": 2, "text": text + ", theo báo cáo."}])
    >>> [(edge["a"], edge["b"], edge["kind"]) for edge in found.edges.to_pylist()]
    [('1', '2', 'copy')]

Tables come in from pyarrow, pandas, Polars, DuckDB, or whatever else hands out Arrow streams, without being copied; results go out
the same way (:class:`Table`). The work is done on threads of its own without the GIL; Ctrl-C stops it. Every function takes

``threads``
    how many threads, 0 being as many as there are cores;
``progress``
    a function that is called at most ten times a second, and once at the end, with the stage (``read``, ``sketch``, ``search``,
    ``verify``, ``events``), how many units of it are done, and how many there are (``None`` where that is not known). What it
    raises stops the work;
``**options``
    the options of the command line, by their names there: see :class:`Options`.

The same rows under the same options give the same answer as the command line, whatever their order or the number of threads.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _wirecopy
from ._errors import CorpusIndexError, InputError, SettingsError, WirecopyError
from ._tables import Articles, Options, given, is_arrow, table_of
from ._wirecopy import Table, __version__

if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Unpack

__all__ = [
    "Articles",
    "Check",
    "Copies",
    "CorpusIndexError",
    "Dedup",
    "Events",
    "Index",
    "InputError",
    "Options",
    "SettingsError",
    "Table",
    "WirecopyError",
    "__version__",
    "dedup",
    "explain",
    "find_copies",
    "find_events",
    "sign",
]

Progress: TypeAlias = "Callable[[str, int, int | None], object]"


@dataclass(frozen=True)
class Copies:
    """Which articles are copies of each other."""

    articles: Table
    """A row an article, in order of id: ``id``, ``row`` (of your table, from 0), ``copy_cluster``, ``kind``, ``similarity``,
    ``containment``, ``coverage`` (0 to 1, how it compares with the cluster's representative; a lone article is identical to
    itself), ``representative``, ``original`` (ids), ``source``, ``published``, ``title``, ``words`` (boilerplate left out),
    ``event`` (null unless events were asked for), ``input`` (0). An article without an id is called ``table:N``, N being its row
    counted from 1; one id with two texts is told apart by ``#`` and a hash."""
    edges: Table
    """A row a verified pair: ``a``, ``b`` (ids), ``similarity``, ``containment``, ``coverage`` (0 to 1), ``kind``: ``identical``,
    ``copy``, ``excerpt`` or ``template``."""
    links: Table
    """A row a link between two clusters or lone articles that does not join them: the columns of ``edges``, ``a_cluster``,
    ``b_cluster``, ``edges`` (how many), ``cut`` (whether they would be chained by it)."""
    set_aside: Mapping[str, Any]
    """What of the rows was not compared, or not wholly read: counts (``bad_records``, ``empty``, ``repeated``, ``renamed``,
    ``undated``, ...), and under ``examples`` the first few, each with its ``row`` and the ``reason``."""
    settings: Mapping[str, str]
    """The options that shape the answer, each with the value in force, and their ``fingerprint``."""
    shells: str
    """The table of boilerplate in force, to be passed in elsewhere; what ``--save-shells`` writes."""


@dataclass(frozen=True)
class Events(Copies):
    """Which articles report the same event, and which are copies of each other."""

    events: Table
    """A row an event, those of one article too, most reports first: ``id``, ``label``, ``representative``, ``members`` (ids),
    ``names``, ``days``, ``independent`` (reports that are no copies), ``outlets``, ``first_published``, ``last_published``."""
    reports: Table
    """A row an independent report of an event of several: ``event``, ``id``, ``confidence`` (0 to 1), and what it shares with the
    others: ``names``, ``days``, ``words``."""
    event_edges: Table
    """A row a pair of reports that may be of one event: ``a``, ``b``, ``score`` (0 to 1), ``tie`` (``copied``, ``excerpt``
    or ``template``, mostly null), and the evidence by kind (0 to 1, or null)."""
    storylines: Table
    """A row for two events of one storyline: ``from``, ``to``, ``relation`` (``later``), ``days`` between."""
    terms: bytes
    """The table of document frequencies in force, to be passed in elsewhere; what ``--save-terms`` writes."""


def find_copies(
    table: Articles,
    *,
    shells: str | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: Unpack[Options],
) -> Copies:
    """Which articles of a table are copies of each other: pairs found by hashing, each compared exactly.

    ``shells``: boilerplate to leave out, as :attr:`Copies.shells` of an earlier result has it, instead of learning it.

    Raises :class:`SettingsError` for an option, :class:`InputError` for a table or a row, and ``TypeError`` for what is no table.
    """
    found = _wirecopy.find(
        table_of(table), given(options, level="copies"), threads, progress, shells, None
    )
    return Copies(**{name: found[name] for name in Copies.__dataclass_fields__})


def find_events(
    table: Articles,
    *,
    shells: str | None = None,
    terms: bytes | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: Unpack[Options],
) -> Events:
    """Which articles of a table report the same event, whatever their wording; and which are copies, as :func:`find_copies`.

    ``shells``, ``terms``: tables of an earlier result, instead of learning them. Raises as :func:`find_copies`.
    """
    found = _wirecopy.find(table_of(table), given(options, level="events"), threads, progress, shells, terms)
    return Events(**{name: found[name] for name in Events.__dataclass_fields__})


@dataclass(frozen=True)
class Dedup:
    """What stays of a table, and why the rest goes."""

    kept: Table
    """The rows that stay, in their order and with all of their columns."""
    removed: Table
    """A row for each other one: ``row``, ``id``, ``reason`` (``edge``, ``repeated`` or ``bad_record``), ``kept_id``, ``kept_in``
    (``input`` or ``against``), ``kept_row``, ``kind``, ``similarity``, ``containment``, ``coverage``: the kept article that it was
    compared with."""
    set_aside: Mapping[str, Any]
    """As :attr:`Copies.set_aside`."""
    settings: Mapping[str, str]
    """As :attr:`Copies.settings`."""


def dedup(
    table: Articles,
    *,
    keep: str = "earliest",
    drop: str | Iterable[str] = ("identical", "copy"),
    against: Articles | Index | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: Unpack[Options],
) -> Dedup:
    """The rows that are left when of copies one is kept. Each removed one has a verified pair with a kept one.

    ``keep``: which copy stays: ``earliest``, ``longest``, ``representative``, or ``source:A,B`` (outlets, the most preferred first).
    ``drop``: for which kinds an article goes, of ``identical``, ``copy``, ``excerpt``, ``template``.
    ``against``: another table, or an :class:`Index`: what is a copy of an article there goes too.

    Raises as :func:`find_copies`, and :class:`CorpusIndexError`.
    """
    index = against.path if isinstance(against, Index) else None
    other = None if against is None or isinstance(against, Index) else table_of(against)
    kinds = drop if isinstance(drop, str) else ",".join(drop)
    found = _wirecopy.dedup(table_of(table), given(options), threads, progress, keep, kinds, other, index)
    return Dedup(**found)


def sign(
    texts: Articles | Iterable[str],
    *,
    shells: str | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: Unpack[Options],
) -> Table:
    """What the search for copies goes by, of texts or of a table of articles: a row for each.

    ``row``, ``id``, ``source``, ``published``, ``words``, ``shingles``; ``fingerprint`` (of its words without boilerplate, 64 bits
    as a signed number) and ``whole`` (of all its words): equal in either, texts are exact duplicates; ``samples`` (the sketch,
    hashes that are sampled from all of them: what candidates have in common), ``imprint``, ``document`` (the article,
    compressed). :mod:`wirecopy.stages` goes on from there. Boilerplate is not learned here: pass ``shells``.

    Raises as :func:`find_copies`.
    """
    return _wirecopy.sign(_texts_or_table(texts), given(options), threads, progress, shells)[0]


def _texts_or_table(texts: Any) -> Any:
    values = getattr(texts, "to_pylist", None) or getattr(texts, "to_list", None)
    if values is not None and not isinstance(texts, Table) and not hasattr(texts, "columns"):
        # A column is no table, and is copied.
        texts = values()
    elif isinstance(texts, Iterable) and not isinstance(texts, (str, Mapping)) and not is_arrow(texts):
        texts = list(texts)
    if isinstance(texts, list) and all(text is None or isinstance(text, str) for text in texts):
        return _wirecopy.text_columns(len(texts), [("text", texts)])
    return table_of(texts)


def explain(
    a: str | Mapping[str, Any],
    b: str | Mapping[str, Any],
    table: Articles | None = None,
    *,
    shells: str | None = None,
    terms: bytes | None = None,
    threads: int = 0,
    progress: Progress | None = None,
    **options: Unpack[Options],
) -> dict[str, Any]:
    """Why two articles are copies or reports of one event, or are not.

    With a ``table``, ``a`` and ``b`` are ids of its articles. Without, they are texts, or dictionaries of one article each. How alike
    two articles have to be is known from what stands beside them: boilerplate, how rare a word is. So give the table that they are
    of, or its ``shells`` and ``terms``.

    The answer has the fields of ``schemas/explain-1.json``: ``a``, ``b``, ``copy`` (``kind``, null where they are no edge; the
    numbers; every shared passage), ``event`` (the evidence). Raises as :func:`find_copies`.
    """
    if table is None:
        table = [_article(a, "a"), _article(b, "b")]
        a, b = (str(article["id"]) for article in table)
    if not isinstance(a, str) or not isinstance(b, str):
        raise TypeError("explain: with a table, a and b are ids of its articles")
    found = _wirecopy.explain(table_of(table), a, b, given(options), threads, progress, shells, terms)
    answer: dict[str, Any] = json.loads(found)
    return answer


def _article(article: str | Mapping[str, Any], name: str) -> dict[str, Any]:
    if isinstance(article, str):
        return {"id": name, "text": article}
    if isinstance(article, Mapping):
        return {**article, "id": str(article.get("id") or name)}
    raise TypeError(f"{name}: found {type(article).__name__}, expected a text or a dictionary of an article")


@dataclass(frozen=True)
class Check:
    """What new articles were found to be."""

    failed: bool
    """Whether any finding fails the check, or it could not be made wholly (``errors``)."""
    findings: Table
    """A row for each article that something was found of and each that it matches: ``rule`` (``identical``, ``copy``, ``excerpt``,
    ``contains``, ``template``, ``revision``, ``same-event``, ``unreadable``), ``verdict`` (``fails``, ``informs``, ``accepted``),
    ``id``, ``row``, ``match_id``, ``match_row`` (null in the index), ``in_index``, ``kind``, ``similarity``, ``containment``,
    ``coverage``, ``confidence`` (of one event), ``passage`` (the longest that both have), ``reason`` (of an unreadable row)."""
    passed: list[int]
    """Rows that were judged and may come in."""
    refused: list[int]
    """Rows that fail."""
    articles: int
    """How many articles were judged."""
    known: int
    """How many the index has with the same words, and so were not judged."""
    errors: list[str]
    """Why the check could not be made wholly."""
    set_aside: Mapping[str, Any]
    """As :attr:`Copies.set_aside`, of reading alone."""


class Index:
    """An index in a folder, that new articles are held against. Of an article of 450 words it keeps 1.8 kilobytes.

        >>> index = wirecopy.Index.create("archive.index")                            # doctest: +SKIP
        >>> index.add(archive)                                                        # doctest: +SKIP
        >>> index.check(today).refused                                                # doctest: +SKIP

    Every call sees the index as it is then; one process writes, any number read. Errors are :class:`CorpusIndexError`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens the index in this folder."""
        self._stored = _wirecopy.StoredIndex(os.fspath(path))

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Index:
        """The index in this folder: the same as ``Index(path)``."""
        return cls(path)

    @classmethod
    def create(cls, path: str | os.PathLike[str], **options: Unpack[Options]) -> Index:
        """Makes an index without articles in a folder that is empty or not there. Options that shape what is stored
        (``window_words``, ``boilerplate``) are fixed by it."""
        _wirecopy.StoredIndex.create(os.fspath(path), given(options))
        return cls(path)

    @property
    def path(self) -> str:
        """Where it is."""
        return os.fspath(self._stored.path)

    def __len__(self) -> int:
        return len(self._stored)

    def __repr__(self) -> str:
        return f"wirecopy.Index({self.path!r})"

    def info(self) -> dict[str, Any]:
        """What it is, in numbers: ``articles``, ``segments``, ``bytes``, ``generation``, ``shells``, ..."""
        answer: dict[str, Any] = json.loads(self._stored.info())
        return answer

    def add(
        self,
        table: Articles,
        *,
        wait: bool = False,
        threads: int = 0,
        progress: Progress | None = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]:
        """Adds articles, in batches, each of which is there for good once it is committed; says how many were ``new``,
        ``revised``, ``unchanged``, ``older``, ``repeated``, ``empty``, and what was ``set_aside``. An article whose id is known is a
        new version (``revised``): it takes the place of the one that is there, unless both have a time and the new one is the older
        (``older``). New articles are compared with earlier wording as well. ``merge_failed`` is ``None``, or says why files of the index
        were not merged afterwards: what was added is there all the same. Boilerplate is learned from what is added first: so begin with
        much. ``wait``: wait where another process is writing, instead of raising."""
        added, aside = self._stored.add(table_of(table), given(options), threads, progress, wait)
        return {**json.loads(added), "set_aside": aside}

    def check(
        self,
        table: Articles,
        *,
        fail_on: Iterable[str] | None = None,
        allow: Iterable[str] = (),
        own_revisions: bool = False,
        threads: int = 0,
        progress: Progress | None = None,
        **options: Unpack[Options],
    ) -> Check:
        """Which new articles copy what the index holds, or one another.

        ``fail_on``: the rules that fail the check; by default ``unreadable``, ``identical``, ``copy``, ``excerpt``.
        ``allow``: whose texts may stand where: ``"OUTLET"``, or ``"OUTLET -> OUTLET"``.
        ``own_revisions``: whether a later version of a text by its own outlet is a ``revision`` and no copy.
        """
        rules = None if fail_on is None else list(fail_on)
        found = self._stored.check(
            table_of(table), given(options), threads, progress, rules, list(allow), own_revisions
        )
        return Check(**found)
