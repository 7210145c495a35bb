"""An event log of Spark in, what each stage of the job cost out: tasks, how even they were, bytes shuffled.

    python -m wirecopy.spark.measure EVENTS [--articles N]

``EVENTS`` is what ``--conf spark.eventLog.enabled=true --conf spark.eventLog.compress=false --conf spark.eventLog.dir=DIR`` leaves: a file, or a
folder of files.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .work import TAG


@dataclass
class Cost:
    """What the tasks of one stage of Spark cost."""

    stage: str
    """The stage of the job that it was for; empty for none."""
    seconds: list[float] = field(default_factory=list)
    """How long each task that succeeded ran, in seconds."""
    shuffled: int = 0
    """Bytes written for a shuffle."""
    spilled: int = 0
    """Bytes spilled to disk."""
    processor_seconds: float = 0.0
    """Time of processors in the JVM, not in Python."""
    failed: int = 0
    """Tasks that failed or were killed."""
    lost: int = 0
    """Of these, how many went with their executor."""


def events(path: pathlib.Path) -> Iterator[dict[str, Any]]:
    """The events of a log, in order."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("{"):
                    event = json.loads(line)
                    if isinstance(event, dict) and "Event" in event:
                        yield event


def costs(path: pathlib.Path) -> list[Cost]:
    """What each stage of Spark cost that had tasks, in order of their numbers."""
    found: dict[int, Cost] = {}
    for event in events(path):
        if event["Event"] == "SparkListenerJobStart":
            tags = str((event.get("Properties") or {}).get("spark.job.tags") or "").split(",")
            # Spark puts words of its own before a tag.
            stages = [tag.rsplit(TAG, 1)[1] for tag in tags if TAG in tag]
            for number in event["Stage IDs"]:
                found.setdefault(number, Cost(stages[0] if stages else ""))
        elif event["Event"] == "SparkListenerTaskEnd":
            _count(event, found.setdefault(event["Stage ID"], Cost("")))
    return [cost for _, cost in sorted(found.items()) if cost.seconds or cost.failed]


def _count(event: dict[str, Any], cost: Cost) -> None:
    reason = event["Task End Reason"]["Reason"]
    if reason != "Success":
        cost.failed += 1
        cost.lost += reason in ("ExecutorLostFailure", "FetchFailed")
        return
    metrics = event.get("Task Metrics") or {}
    cost.seconds.append(metrics.get("Executor Run Time", 0) / 1000)
    cost.shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    cost.spilled += metrics.get("Disk Bytes Spilled", 0)
    cost.processor_seconds += metrics.get("Executor CPU Time", 0) / 1e9


def main(arguments: list[str] | None = None) -> int:
    """Prints a line for each stage of the job."""
    parser = argparse.ArgumentParser(prog="python -m wirecopy.spark.measure", description="What each stage cost, by Spark's event log.")
    parser.add_argument("events", type=pathlib.Path, help="an event log: a file, or a folder of files, not compressed")
    parser.add_argument("--articles", type=int, default=1, help="divide bytes and time by so many (default: 1)")
    given = parser.parse_args(arguments)
    of_stage: dict[str, list[Cost]] = {}
    for cost in costs(given.events):
        of_stage.setdefault(cost.stage or "(other)", []).append(cost)
    row = "{:<12} {:>6} {:>8} {:>9} {:>9} {:>14} {:>12} {:>7}"
    lines = [row.format("stage", "tasks", "median s", "longest s", "of median", "shuffled B/art", "task ms/art", "failed")]
    for stage, every in of_stage.items():
        # Of the stage of Spark that has the longest task.
        worst = max((cost for cost in every if cost.seconds), key=lambda cost: max(cost.seconds), default=None)
        longest = max(worst.seconds) if worst else 0.0
        median = statistics.median(worst.seconds) if worst else 0.0
        lines.append(
            row.format(
                stage,
                sum(len(cost.seconds) for cost in every),
                f"{median:.2f}",
                f"{longest:.2f}",
                f"{longest / max(median, 0.001):.1f}",
                f"{sum(cost.shuffled for cost in every) / given.articles:.0f}",
                f"{1000 * sum(sum(cost.seconds) for cost in every) / given.articles:.2f}",
                sum(cost.failed for cost in every),
            )
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
