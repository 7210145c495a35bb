"""What a job has done already, so that it goes on from there: each stage writes Parquet, then its mark.

Paths are Spark's own, so a work folder may lie wherever Spark writes. A mark is a line of JSON, written as text by Spark when all of its
stage is there: what has no mark is made again from its start.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


#: What tags of jobs begin with.
TAG = "wirecopy-"


class BegunOtherwise(Exception):
    """The output was begun with other settings or another input: start anew, or name another output."""


class Work:
    """The folder ``work`` of an output."""

    def __init__(self, spark: SparkSession, path: str, tell: Callable[[str], object]) -> None:
        self.spark, self.path, self.tell = spark, path.rstrip("/"), tell
        self.marks: dict[str, dict[str, Any]] = {}

    def begin(self, asked: dict[str, Any], restart: bool) -> None:
        """Goes on with what was ``asked`` before, or begins it. Raises :class:`BegunOtherwise` where it was something else."""
        before = self.read_json("asked")
        if before is not None and before != asked and not restart:
            differing = [
                f"{name}: was {before.get(name)}, is {asked.get(name)}"
                for name in sorted({*before, *asked})
                if before.get(name) != asked.get(name)
            ]
            raise BegunOtherwise(
                f"{self.path}: was begun otherwise ({'; '.join(differing)}); "
                "ask for the same again, pass --restart to start anew, or name another --output"
            )
        if before != asked or restart:
            # Stages are of the begin that they name, so those of another one are not looked at.
            asked_at = time.time_ns()
            self.write_json("begun", {"at": asked_at})
            self.write_json("asked", asked)
        begun = self.read_json("begun") or {"at": 0}
        self.begun: int = begun["at"]

    def stage(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """The rows that ``make`` gives, from where they were written: now, or by a run before."""
        frame, _ = self.marked(name, make)
        return frame

    def marked(
        self, name: str, make: Callable[[], DataFrame], note: Callable[[DataFrame], dict[str, Any]] | None = None
    ) -> tuple[DataFrame, dict[str, Any]]:
        """The same, with its mark: ``rows``, ``seconds``, and what ``note`` says of the rows."""
        place = f"{self.path}/{name}"
        mark = self.read_json(f"{name}.done")
        if mark is not None and mark["begun"] == self.begun:
            self.tell(f"{name}: {mark['rows']} rows, done before")
        else:
            started = time.monotonic()
            self.tell(f"{name}: begun")
            # By this tag the jobs of a stage are known in Spark's event log.
            self.spark.addTag(f"{TAG}{name}")
            make().write.mode("overwrite").parquet(place)
            frame = self.spark.read.parquet(place)
            mark = {"begun": self.begun, "rows": frame.count(), **(note(frame) if note else {})}
            self.spark.removeTag(f"{TAG}{name}")
            mark["seconds"] = round(time.monotonic() - started, 1)
            self.write_json(f"{name}.done", mark)
            self.tell(f"{name}: {mark['rows']} rows in {mark['seconds']} s")
        self.marks[name] = {key: value for key, value in mark.items() if key != "begun"}
        return self.spark.read.parquet(place), self.marks[name]

    def done(self, name: str) -> DataFrame:
        """The rows of a stage that is done."""
        return self.spark.read.parquet(f"{self.path}/{name}")

    def said(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What ``make`` says, which is JSON and small: now, or in a run before."""
        known = self.read_json(name)
        if known is None or known["begun"] != self.begun:
            self.spark.addTag(f"{TAG}{name}")
            known = {"begun": self.begun, **make()}
            self.spark.removeTag(f"{TAG}{name}")
            self.write_json(name, known)
        return known

    def checkpoint(self, name: str) -> Callable[[DataFrame], DataFrame]:
        """Writes and reads what it is given, under a name of its own each time: a lost worker takes none of it along."""
        count = 0

        def keep(frame: DataFrame) -> DataFrame:
            nonlocal count
            count += 1
            place = f"{self.path}/{name}/{count}"
            frame.write.mode("overwrite").parquet(place)
            return self.spark.read.parquet(place)

        return keep

    def read_json(self, name: str) -> dict[str, Any] | None:
        """What was written under this name; ``None`` where nothing was, or not all of it."""
        from pyspark.errors import AnalysisException

        try:
            lines = self.spark.read.text(f"{self.path}/{name}.json").collect()
        except AnalysisException:
            return None
        value = json.loads(lines[0]["value"]) if lines else None
        return value if isinstance(value, dict) else None

    def write_json(self, name: str, value: dict[str, Any]) -> None:
        write_line(self.spark, f"{self.path}/{name}.json", json.dumps(value, sort_keys=True))


def write_line(spark: SparkSession, path: str, line: str) -> None:
    """A folder with one file of one line."""
    spark.createDataFrame([(line,)], "value: string").coalesce(1).write.mode("overwrite").text(path)
