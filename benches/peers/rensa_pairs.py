"""One peer, end to end: articles as JSON lines in, pairs of line numbers out.

usage: rensa_pairs.py CORPUS PAIRS.tsv BANDS

Done as rensa's own documentation does it: RMinHash of 128 slots made in batches, an RMinHashLSH over all articles,
query_all, and each candidate's estimated similarity held against the threshold. Words are runs of letters and digits,
lower case, NFC; shingles are word 5-grams.
"""

import json
import re
import sys
import unicodedata

from rensa import RMinHash, RMinHashLSH

THRESHOLD = 0.7
SLOTS = 128
WINDOW_WORDS = 5
BATCH = 2000
WORD = re.compile(r"[^\W_]+")


def shingles(text):
    words = WORD.findall(unicodedata.normalize("NFC", text.lower()))
    count = len(words) - WINDOW_WORDS + 1
    return [" ".join(words[i : i + WINDOW_WORDS]) for i in range(count)] or [" ".join(words)]


def main(corpus, pairs, bands):
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=SLOTS, num_bands=int(bands))
    signatures, batch = [], []

    def flush():
        made = RMinHash.from_token_sets(batch, SLOTS, 42)
        index.insert_many(made, start_key=len(signatures))
        signatures.extend(made)
        batch.clear()

    with open(corpus, "rb") as lines:
        for line in lines:
            batch.append(shingles(json.loads(line)["text"]))
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
