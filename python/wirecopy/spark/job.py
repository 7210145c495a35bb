"""Articles in, copy clusters, edges, events and what is kept out, on Apache Spark: the stages of a run on one machine, between which Spark brings
rows together.

    read ── settle, sort by id ──> articles ── lines counted ──> shells
                                      └── sign_documents ──> signed ── equal words ──> twins
    signed ── by sample ──> lists ──> candidates ── prefilter ──> pairs ── compare ──> edges ── components ──> clusters

What is done by a function of :mod:`wirecopy.stages` is Rust; what is counted, joined and sorted is Spark's. An article is known by its
``position``, a number that rises with its id, as ties are settled by the order of ids on one machine too.

No task gets all of what is common to many: a sample that very many articles have makes no list but pivots, and an article that is in
very many pairs, as pivots are, is handed out in as many copies as it takes (:func:`_beside`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import _wirecopy, stages
from .batches import Batches, each, filled, whole
from .components import connected_components
from .events import EventStages
from .work import Work, write_line

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

#: An article in more pairs than this is joined with them in parts of about so many. Fewer make more copies of what is common, more
#: make tasks less even.
PAIRS_TOGETHER = 512

#: So many pairs of lists are made at once: 16 MB.
PAIRS_AT_ONCE = 1 << 20

#: Sizes of Arrow batches by rows: documents of both ends of so many pairs take some 10 MB.
ROWS_AT_ONCE = 4096

#: Components are clustered in so many parts for each partition of a shuffle.
PARTS_A_PARTITION = 2



class NoAnswer(Exception):
    """The input is none that could be answered for."""


def run(
    spark: SparkSession,
    input: str,
    output: str,
    *,
    input_format: str | None = None,
    level: str = "events",
    shells: str | None = None,
    terms: bytes | None = None,
    keep: str = "earliest",
    drop: str = "identical,copy",
    restart: bool = False,
    tell: Callable[[str], object] = lambda line: None,
    **options: Any,
) -> dict[str, Any]:
    """Finds the copies among the articles of ``input`` (Parquet or JSON lines; a path that Spark reads) and writes ``clusters``, ``edges``,
    ``kept``, ``shells.json`` and ``manifest.json`` into the folder ``output``; in its folder ``work`` what the stages found, from where a run that
    was broken off goes on. Returns the manifest.

    ``shells`` is a table of boilerplate (JSON text) to use instead of learning one; ``options`` are those of
    :func:`wirecopy.find_copies`. Each article needs an id of its own.

    Raises :class:`NoAnswer` where no article could be read or some have no id, and :class:`BegunOtherwise` where ``output`` was begun with other
    settings or another input, unless ``restart``.
    """
    output = output.rstrip("/")
    work = Work(spark, f"{output}/work", tell)
    kind = input_format or _format_of(spark, input)
    asked = {
        "input": input,
        "input_format": kind,
        "files": _files_mark(spark, input),
        "level": level,
        "shells": None if shells is None else _mark(shells.encode()),
        "terms": None if terms is None else _mark(terms),
        "keep": keep,
        "drop": drop,
        "options": {name: options[name] for name in sorted(options) if options[name] is not None},
        "version": _wirecopy.__version__,
    }
    work.begin(asked, restart)
    job = _Job(spark, work, options)
    articles, set_aside = job.articles(_read(spark, input, kind))
    table = job.shells(articles, shells)
    signed = job.signed(articles, table)
    twins = job.twins(signed)
    candidates = job.candidates(job.firsts(signed, twins))
    edges = job.edges(articles, signed, candidates, table)
    clusters = job.clusters(articles, twins, edges, keep, drop)
    job.write(output, articles, edges, clusters, table)
    tables = {"shells": _mark((table or "").encode())}
    if level == "events":
        finder = EventStages(spark, work, table, _partitions(spark), float(options.get("min_confidence") or 0))
        events = finder.events(articles, clusters, edges, terms)
        events.write.mode("overwrite").parquet(f"{output}/events")
        in_force = work.done("terms")
        in_force.write.mode("overwrite").parquet(f"{output}/terms")
        tables["terms"] = _mark(bytes(in_force.collect()[0]["table"]))
    manifest = {
        "asked": asked,
        "set_aside": set_aside,
        "tables": tables,
        "stages": work.marks,
    }
    write_line(spark, f"{output}/manifest.json", json.dumps(manifest, sort_keys=True))
    return manifest


def _mark(table: bytes) -> str:
    return hashlib.sha256(table).hexdigest()[:16]


def _read(spark: SparkSession, path: str, kind: str) -> DataFrame:
    if kind == "parquet":
        return spark.read.parquet(path)
    # As they are written, so that an id 007 stays one.
    frame = spark.read.option("primitivesAsString", True).json(path)
    # What is compressed as a whole is read by one task; the rest should not wait for it.
    return frame.repartition(_partitions(spark)) if path.endswith((".gz", ".bz2", ".zst")) else frame


def _partitions(spark: SparkSession) -> int:
    return int(spark.conf.get("spark.sql.shuffle.partitions") or 200)


def _listing(spark: SparkSession, path: str) -> list[tuple[str, int, int]]:
    """The files of the input with their sizes and times, none of them read."""
    files = spark.read.format("binaryFile").load(path).select("path", "length", "modificationTime").collect()
    return sorted((one["path"], one["length"], int(one["modificationTime"].timestamp() * 1000)) for one in files)


def _files_mark(spark: SparkSession, path: str) -> str:
    return _mark(repr(_listing(spark, path)).encode())


def _format_of(spark: SparkSession, path: str) -> str:
    names = [path, *(name for name, _, _ in _listing(spark, path))]
    if any(name.endswith(".parquet") for name in names):
        return "parquet"
    endings = (".jsonl", ".ndjson", ".json")
    if any(name.removesuffix(".gz").removesuffix(".zst").removesuffix(".bz2").endswith(endings) for name in names):
        return "json"
    raise NoAnswer(f"{path}: neither .parquet nor .jsonl; say which with --input-format parquet or json")


class _Job:
    """The stages of one run."""

    def __init__(self, spark: SparkSession, work: Work, options: dict[str, Any]) -> None:
        self.spark, self.work, self.options = spark, work, options

    def articles(self, raw: DataFrame) -> tuple[DataFrame, dict[str, int]]:
        """``position``, ``id``, ``published``, ``outlet``, ``lines``, ``stories``, ``document`` of all articles that have a word, in order of id."""
        from pyspark.sql import functions as F

        read = self.work.stage("read", lambda: raw.mapInArrow(_outline(self.options), _READ))
        set_aside = self.work.said("set_aside", lambda: _set_aside(read))
        set_aside = {name: count for name, count in set_aside.items() if name != "begun"}
        rows = read.where(F.col("set_aside").isNull())
        with_words = rows.where(F.col("all_words") > 0).drop("set_aside", "all_words", "source")

        def settled() -> DataFrame:
            same = with_words.groupBy("id").count().where(F.col("count") > 1).select("id")
            alone = with_words
            if same.head(1):
                clashing = with_words.join(same, "id", "left_semi").repartition("id")
                settled = clashing.mapInArrow(_settle, with_words.schema)
                alone = with_words.join(same, "id", "left_anti").unionByName(settled)
            # Positions rise with ids: partitions follow each other, and so do numbers within.
            return alone.orderBy("id").withColumn("position", F.monotonically_increasing_id())

        articles, mark = self.work.marked("articles", settled)
        if mark["rows"] == 0:
            raise NoAnswer(f"no article could be read ({json.dumps(set_aside)}); name the columns with --text-field and --id-field")
        if set_aside["unnamed"] > 0:
            raise NoAnswer(f"{set_aside['unnamed']} articles have no id; give each an id, or name its column with --id-field")
        return articles, set_aside

    def shells(self, articles: DataFrame, given: str | None) -> str | None:
        """The table of boilerplate."""
        if given is not None:
            return given
        if self.options.get("boilerplate") == "off":
            return None
        return str(self.work.said("shells", lambda: {"table": _learn_shells(articles)})["table"])

    def signed(self, articles: DataFrame, shells: str | None) -> DataFrame:
        """``position``, ``words``, ``shingles``, ``fingerprint``, ``whole``, ``content``, ``samples``, ``imprint``."""
        return self.work.stage(
            "signed", lambda: articles.select("position", "document").mapInArrow(_sign(self.options, shells), _SIGNED)
        )

    def twins(self, signed: DataFrame) -> DataFrame:
        """``position``, ``first``, ``words``, ``content``: of each article the first that has exactly its words, with its boilerplate or without,
        or that has those of another that does."""
        from pyspark.sql import functions as F

        same = self.work.stage("same_words", lambda: self.same_words(signed))

        def found() -> DataFrame:
            rows = signed.select("position", "words", "content", F.col("fingerprint").alias("node")).join(same, "node", "left")
            rows = rows.select("position", "words", "content", F.coalesce("first", "node").alias("group"))
            groups = rows.groupBy("group").agg(F.min("position").alias("first"), F.count("*").alias("articles"))
            rows = rows.join(groups.where(F.col("articles") > 1).drop("articles"), "group", "left")
            return rows.select("position", F.coalesce("first", "position").alias("first"), "words", "content")

        return self.work.stage("twins", found)

    def same_words(self, signed: DataFrame) -> DataFrame:
        """``node``, ``first``: fingerprints of articles that are equal with their boilerplate, or where one is without boilerplate what the other
        is with it. Of each such fingerprint the smallest that it is joined with, through others too."""
        from pyspark.sql import functions as F

        hashes = F.explode(F.array("fingerprint", "whole")).alias("hash")
        rows = signed.select("fingerprint", hashes).distinct()
        # Nearly all hashes have one fingerprint: the graph is small, however many articles there are.
        least = rows.groupBy("hash").agg(F.min("fingerprint").alias("a"), F.count("*").alias("fingerprints"))
        joined = rows.join(least.where(F.col("fingerprints") > 1), "hash").where(F.col("a") != F.col("fingerprint"))
        return connected_components(joined.select("a", F.col("fingerprint").alias("b")), self.work.checkpoint("same_words_rounds"))

    def firsts(self, signed: DataFrame, twins: DataFrame) -> DataFrame:
        """The signed articles that are the first of their words."""
        from pyspark.sql import functions as F

        others = twins.where(F.col("position") != F.col("first")).select("position")
        return self.work.stage("firsts", lambda: signed.join(others, "position", "left_anti"))

    def long_lists(self, firsts: DataFrame) -> pa.Table:
        """``sample``, ``articles``, ``pivots`` of the samples that very many articles have."""
        from pyspark.sql import functions as F

        rows = firsts.select(F.explode("samples").alias("sample"), "fingerprint", "position")

        def found() -> DataFrame:
            lists = rows.groupBy("sample").agg(F.count("*").alias("articles"))
            lists = lists.where(F.col("articles") > stages.MOST_OF_A_LIST)
            members = rows.join(F.broadcast(lists.select("sample")), "sample", "left_semi")
            # Of each part first, so that of no list more than a few rows come together.
            pivots = members.mapInArrow(each(stages.pivots_of_lists), _PIVOTS)
            pivots = pivots.repartition("sample").mapInArrow(whole(stages.pivots_of_lists), _PIVOTS)
            by_sample = pivots.groupBy("sample").agg(F.collect_list("position").alias("pivots"))
            return lists.join(by_sample, "sample")

        return self.work.stage("long_lists", found).select("sample", "articles", "pivots").toArrow()

    def candidates(self, firsts: DataFrame) -> DataFrame:
        """``a``, ``b``: positions of articles that may share enough."""
        from pyspark.sql import functions as F

        long = self.long_lists(firsts)
        keys = firsts.select("position", "shingles", "samples")

        def found() -> DataFrame:
            rows = keys.mapInArrow(each(stages.list_rows, long, **self.options), _LIST_ROWS)
            member = F.struct("shingles", "position", "least")
            lists = rows.groupBy("sample").agg(F.collect_list(member).alias("members"))
            lists = lists.where(F.size("members") > 1).select("members")
            met = lists.mapInArrow(_list_pairs, "a long, b long, least int")
            pairs = met.groupBy("a", "b").agg(F.count("*").alias("met"), F.max("least").alias("least"))
            pairs = pairs.where(F.col("met") >= F.col("least")).select("a", "b")
            if long.num_rows == 0:
                return pairs
            pivots = keys.mapInArrow(each(stages.pivot_pairs, long, **self.options), "a long, b long")
            return pairs.unionByName(pivots).distinct()

        return self.work.stage("candidates", found)

    def edges(self, articles: DataFrame, signed: DataFrame, candidates: DataFrame, shells: str | None) -> DataFrame:
        """``a``, ``b`` (positions), ``similarity``, ``containment``, ``coverage``, ``kind``."""
        from pyspark.sql import functions as F

        sketches = signed.select("position", "words", "shingles", "samples", "imprint")

        def pairs() -> DataFrame:
            both = _beside(_beside(candidates, "a", sketches), "b", sketches)
            return both.mapInArrow(each(stages.prefilter, **self.options), "a long, b long")

        def compared() -> DataFrame:
            documents = articles.select("position", "document")
            both = _beside(_beside(kept, "a", documents), "b", documents)
            both = both.select(F.col("a").cast("string"), F.col("b").cast("string"), "a_document", "b_document")
            found = both.mapInArrow(each(stages.compare, shells=shells, **self.options), _EDGES)
            return found.withColumn("a", F.col("a").cast("long")).withColumn("b", F.col("b").cast("long"))

        kept = self.work.stage("pairs", pairs)
        return self.work.stage("verified", compared)

    def clusters(self, articles: DataFrame, twins: DataFrame, edges: DataFrame, keep: str, drop: str) -> DataFrame:
        """The columns of :func:`wirecopy.stages.clusters`, a row an article."""
        from pyspark.sql import functions as F

        dropped = [kind.strip() for kind in drop.split(",")]
        joining = edges.where(F.col("kind").isin("identical", "copy", *dropped))

        def components() -> DataFrame:
            return connected_components(joining.select("a", "b"), self.work.checkpoint("rounds"))

        hang_together = self.work.stage("components", components)

        def found() -> DataFrame:
            parts = PARTS_A_PARTITION * _partitions(self.spark)
            of_node = hang_together.select(F.col("node").alias("first"), F.col("first").alias("component"))
            part = F.pmod(F.xxhash64(F.coalesce("component", "first")), F.lit(parts)).alias("part")
            rows = articles.select("position", "id", "published").join(twins, "position").join(of_node, "first", "left")
            rows = rows.select("position", "id", "first", "published", "words", "content", part)
            part = F.pmod(F.xxhash64("component"), F.lit(parts)).alias("part")
            lines = joining.join(of_node, F.col("a") == F.col("first")).select(*edges.columns, part)
            together = rows.groupBy("part").cogroup(lines.groupBy("part"))
            return together.applyInArrow(_cluster(keep, drop, self.options), _CLUSTERS)

        return self.work.stage("clustered", found)

    def write(
        self, output: str, articles: DataFrame, edges: DataFrame, clusters: DataFrame, shells: str | None
    ) -> None:
        """What people go on with."""
        from pyspark.sql import functions as F

        ids = articles.select(F.col("position"), F.col("id"))
        of = {end: ids.select(F.col("position").alias(end), F.col("id").alias(f"{end}_id")) for end in ("a", "b")}
        named = edges.join(of["a"], "a").join(of["b"], "b")
        numbers = ["similarity", "containment", "coverage", "kind"]
        named = named.select(F.col("a_id").alias("a"), F.col("b_id").alias("b"), *numbers)
        named.write.mode("overwrite").parquet(f"{output}/edges")
        clusters.drop("position", "representative_position", "kept").write.mode("overwrite").parquet(f"{output}/clusters")
        kept = articles.select("position", "id", "document").join(
            clusters.where("kept").select("position"), "position", "left_semi"
        )
        kept.select("id", "document").mapInArrow(_unpack, _KEPT).write.mode("overwrite").parquet(f"{output}/kept")
        table = json.dumps(json.loads(shells)) if shells else '{"shells": []}'
        write_line(self.spark, f"{output}/shells.json", table)


_READ = (
    "id string, source string, published timestamp, all_words int, outlet long, lines array<long>, "
    "stories array<int>, document binary, set_aside string"
)
_SIGNED = "position long, words int, shingles int, fingerprint long, whole long, content long, samples array<int>, imprint binary"
_PIVOTS = "sample int, fingerprint long, position long"
_LIST_ROWS = "sample int, shingles int, position long, least long"
_EDGES = "a string, b string, similarity double, containment double, coverage double, kind string"
_OF_EDGES = {
    "a": "int64",
    "b": "int64",
    "similarity": "float64",
    "containment": "float64",
    "coverage": "float64",
    "kind": "string",
}
_CLUSTERS = (
    "position long, id string, copy_cluster string, kind string, similarity double, containment double, coverage double, "
    "representative string, original string, representative_position long, kept boolean"
)
_KEPT = "id string, source string, published timestamp, title string, lead string, text string"


def _beside(pairs: DataFrame, end: str, articles: DataFrame) -> DataFrame:
    """Pairs with what is known of the article at one end: its columns, under names that begin with that end.

    An article in very many pairs would bring all of them into one task. So it is handed out in copies, numbered from 0, and each of its
    pairs goes to one of them.
    """
    from pyspark.sql import functions as F

    other = "b" if end == "a" else "a"
    many = pairs.groupBy(end).count().where(F.col("count") > PAIRS_TOGETHER)
    copies = F.ceil(F.col("count") / PAIRS_TOGETHER).cast("int")
    many = F.broadcast(many.select(F.col(end).alias("of_many"), copies.alias("copies")))
    spread = pairs.join(many, F.col(end) == F.col("of_many"), "left")
    copy = F.pmod(F.xxhash64(other), F.coalesce("copies", F.lit(1))).cast("int")
    spread = spread.withColumn("copy", copy).drop("of_many", "copies")
    renamed = articles.select(*(F.col(name).alias(f"{end}_{name}") for name in articles.columns))
    handed = renamed.join(many, F.col(f"{end}_position") == F.col("of_many"), "left")
    copies = F.explode(F.sequence(F.lit(0), F.coalesce("copies", F.lit(1)) - 1)).alias("of_copy")
    handed = handed.select(*renamed.columns, copies)
    joined = spread.join(handed, (F.col(end) == F.col(f"{end}_position")) & (F.col("copy") == F.col("of_copy")))
    return joined.drop("copy", "of_copy", f"{end}_position")


def _learn_shells(articles: DataFrame) -> str:
    """Counts what recurs, and in how many stories."""
    from pyspark.sql import functions as F

    rows = articles.select("outlet", F.explode("lines").alias("line"), "stories")
    of_outlet = articles.groupBy("outlet").agg(F.count("*").alias("of_outlet"))
    # A line that few have is no boilerplate, whatever else: most go here.
    frequent = rows.groupBy("line", "outlet").agg(F.count("*").alias("articles")).where(F.col("articles") >= 6)
    stories = rows.join(frequent.select("line"), "line", "left_semi").select("line", F.posexplode("stories")).distinct()
    counted = stories.groupBy("line").agg(F.count("*").alias("story_keys"))
    support = frequent.join(counted, "line").join(of_outlet, "outlet")
    return stages.shells(support.select("line", "articles", "story_keys", "of_outlet").toArrow())


def _set_aside(read: DataFrame) -> dict[str, int]:
    """What was left out, over all batches."""
    from pyspark.sql import functions as F

    names = ["bad_records", "undated", "unnamed", "unread_fields", "lead_as_text", "title_as_text"]
    counts = F.from_json("set_aside", ", ".join(f"{name} long" for name in names))
    rows = read.where(F.col("set_aside").isNotNull()).select(counts.alias("counts"))
    total = rows.agg(*(F.coalesce(F.sum(f"counts.{name}"), F.lit(0)).alias(name) for name in names)).first()
    empty = read.where(F.col("all_words") == 0).count()
    return {**(total.asDict() if total else {}), "empty": empty}


# What follows runs in the workers.


def _outline(options: dict[str, Any]) -> Callable[[Batches], Batches]:
    def outline(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            found, set_aside = stages.outline(batch, **options)
            rows = pa.table(found).drop_columns(["row"])
            rows = rows.append_column("set_aside", pa.nulls(rows.num_rows, pa.string()))
            # All batches of a stage need one schema, and the last row of each has nulls.
            schema = pa.schema([field.with_nullable(True) for field in rows.schema])
            yield from rows.cast(schema).to_batches()
            counts = {name: count for name, count in set_aside.items() if isinstance(count, int)}
            yield from pa.Table.from_pylist([{"set_aside": json.dumps(counts)}], schema).to_batches()

    return outline


def _sign(options: dict[str, Any], shells: str | None) -> Callable[[Batches], Batches]:
    return each(stages.sign_documents, shells=shells, **options)


def _settle(batches: Batches) -> Batches:
    import pyarrow as pa

    every = list(batches)
    if not every:
        return
    # Whatever order they came in.
    rows = pa.Table.from_batches(every).sort_by([("id", "ascending"), ("document", "ascending")])
    settled = pa.table(stages.settle(rows.select(["document"])))
    rows = rows.set_column(rows.schema.get_field_index("id"), "id", settled["id"])
    yield from rows.filter(settled["kept"]).to_batches()


def _list_pairs(batches: Batches) -> Batches:
    import pyarrow as pa
    import pyarrow.compute as pc

    for batch in batches:
        sizes = pc.list_value_length(batch["members"]).to_pylist()
        begin, pairs = 0, 0
        for row, size in enumerate(sizes):
            pairs += size * (size - 1) // 2
            if pairs >= PAIRS_AT_ONCE or row + 1 == len(sizes):
                yield from pa.table(stages.list_pairs(batch.slice(begin, row + 1 - begin))).to_batches()
                begin, pairs = row + 1, 0


def _cluster(keep: str, drop: str, options: dict[str, Any]) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def cluster(articles: pa.Table, edges: pa.Table) -> pa.Table:
        import pyarrow as pa

        edges = filled(edges, _OF_EDGES)
        return pa.table(stages.clusters(articles, edges, keep=keep, drop=drop, **options))

    return cluster


def _unpack(batches: Batches) -> Batches:
    import pyarrow as pa

    for batch in batches:
        rows = pa.table(stages.articles_of(batch.select(["document"])))
        yield from rows.add_column(0, "id", batch["id"]).to_batches()
