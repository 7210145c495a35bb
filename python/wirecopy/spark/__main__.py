"""``python -m wirecopy.spark``: the job, from the command line."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from .. import _wirecopy
from .job import ROWS_AT_ONCE, NoAnswer, run
from .work import BegunOtherwise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m wirecopy.spark",
        description="Finds copies and events among articles, on Apache Spark: the same answer as `wirecopy report` on one machine.",
    )
    parser.add_argument("--input", required=True, help="Parquet or JSON lines, on any path that Spark reads")
    parser.add_argument("--output", required=True, help="the folder to write, on any path that Spark writes")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--master", help="the master of a new session, such as local[4] or spark://host:7077 (default: Spark's own)")
    where.add_argument("--remote", help="a Spark Connect server, such as sc://host, instead of a master")
    parser.add_argument("--conf", action="append", default=[], metavar="KEY=VALUE", help="a setting of Spark; may be given again")
    parser.add_argument("--input-format", choices=["parquet", "json"], help="(default: by the ending)")
    parser.add_argument("--shells", metavar="FILE", help="the boilerplate that `wirecopy report --save-shells` saved (default: learned)")
    parser.add_argument("--terms", metavar="FILE", help="the document frequencies that `wirecopy report --save-terms` saved (default: learned)")
    parser.add_argument("--level", default="events", choices=["copies", "events"], help="how far to go (default: events)")
    parser.add_argument("--keep", default="earliest", choices=["earliest", "longest", "representative"], help="which of several copies is kept (default: earliest)")
    parser.add_argument("--drop", default="identical,copy", help="the kinds that are removed (default: identical,copy)")
    parser.add_argument("--restart", action="store_true", help="start anew, whatever the output was begun with")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing of stages that are done")
    group = parser.add_argument_group("options of the search, as of wirecopy report")
    for name, default, expected in _wirecopy.option_names():
        if name not in ("strict", "label_field"):
            group.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=f"{expected} (default: {default or 'none'})".replace("%", "%%"))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 done, 2 not."""
    parser = _parser()
    given = parser.parse_args(arguments)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("wirecopy")
    if given.master:
        builder = builder.master(given.master)
    if given.remote:
        builder = builder.remote(given.remote)
    if not (given.remote or os.environ.get("SPARK_REMOTE", "")).startswith("sc://"):
        # A file that is not there yet is no reason to warn. A server that runs already has a level of its own.
        builder = builder.config("spark.log.level", "ERROR")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", ROWS_AT_ONCE)
    for setting in given.conf:
        key, equals, value = setting.partition("=")
        if not equals:
            parser.error(f"--conf: found {setting}, expected KEY=VALUE")
        builder = builder.config(key, value)
    # Where workers run on this machine, in the Python that has wirecopy, and not in the first of the path.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    shells = None
    if given.shells:
        with open(given.shells, encoding="utf-8") as file:
            shells = file.read()
    terms = None
    if given.terms:
        with open(given.terms, "rb") as table:
            terms = table.read()
    names = [name for name, _, _ in _wirecopy.option_names() if hasattr(given, name)]
    options: dict[str, Any] = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    tell = (lambda line: None) if given.quiet else (lambda line: print(line, file=sys.stderr, flush=True))
    spark = builder.getOrCreate()
    try:
        run(
            spark,
            given.input,
            given.output,
            input_format=given.input_format,
            level=given.level,
            shells=shells,
            terms=terms,
            keep=given.keep,
            drop=given.drop,
            restart=given.restart,
            tell=tell,
            **options,
        )
    except (BegunOtherwise, NoAnswer) as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
