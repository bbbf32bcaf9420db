"""How alike two short texts are, in any script. No ORM."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def _bigrams(text):
    """Pairs of neighbouring letters or digits within each run of them; a run of one stands for itself.

    Chinese has no spaces: there a run is what stands between punctuation marks.
    """
    found = set()
    # what a letter is decomposed into differs before and after folding, so it is composed again
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text or "").casefold())
    for word in _WORD.findall(folded):
        found.update(map("".join, zip(word, word[1:], strict=False)) if len(word) > 1 else [word])
    return found


def get_similarity(one, other):
    """Dice coefficient of the bigrams of two texts, whatever their case, width and punctuation.

    :param str one: text; None counts as empty
    :param str other: text; None counts as empty
    :return: 0.0 (nothing in common) to 1.0 (the same); two texts without a letter are the same
    :rtype: float
    """
    first, second = _bigrams(one), _bigrams(other)
    if not first and not second:
        return 1.0
    return 2 * len(first & second) / (len(first) + len(second))
