"""One peer, end to end: articles as JSON lines in, pairs of line numbers out.

usage: rensa_pairs.py CORPUS PAIRS.tsv BANDS

Done as rensa's own documentation does it: RMinHash of 128 slots made in batches, an RMinHashLSH over all articles,
query_all, and each candidate's estimated similarity held against the threshold.
"""

import sys

from rensa import RMinHash, RMinHashLSH
from shingles import THRESHOLD, shingles, texts

SLOTS = 128
BATCH = 2000


def main(corpus, pairs, bands):
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=SLOTS, num_bands=int(bands))
    signatures, batch = [], []

    def flush():
        made = RMinHash.from_token_sets(batch, SLOTS, 42)
        index.insert_many(made, start_key=len(signatures))
        signatures.extend(made)
        batch.clear()

    for text in texts(corpus):
        batch.append(shingles(text))
        if len(batch) == BATCH:
            flush()
    if batch:
        flush()
    with open(pairs, "w") as out:
        for i, candidates in enumerate(index.query_all(signatures)):
            for j in sorted(candidates):
                if i < j and signatures[i].jaccard(signatures[j]) >= THRESHOLD:
                    out.write(f"{i}\t{j}\n")


main(*sys.argv[1:])
