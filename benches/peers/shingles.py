"""What all peers in Python share: the articles of a corpus, and the word 5-grams of a text.

Words are runs of letters and digits, lower case, NFC.
"""

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
