"""What people pass in, on its way to the compiled part: tables, articles, options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, Union

from . import _wirecopy

if TYPE_CHECKING:
    from typing import TypeAlias


class ArrowTable(Protocol):
    """Anything that hands out an Arrow stream: pyarrow, pandas, Polars, DuckDB, or a :class:`wirecopy.Table`."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowBatch(Protocol):
    """Anything that hands out an Arrow struct array, such as a ``pyarrow.RecordBatch``."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...


#: A table of articles: Arrow columns, which are not copied, or a dictionary for each article, which is.
Articles: TypeAlias = Union[ArrowTable, ArrowBatch, Iterable[Mapping[str, Any]]]


class Options(TypedDict, total=False):
    """Options with the names and the defaults of the command line, ``-`` being ``_``.

    Columns are found under the names that people use, such as ``id``, ``text``, ``title``, ``lead``, ``source`` and
    ``published``; ``docs/options.md`` lists all. They can be named.
    """

    id_field: str
    """The column that holds the id."""
    text_field: str
    """The column that holds the text."""
    title_field: str
    """The column that holds the title."""
    lead_field: str
    """The column that holds the lead."""
    source_field: str
    """The column that holds the outlet."""
    published_field: str
    """The column that holds the time of publication."""
    timezone: str
    """The time zone of times that name none, such as ``Asia/Ho_Chi_Minh``. Default: what most offsets say, else that of the index, else UTC."""
    date_format: str
    """The form of times that is tried before the usual ones, in the directives of ``strptime``. Default: none."""
    label_field: str
    """The column that holds a label of truth, which nothing here uses."""
    strict: bool
    """Raise at the first row that is no article, instead of counting it. Default: False."""
    max_article_bytes: int
    """A longer text is no article. Default: 16777216 (16 MiB)."""
    window_words: int
    """Words in a shingle, 1 to 64: what is shared in shorter runs does not count. Default: 5."""
    measure: Literal["coverage", "jaccard"]
    """What makes two articles copies. Default: coverage."""
    threshold: float
    """The least value of the measure, above 0 and at most 1. Default: 0.62 for coverage, 0.4 for jaccard."""
    excerpt_threshold: float
    """The least part of the shorter text in the longer that makes an excerpt, above 0 and at most 1. Default: 0.65 for
    coverage, 0.8 for jaccard."""
    target_recall: float
    """The probability with which a pair just at the threshold is found, 0.5 to 0.9999. Default: 0.99."""
    boilerplate: Literal["auto", "off"]
    """Whether boilerplate is learned and left out. Default: auto."""
    canonical: Literal["earliest", "longest", "representative"]
    """Which member of a copy cluster is its original. Default: earliest."""
    min_confidence: float
    """Take reports out of events in which they belong with less confidence, 0 to 1. Default: 0."""


def table_of(articles: Articles) -> Any:
    """Arrow as it is; dictionaries as columns of text."""
    if is_arrow(articles):
        return articles
    if isinstance(articles, (str, bytes, Mapping)) or not isinstance(articles, Iterable):
        # Refused, and told what is expected.
        return articles
    rows = list(articles)
    columns: dict[str, list[str | None]] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"row {number}: found {type(row).__name__}, expected a dictionary with a text and an id")
        for name, value in row.items():
            columns.setdefault(str(name), [None] * len(rows))[number] = _text_of(value)
    return _wirecopy.text_columns(len(rows), list(columns.items()))


def is_arrow(articles: object) -> bool:
    """Whether this hands out Arrow by itself."""
    return hasattr(articles, "__arrow_c_stream__") or hasattr(articles, "__arrow_c_array__")


def _text_of(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


def given(options: Mapping[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Options as the compiled part takes them: those that are ``None`` are as by default."""
    return [
        (name.replace("_", "-"), _value_of(value)) for name, value in {**options, **more}.items() if value is not None
    ]


def _value_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
