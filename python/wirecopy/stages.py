"""The stages of a run over tables, for engines that share out the work: each is a function of batches, as ``mapInArrow`` and the like
call them. Under the same tables of boilerplate and of terms they find what a run on one machine finds.

    articles -> sign -> rows of one key, or all -> propose -> pairs with the documents of both -> compare -> edges
                                                                                                -> score -> evidence

``threads`` is 1 here by default: such an engine runs one process a core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _wirecopy
from ._tables import Articles, ArrowBatch, ArrowTable, Options, given, table_of
from ._wirecopy import Table

if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Unpack

__all__ = [
    "EVENT_THRESHOLD",
    "MOST_OF_A_LIST",
    "articles_of",
    "clusters",
    "compare",
    "counts_that_matter",
    "event_among",
    "event_compared",
    "event_groups",
    "event_ids",
    "event_neighbors",
    "event_probabilities",
    "event_terms",
    "list_pairs",
    "list_rows",
    "outline",
    "pivot_pairs",
    "pivots_of_lists",
    "posting_parts",
    "prefilter",
    "propose",
    "score",
    "settle",
    "shells",
    "sign",
    "sign_documents",
    "term_counts",
    "term_table",
]

Arrow: TypeAlias = "ArrowTable | ArrowBatch"

#: A sample that more articles have than this makes a *long list*: these meet its pivots instead of each other.
MOST_OF_A_LIST: int = _wirecopy.most_of_a_list()

#: Reports that no chain of pairs of this probability joins are not of one event.
EVENT_THRESHOLD: float = _wirecopy.event_threshold()


def sign(
    articles: Articles, *, shells: str | None = None, threads: int = 1, **options: Unpack[Options]
) -> tuple[Table, dict[str, Any]]:
    """Articles to what the search and the comparison need of each: see :func:`wirecopy.sign`. With it what was set aside.
    Give each article an id of its own: what has none is called ``batch:N``, in every batch anew."""
    return _wirecopy.sign(table_of(articles), given(options), threads, None, shells)


def propose(signed: Arrow, *, threads: int = 1, **options: Unpack[Options]) -> tuple[Table, Table]:
    """Signed articles to pairs to compare (``a``, ``b``: ids, ``a`` before ``b``) and twins (``id``, ``first``: articles of exactly
    the words of another, which are in no pair).

    Of all articles at once, the pairs that a run compares. Of those of one sample, the pairs among them that have it in
    common: so rows may be brought together by each of their ``samples`` anywhere, and the pairs of all groups
    be put together."""
    return _wirecopy.propose(signed, given(options), threads, None)


def compare(pairs: Arrow, *, shells: str | None = None, threads: int = 1, **options: Unpack[Options]) -> Table:
    """Pairs (``a``, ``b``, ``a_document``, ``b_document``) to verified edges: ``a``, ``b``, ``similarity``, ``containment``,
    ``coverage`` (0 to 1), ``kind``. What is no edge has no row."""
    return _wirecopy.compare(pairs, given(options), threads, None, shells)


def score(pairs: Arrow, *, shells: str | None = None, terms: bytes | None = None, threads: int = 1) -> Table:
    """Pairs of reports (columns as for :func:`compare`) to what speaks for one event: the evidence by kind (0 to 1, or null),
    ``content`` and ``log_odds`` (the log odds that both report one event, days aside and all together)."""
    return _wirecopy.score(pairs, threads, None, shells, terms)


def outline(articles: Articles, *, threads: int = 1, **options: Unpack[Options]) -> tuple[Table, dict[str, Any]]:
    """Articles to what is kept of each until it is known what boilerplate there is: ``row``, ``id``, ``source``, ``published``,
    ``all_words`` (0: none, so it is a copy of nothing), ``outlet`` (hash), ``lines`` (hashes of what may be boilerplate), ``stories``
    (four hashes on which copies agree) and ``document`` (the article, compressed). With it what was set aside."""
    return _wirecopy.outline(table_of(articles), given(options), threads)


def settle(documents: Arrow) -> Table:
    """``document`` of all articles that share some ids, to the id of each: ``row`` (from 0), ``id``, and ``kept``, false for a record
    that has id and words of another. Records of one id and other words get ids of their own, ``id#hash``."""
    return _wirecopy.search_step("settle", documents, None, [])


def shells(counts: Arrow) -> str:
    """The table of boilerplate, as ``find_copies(shells=)`` takes it, of what was counted: ``line`` (hash), ``articles`` (how many have it),
    ``story_keys`` (how many different values of each story key these have, the sum over the four), ``of_outlet`` (how many articles
    the outlet has)."""
    return _wirecopy.shells(counts)


def sign_documents(
    documents: Arrow, *, shells: str | None = None, threads: int = 1, **options: Unpack[Options]
) -> Table:
    """``position`` (a number in order of ids) and ``document`` to ``position``, ``words``, ``shingles``, ``fingerprint``, ``whole``, ``content``,
    ``samples`` and ``imprint``, as of :func:`sign`."""
    return _wirecopy.sign_documents(documents, given(options), threads, shells)


def pivots_of_lists(rows: Arrow) -> Table:
    """``sample``, ``fingerprint``, ``position`` of articles to those rows that are the pivots of their sample: of parts of the rows first, then
    of what came of the parts."""
    return _wirecopy.search_step("pivots_of_lists", rows, None, [])


def list_rows(signed: Arrow, long: Arrow, **options: Unpack[Options]) -> Table:
    """``position``, ``shingles``, ``samples`` to a row for each sample that makes no long list: ``sample``, ``shingles``, ``position``,
    ``least``. ``long``: ``sample``, ``articles`` (how many have it) and ``pivots`` (positions) of each long list."""
    return _wirecopy.search_step("list_rows", signed, long, given(options))


def list_pairs(lists: Arrow) -> Table:
    """Lists (``members``: structs of ``shingles``, ``position``, ``least``) to the pairs of each: ``a``, ``b`` (positions, ``a`` before ``b``),
    ``least``: a pair is to be looked at where it has so many rows."""
    return _wirecopy.search_step("list_pairs", lists, None, [])


def pivot_pairs(signed: Arrow, long: Arrow, **options: Unpack[Options]) -> Table:
    """The same articles and long lists to the pairs with pivots: ``a``, ``b``."""
    return _wirecopy.search_step("pivot_pairs", signed, long, given(options))


def prefilter(pairs: Arrow, **options: Unpack[Options]) -> Table:
    """Pairs (``a``, ``b``, and of each ``a_words``, ``a_shingles``, ``a_samples``, ``a_imprint``) to those that may be edges: ``a``, ``b``."""
    return _wirecopy.search_step("prefilter", pairs, None, given(options))


def clusters(
    articles: Arrow, edges: Arrow, *, keep: str = "earliest", drop: str = "identical,copy", **options: Unpack[Options]
) -> Table:
    """Articles of whole components (``position``, ``id``, ``first``: position of the first with the same words, ``published``, ``words``,
    ``content``) and their edges (``a``, ``b``: positions, ``similarity``, ``containment``, ``coverage``, ``kind``) to copy clusters: a row an article with
    ``position``, ``id``, ``copy_cluster``, ``kind``, ``similarity``, ``containment``, ``coverage``, ``representative``, ``original``,
    ``representative_position`` and ``kept``."""
    return _wirecopy.clusters(articles, edges, given(options), keep, drop)


def articles_of(documents: Arrow) -> Table:
    """``document`` to ``source``, ``published``, ``title``, ``lead`` and ``text``."""
    return _wirecopy.search_step("articles_of", documents, None, [])


def term_counts(reports: Arrow, *, shells: str | None = None) -> Table:
    """``document`` of reports to ``language``, ``term`` (hash; -1: all reports), ``articles`` (how many have it), ``word`` (whether it is a single
    word in any), to be summed over all batches."""
    return _wirecopy.event_step("term_counts", reports, None, shells, None)


def counts_that_matter(counts: Arrow) -> Table:
    """Of sums of :func:`term_counts` the rows that :func:`term_table` needs."""
    return _wirecopy.event_step("counts_that_matter", counts, None, None, None)


def term_table(counts: Arrow) -> bytes:
    """The table of document frequencies, as ``find_events(terms=)`` takes it, of sums of :func:`term_counts`."""
    return _wirecopy.term_table(counts)


def event_terms(reports: Arrow, *, shells: str | None = None, terms: bytes | None = None) -> Table:
    """``position``, ``document`` to ``position``, ``by_time`` (rises with the day of publication), ``content`` (a hash of what the report says),
    ``terms`` (hashes of what it looks up), ``weights``, ``likenesses``."""
    return _wirecopy.event_step("event_terms", reports, None, shells, terms)


def posting_parts(postings: Arrow) -> Table:
    """``term``, ``place`` (rises with time, then content), ``by_time``, ``likeness``, ``weight``, ``part`` in order of term and place, all rows of a
    term together, to the same and ``to``: the part that needs the row."""
    return _wirecopy.event_step("posting_parts", postings, None, None, None)


def event_neighbors(rows: Arrow) -> Table:
    """All rows of :func:`posting_parts` that go to one part, to the pairs that its reports propose: ``a``, ``b`` (places)."""
    return _wirecopy.event_step("event_neighbors", rows, None, None, None)


def event_compared(pairs: Arrow, reports: Arrow, *, shells: str | None = None, terms: bytes | None = None) -> Table:
    """Pairs (``a``, ``b``) of reports (``position``, ``document``) to what each is by itself: ``content``, ``alone`` (log odds), ``days``, ``focus``,
    ``published`` (nearness), ``brief``, ``bulletin``."""
    return _wirecopy.event_step("event_compared", pairs, reports, shells, terms)


def event_among(rows: Arrow) -> Table:
    """``report``, ``a``, ``b``, ``alone`` of all pairs of some reports to how each stands among them: ``best``, ``few``, ``rank``."""
    return _wirecopy.event_step("event_among", rows, None, None, None)


def event_probabilities(pairs: Arrow) -> Table:
    """Pairs with what :func:`event_compared` and, of both reports, :func:`event_among` say, and their ``tie``, to ``content``, ``alone``,
    ``probability``."""
    return _wirecopy.event_step("event_probabilities", pairs, None, None, None)


def event_groups(reports: Arrow, pairs: Arrow, *, shells: str | None = None, min_confidence: float = 0.0) -> Table:
    """Reports (``position``, ``document``) of whole components and the pairs among them to ``position``, ``event``: the position of the report
    that stands for its event. Reports that belong with less than ``min_confidence`` stand alone."""
    return _wirecopy.event_step("event_groups", reports, pairs, shells, None, min_confidence)


def event_ids(events: Arrow) -> Table:
    """``id``, ``representative`` (ids of articles) to the same and ``event``."""
    return _wirecopy.event_step("event_ids", events, None, None, None)
