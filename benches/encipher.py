#!/usr/bin/env python3
"""Writes articles in a language that nobody knows: each letter becomes the next of its kind, vowel or consonant.

So no word, month or name is in any table, while how often each stands, capitals, digits and punctuation stay as they were:
what labelled articles score so is what they would score in a language that wirecopy was never shown.

    python3 benches/encipher.py <articles.jsonl >enciphered.jsonl
"""

import json
import sys
import unicodedata

KINDS = ["aeiouy", "bcdfghjklmnpqrstvwxz"]
NEXT = {
    ord(letter): case(kind[(at + 1) % len(kind)])
    for case in (str.lower, str.upper)
    for kind in map(case, KINDS)
    for at, letter in enumerate(kind)
}


def enciphered(text: str) -> str:
    """The text with other letters, under the accents that they had."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(NEXT))


for line in sys.stdin:
    article = json.loads(line)
    for field in ("title", "lead", "text"):
        if article.get(field):
            article[field] = enciphered(article[field])
    print(json.dumps(article, ensure_ascii=False))
