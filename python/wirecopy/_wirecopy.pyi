"""The compiled part of wirecopy. What is for people to use is in ``wirecopy`` and ``wirecopy.stages``."""

from os import PathLike
from pathlib import Path
from typing import Any, Protocol

class Told(Protocol):
    def __call__(self, stage: str, done: int, total: int | None, /) -> object: ...

__version__: str

class Table:
    """A table of Arrow columns. Whatever takes the Arrow PyCapsule interface takes it without copying:
    ``pyarrow.table(t)``, ``polars.DataFrame(t)``, ``duckdb.sql("from t")``, ``pandas.DataFrame.from_arrow(t)``."""

    @property
    def num_rows(self) -> int:
        """How many rows it has."""
    @property
    def column_names(self) -> list[str]:
        """The names of its columns, in order."""
    def to_pylist(self) -> list[dict[str, Any]]:
        """A dictionary for each row. Needs nothing but Python; raises ``TypeError`` for a column of your own table that
        Python has no type for."""
    def to_pyarrow(self) -> Any:
        """A ``pyarrow.Table`` of the same memory. Needs pyarrow."""
    def to_polars(self) -> Any:
        """A ``polars.DataFrame``. Needs Polars."""
    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame``. Needs pandas and pyarrow."""
    def __len__(self) -> int: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...

class StoredIndex:
    def __init__(self, path: str | PathLike[str]) -> None: ...
    @staticmethod
    def create(path: str | PathLike[str], given: list[tuple[str, str]]) -> StoredIndex: ...
    @property
    def path(self) -> Path: ...
    def __len__(self) -> int: ...
    def info(self) -> str: ...
    def add(
        self, table: object, given: list[tuple[str, str]], threads: int, told: Told | None, wait: bool
    ) -> tuple[str, dict[str, Any]]: ...
    def check(
        self,
        table: object,
        given: list[tuple[str, str]],
        threads: int,
        told: Told | None,
        fail_on: list[str] | None,
        allow: list[str],
        own_revisions: bool,
    ) -> dict[str, Any]: ...

def option_names() -> list[tuple[str, str, str]]: ...
def text_columns(rows: int, columns: list[tuple[str, list[str | None]]]) -> Table: ...
def find(
    table: object,
    given: list[tuple[str, str]],
    threads: int,
    told: Told | None,
    shells: str | None,
    terms: bytes | None,
) -> dict[str, Any]: ...
def dedup(
    table: object,
    given: list[tuple[str, str]],
    threads: int,
    told: Told | None,
    keep: str,
    drop: str,
    against: object | None,
    index: str | PathLike[str] | None,
) -> dict[str, Any]: ...
def explain(
    table: object,
    a: str,
    b: str,
    given: list[tuple[str, str]],
    threads: int,
    told: Told | None,
    shells: str | None,
    terms: bytes | None,
) -> str: ...
def sign(
    table: object, given: list[tuple[str, str]], threads: int, told: Told | None, shells: str | None
) -> tuple[Table, dict[str, Any]]: ...
def propose(
    signed: object, given: list[tuple[str, str]], threads: int, told: Told | None
) -> tuple[Table, Table]: ...
def compare(
    pairs: object, given: list[tuple[str, str]], threads: int, told: Told | None, shells: str | None
) -> Table: ...
def score(pairs: object, threads: int, told: Told | None, shells: str | None, terms: bytes | None) -> Table: ...
def outline(table: object, given: list[tuple[str, str]], threads: int) -> tuple[Table, dict[str, Any]]: ...
def shells(counts: object) -> str: ...
def sign_documents(table: object, given: list[tuple[str, str]], threads: int, shells: str | None) -> Table: ...
def search_step(step: str, table: object, long: object | None, given: list[tuple[str, str]]) -> Table: ...
def clusters(articles: object, edges: object, given: list[tuple[str, str]], keep: str, drop: str) -> Table: ...
def most_of_a_list() -> int: ...
def event_step(
    step: str,
    table: object,
    more: object | None,
    shells: str | None,
    terms: bytes | None,
    min_confidence: float = 0.0,
) -> Table: ...
def term_table(counts: object) -> bytes: ...
def event_threshold() -> float: ...
