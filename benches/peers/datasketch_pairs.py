"""One peer, end to end: articles as JSON lines in, pairs of line numbers out.

usage: datasketch_pairs.py CORPUS PAIRS.tsv

Done as datasketch's own documentation does it: a MinHash of 128 slots an article, a MinHashLSH for the threshold that
chooses its bands itself, a query before each insertion, and each candidate's estimated similarity held against the
threshold.
"""

import sys

from datasketch import MinHash, MinHashLSH
from shingles import THRESHOLD, shingles, texts

SLOTS = 128


def main(corpus, pairs):
    index = MinHashLSH(threshold=THRESHOLD, num_perm=SLOTS)
    # A copy of an empty one shares its permutations, which are slow to make.
    empty = MinHash(num_perm=SLOTS)
    signatures = []
    with open(pairs, "w") as out:
        for j, text in enumerate(texts(corpus)):
            signature = empty.copy()
            signature.update_batch([shingle.encode() for shingle in shingles(text)])
            for i in sorted(index.query(signature)):
                if signatures[i].jaccard(signature) >= THRESHOLD:
                    out.write(f"{i}\t{j}\n")
            index.insert(j, signature, check_duplication=False)
            signatures.append(signature)


main(*sys.argv[1:])
