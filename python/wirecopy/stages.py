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

__all__ = ["compare", "propose", "score", "sign"]

Arrow: TypeAlias = "ArrowTable | ArrowBatch"


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
