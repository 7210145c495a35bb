"""One peer, end to end: articles as JSON lines in, pairs of line numbers out.

usage: text_dedup_pairs.py CORPUS PAIRS.tsv

Done as text-dedup's own documentation does it, by its command `text_dedup.minhash`, with 128 slots as the others have and
xxh3, which it calls faster than its default. Pairs are those within its clusters. It cuts words at every mark, so that
a comma leaves an empty one: that is replaced by the words that all peers have.
"""

import os
import shutil
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from shingles import THRESHOLD, WINDOW_WORDS, words, write_pairs_within  # noqa: E402
from text_dedup import minhash  # noqa: E402

SLOTS = 128


class Words:
    def split(self, text):
        return words(text)


def main(corpus, pairs):
    minhash.NON_ALPHA = Words()
    folder = Path(f"{pairs}.text-dedup")
    shutil.rmtree(folder, ignore_errors=True)
    options = {
        "path": "json",
        "data_files": corpus,
        "split": "train",
        "column": "text",
        "ngram": WINDOW_WORDS,
        "min_length": 1,
        "threshold": THRESHOLD,
        "num_perm": SLOTS,
        "hash_func": "xxh3",
        "cache_dir": folder / "cache",
        "output": folder / "output",
    }
    minhash.main([str(part) for name, value in options.items() for part in (f"--{name}", value)], standalone_mode=False)
    clusters = {}
    for article in list(minhash.uf.parent):
        clusters.setdefault(minhash.uf.find(article), []).append(article)
    write_pairs_within(clusters.values(), pairs)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
