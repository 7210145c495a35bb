"""One peer, end to end: articles as JSON lines in, pairs of line numbers out.

usage: datatrove_pairs.py CORPUS PAIRS.tsv

Done as datatrove's own example does it: signatures, buckets, clusters, each a pipeline of its own that leaves files for the
next, two tasks at a time. 16 buckets of 8 hashes instead of its 14 of 8, for as many slots as the others have. Pairs are those
within its clusters. Its tokenizer is replaced by the words that all peers have, which also spares it the one for Vietnamese.
"""

import shutil
import struct
import sys
from pathlib import Path

import datatrove.pipeline.dedup.minhash as minhash
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.utils.text import TextNormConfig
from shingles import WINDOW_WORDS, words, write_pairs_within

BUCKETS, HASHES = 16, 8
TASKS = 2


class Words:
    def word_tokenize(self, text):
        return words(text)


def run(name, folder, tasks, *steps):
    log = str(folder / f"log-{name}")
    # Forked, the workers are this process's own, and their CPU time is counted.
    LocalPipelineExecutor(list(steps), tasks=tasks, workers=min(tasks, TASKS), start_method="fork", logging_dir=log).run()


def first_of(first, article):
    while first.setdefault(article, article) != article:
        article = first[article]
    return article


def join(first, a, b):
    a, b = sorted((first_of(first, a), first_of(first, b)))
    first[b] = a


def main(corpus, pairs):
    minhash.load_word_tokenizer = lambda *_: Words()
    folder = Path(f"{pairs}.datatrove")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "input").mkdir(parents=True)
    lines = Path(corpus).read_bytes().splitlines(keepends=True)
    half = len(lines) // TASKS
    (folder / "input" / "0.jsonl").write_bytes(b"".join(lines[:half]))
    (folder / "input" / "1.jsonl").write_bytes(b"".join(lines[half:]))
    del lines
    # What these would change, the words have been through already.
    plain = TextNormConfig(norm_unicode_diacritics=False, norm_numbers=False)
    config = minhash.MinhashConfig(n_grams=WINDOW_WORDS, num_buckets=BUCKETS, hashes_per_bucket=HASHES, norm_config=plain)
    signatures, buckets, clusters = (str(folder / name) for name in ("signatures", "buckets", "clusters"))
    reader = JsonlReader(str(folder / "input"), text_key="text", id_key="id")
    run("signatures", folder, TASKS, reader, minhash.MinhashDedupSignature(signatures, config=config))
    run("buckets", folder, BUCKETS, minhash.MinhashDedupBuckets(signatures, buckets, config=config))
    run("clusters", folder, 1, minhash.MinhashDedupCluster(buckets, clusters, config=config, save_cluster_id=True))
    # It leaves edges that hold its clusters together; what it says is that all of a cluster are copies.
    first = {}
    for file in sorted(Path(buckets).glob("*.dups")):
        for task_a, a, task_b, b in struct.iter_unpack("<4I", file.read_bytes()):
            join(first, task_a * half + a, task_b * half + b)
    members = {}
    for article in list(first):
        members.setdefault(first_of(first, article), []).append(article)
    write_pairs_within(members.values(), pairs)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
