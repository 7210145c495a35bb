"""What peers in Python share: the articles of a corpus, the word 5-grams of a text, and the pairs that clusters mean.

Words are runs of letters and digits, lower case, NFC.
"""

import itertools
import json
import re
import unicodedata

WINDOW_WORDS = 5
THRESHOLD = 0.7
WORD = re.compile(r"[^\W_]+")


def texts(corpus):
    with open(corpus, "rb") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def words(text):
    return WORD.findall(unicodedata.normalize("NFC", text.lower()))


def shingles(text):
    found = words(text)
    count = len(found) - WINDOW_WORDS + 1
    return [" ".join(found[i : i + WINDOW_WORDS]) for i in range(count)] or [" ".join(found)]


def write_pairs_within(clusters, pairs):
    """All pairs of articles of one cluster, a pair a line."""
    with open(pairs, "w") as out:
        for members in clusters:
            out.writelines(f"{a}\t{b}\n" for a, b in itertools.combinations(sorted(members), 2))
