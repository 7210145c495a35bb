"""Stages as what ``mapInArrow`` calls in the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeAlias

    import pyarrow as pa

Batches: TypeAlias = "Iterator[pa.RecordBatch]"


def each(stage: Callable[..., Any], *more: Any, **options: Any) -> Callable[[Batches], Batches]:
    """A stage of each batch by itself."""

    def run(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            if batch.num_rows > 0:
                yield from pa.table(stage(batch, *more, **options)).to_batches()

    return run


def whole(stage: Callable[..., Any]) -> Callable[[Batches], Batches]:
    """A stage of all batches of a task together."""

    def run(batches: Batches) -> Batches:
        import pyarrow as pa

        every = list(batches)
        if every:
            yield from pa.table(stage(pa.Table.from_batches(every))).to_batches()

    return run


def by_key(key: str, stage: Callable[..., Any]) -> Callable[[Batches], Batches]:
    """A stage of batches that are sorted by a column: all rows of a value come together, though they may come in several batches."""

    def run(batches: Batches) -> Batches:
        import pyarrow as pa
        import pyarrow.compute as pc

        held: list[Any] = []
        for batch in batches:
            if batch.num_rows == 0:
                continue
            last = batch[key][batch.num_rows - 1]
            # Of the last value there may be more to come.
            begin = pc.index(batch[key], last).as_py()
            if begin > 0 or (held and held[-1][key][0].as_py() != last.as_py()):
                yield from pa.table(stage(pa.Table.from_batches([*held, batch.slice(0, begin)]))).to_batches()
                held = []
            held.append(batch.slice(begin))
        if held:
            yield from pa.table(stage(pa.Table.from_batches(held))).to_batches()

    return run


def filled(table: pa.Table, types: dict[str, str]) -> pa.Table | pa.RecordBatch:
    """The table; where it has no rows, a batch of none of these columns: a table without batches would not say which columns it has."""
    import pyarrow as pa

    if table.num_rows > 0:
        return table
    columns = [pa.array([], pa.type_for_alias(of_type)) for of_type in types.values()]
    return pa.RecordBatch.from_arrays(columns, names=list(types))
