"""Copy clusters in, events out, on Apache Spark.

    reports ── terms counted ──> term table
       └── event_terms, sorted by time ── by term ── posting_parts, by part ── event_neighbors ──> event_pairs
    event_pairs, by part with their documents ── event_compared ── by report ── event_among ── event_probabilities ──> event_scores
    event_scores ── components ── event_groups ──> event of each report

A *part* is a range of reports in order of time, so that most of what a report is compared with is in its own part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import stages
from .batches import by_key, each, filled, whole
from .components import connected_components
from .work import Work

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession


class EventStages:
    """The stages of a run that find events."""

    def __init__(
        self, spark: SparkSession, work: Work, shells: str | None, parts: int, min_confidence: float = 0.0
    ) -> None:
        self.spark, self.work, self.shells, self.parts = spark, work, shells, parts
        self.min_confidence = min_confidence

    def events(self, articles: DataFrame, clusters: DataFrame, edges: DataFrame, terms: bytes | None) -> DataFrame:
        """``id``, ``event``, ``representative``: of each article its event, and the article that stands for that."""
        from pyspark.sql import functions as F

        reports = self.reports(articles, clusters)
        table = self.terms(reports, terms)
        places = self.places(reports, table)
        # From here on a report is known by its place.
        placed = self.work.checkpoint("placed_reports")(
            reports.join(places.select("position", "place"), "position").select(F.col("place").alias("position"), "document")
        )
        ties = self.ties(clusters, edges, places)
        scores = self.scores(placed, places, ties, table)
        groups = self.positions(self.groups(placed, scores), places)

        def found() -> DataFrame:
            of_report = groups.select(F.col("position").alias("representative_position"), F.col("event").alias("stands_for"))
            ids = clusters.select(F.col("position").alias("stands_for"), F.col("id").alias("representative"))
            rows = clusters.select("id", "representative_position").join(of_report, "representative_position", "left")
            rows = rows.withColumn("stands_for", F.coalesce("stands_for", "representative_position"))
            rows = rows.join(ids, "stands_for").select("id", "representative")
            return rows.mapInArrow(each(stages.event_ids), "id string, event string, representative string")

        return self.work.stage("events", found)

    def reports(self, articles: DataFrame, clusters: DataFrame) -> DataFrame:
        """``position``, ``document`` of lone articles and representatives of clusters."""
        from pyspark.sql import functions as F

        chosen = clusters.where(F.col("position") == F.col("representative_position")).select("position")
        return self.work.stage(
            "reports", lambda: articles.select("position", "document").join(chosen, "position", "left_semi")
        )

    def terms(self, reports: DataFrame, given: bytes | None) -> bytes:
        """The table of document frequencies."""
        from pyspark.sql import functions as F

        def found() -> DataFrame:
            counts = reports.select("document").mapInArrow(each(stages.term_counts, shells=self.shells), _COUNTS)
            counts = counts.groupBy("language", "term").agg(
                F.sum("articles").alias("articles"), F.bool_or("word").alias("word")
            )
            counts = counts.select("language", "term", "articles", "word")
            matter = counts.mapInArrow(each(stages.counts_that_matter), _COUNTS).toArrow()
            table = stages.term_table(matter) if given is None else given
            return self.spark.createDataFrame([(bytearray(table),)], "table binary").coalesce(1)

        row = self.work.stage("terms", found).first()
        return b"" if row is None else bytes(row["table"])

    def places(self, reports: DataFrame, terms: bytes) -> DataFrame:
        """``position``, ``by_time``, ``terms``, ``weights``, ``likenesses``, ``place``, ``part`` of reports in order of time, then content."""
        from pyspark.sql import functions as F

        def found() -> DataFrame:
            rows = reports.mapInArrow(each(stages.event_terms, shells=self.shells, terms=terms), _TERMS)
            rows = rows.orderBy("by_time", "content", "position")
            return rows.withColumn("place", F.monotonically_increasing_id()).withColumn("part", F.spark_partition_id())

        return self.work.stage("event_terms", found)

    def positions(self, groups: DataFrame, places: DataFrame) -> DataFrame:
        """Groups by places, by positions."""
        from pyspark.sql import functions as F

        of = {
            name: places.select(F.col("place").alias(name), F.col("position").alias(f"of_{name}"))
            for name in ("position", "event")
        }
        rows = groups.join(of["position"], "position").join(of["event"], "event")
        return rows.select(F.col("of_position").alias("position"), F.col("of_event").alias("event"))

    def ties(self, clusters: DataFrame, edges: DataFrame, places: DataFrame) -> DataFrame:
        """``a``, ``b``, ``tie``: what copy detection says of two reports, by their places."""
        from pyspark.sql import functions as F

        placed = places.select(F.col("position").alias("representative_position"), "place")
        placed = clusters.select("position", "representative_position").join(placed, "representative_position")
        of = {end: placed.select(F.col("position").alias(end), F.col("place").alias(f"of_{end}")) for end in ("a", "b")}
        joined = edges.select("a", "b", "kind").join(of["a"], "a").join(of["b"], "b").where(F.col("of_a") != F.col("of_b"))
        pairs = joined.select(F.least("of_a", "of_b").alias("a"), F.greatest("of_a", "of_b").alias("b"), "kind")
        copied = F.bool_or(F.col("kind").isin("identical", "copy"))
        excerpt = F.bool_or(F.col("kind") == "excerpt")
        tie = F.when(copied, "copied").when(excerpt, "excerpt").otherwise("template").alias("tie")
        return self.work.stage("ties", lambda: pairs.groupBy("a", "b").agg(tie))

    def scores(self, reports: DataFrame, places: DataFrame, ties: DataFrame, terms: bytes) -> DataFrame:
        """``a``, ``b``, ``content``, ``alone``, ``probability`` of the pairs worth scoring."""
        from pyspark.sql import functions as F

        def proposed() -> DataFrame:
            term = F.explode(F.arrays_zip("terms", "weights", "likenesses")).alias("one")
            rows = places.select("place", "by_time", "part", term)
            of_term = [F.col("one.likenesses").alias("likeness"), F.col("one.weights").alias("weight")]
            rows = rows.select(F.col("one.terms").alias("term"), "place", "by_time", *of_term, "part")
            rows = rows.repartition(self.parts, "term").sortWithinPartitions("term", "place")
            handed = rows.mapInArrow(by_key("term", stages.posting_parts), _POSTINGS)
            pairs = handed.groupBy("to").applyInArrow(_neighbors, "a long, b long")
            return pairs.unionByName(ties.select("a", "b")).distinct()

        pairs = self.work.stage("event_pairs", proposed)

        def compared() -> DataFrame:
            part_of = places.select(F.col("place").alias("a"), "part")
            of_part = pairs.join(part_of, "a").select("part", "a", "b")
            ends = of_part.select("part", F.col("a").alias("position"))
            ends = ends.unionByName(of_part.select("part", F.col("b").alias("position"))).distinct()
            documents = ends.join(reports, "position").select(F.col("part").alias("to"), "position", "document")
            together = of_part.groupBy("part").cogroup(documents.groupBy("to"))
            return together.applyInArrow(_compared(self.shells, terms), _COMPARED)

        both = self.work.stage("event_compared", compared)

        def among() -> DataFrame:
            rows = both.select(F.col("a").alias("report"), "a", "b", "alone")
            rows = rows.unionByName(both.select(F.col("b").alias("report"), "a", "b", "alone"))
            return rows.repartition(self.parts, "report").mapInArrow(whole(stages.event_among), _AMONG)

        standing = self.work.stage("event_among", among)

        def decided() -> DataFrame:
            rows = both
            for end in ("a", "b"):
                numbers = [F.col(name).alias(f"{end}_{name}") for name in ("best", "few", "rank")]
                of_end = standing.where(F.col("report") == F.col(end)).select("a", "b", *numbers)
                rows = rows.join(of_end, ["a", "b"])
            rows = rows.join(ties, ["a", "b"], "left")
            return rows.mapInArrow(each(stages.event_probabilities), _SCORES)

        return self.work.stage("event_scores", decided)

    def groups(self, reports: DataFrame, scores: DataFrame) -> DataFrame:
        """``position``, ``event`` of the reports that some pair may join to others."""
        from pyspark.sql import functions as F

        def components() -> DataFrame:
            strong = scores.where(F.col("probability") >= stages.EVENT_THRESHOLD).select("a", "b")
            return connected_components(strong, self.work.checkpoint("event_rounds"))

        hang_together = self.work.stage("event_components", components)

        def found() -> DataFrame:
            part = F.pmod(F.xxhash64("first"), F.lit(self.parts)).alias("part")
            of_node = hang_together.select(F.col("node").alias("position"), part)
            rows = reports.join(of_node, "position").select("position", "document", "part")
            a = hang_together.select(F.col("node").alias("a"), F.col("first").alias("of_a"))
            b = hang_together.select(F.col("node").alias("b"), F.col("first").alias("of_b"))
            within = scores.join(a, "a").join(b, "b").where(F.col("of_a") == F.col("of_b"))
            within = within.select(*scores.columns, F.pmod(F.xxhash64("of_a"), F.lit(self.parts)).alias("part"))
            together = rows.groupBy("part").cogroup(within.groupBy("part"))
            return together.applyInArrow(_group(self.shells, self.min_confidence), "position long, event long")

        return self.work.stage("event_groups", found)


_COUNTS = "language int, term long, articles long, word boolean"
_TERMS = "position long, by_time long, content long, terms array<long>, weights array<float>, likenesses array<long>"
_POSTINGS = "term long, place long, by_time long, likeness long, weight float, part int, to int"
_COMPARED = "a long, b long, content double, alone double, days float, focus float, published float, brief boolean, bulletin boolean"
_AMONG = "report long, a long, b long, best double, few double, rank int"
_OF_SCORES = {"a": "int64", "b": "int64", "content": "float64", "alone": "float64", "probability": "float64"}
_SCORES = "a long, b long, content double, alone double, probability double"


# What follows runs in the workers.


def _neighbors(rows: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.table(stages.event_neighbors(rows))


def _compared(shells: str | None, terms: bytes) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def compared(pairs: pa.Table, reports: pa.Table) -> pa.Table:
        import pyarrow as pa

        return pa.table(stages.event_compared(pairs, reports, shells=shells, terms=terms))

    return compared


def _group(shells: str | None, min_confidence: float) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def group(reports: pa.Table, pairs: pa.Table) -> pa.Table:
        import pyarrow as pa

        pairs = filled(pairs, _OF_SCORES)
        return pa.table(stages.event_groups(reports, pairs, shells=shells, min_confidence=min_confidence))

    return group
