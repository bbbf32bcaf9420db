"""Words by which a product is found while an agent types: no ORM in here.

Chinese text is indexed by its characters and pairs of characters, so that any part of a name is found; by its
pinyin and by the initials of its pinyin, from any syllable on. Latin words and codes are found by how they begin.
Whole names, readings and codes are words too, marked as such: what begins with what was typed is told apart in the index.
"""

import re
import unicodedata

from pypinyin import lazy_pinyin

MAX_TEXT = 80
MIN_PREFIX = 2
# before a word that is a whole name, reading or code; cannot be typed
WHOLE = "^"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PART = re.compile(rf"[{_HAN}]|[0-9a-z]+")
_RUN = re.compile(rf"[{_HAN}]+|[0-9a-z]+")
_NOT_ALNUM = re.compile(r"[^0-9a-z]+")
_NO_WORD = re.compile(rf"[^{_HAN}0-9a-z]+")


def normalise(text):
    """Half-width, lower case, without accents.

    :rtype: str
    """
    decomposed = unicodedata.normalize("NFKD", text or "")
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", plain).lower()[:MAX_TEXT]


def is_han(text):
    return bool(text) and text[0] >= "\u3400"


def get_syllables(text):
    """Pinyin of every character in turn; Latin words and numbers stay as they are.

    :return: list of (syllable, is_han)
    """
    parts = _PART.findall(normalise(text))
    han = "".join(part for part in parts if is_han(part))
    # read as one text: how a character is read follows from its neighbours
    readings = iter(lazy_pinyin(han, errors=list))
    return [(next(readings), True) if is_han(part) else (part, False) for part in parts]


def get_pinyin(text):
    """Pinyin and initials of a text, as shown and as ranked: ``huishinaifen hsnf``; empty without Chinese.

    :rtype: str
    """
    syllables = [syllable for syllable, is_chinese in get_syllables(text) if is_chinese]
    if not syllables:
        return ""
    return f"{''.join(syllables)} {''.join(syllable[0] for syllable in syllables)}"


def squeeze(text):
    """A text as one word, without spaces and signs.

    :rtype: str
    """
    return _NO_WORD.sub("", normalise(text))


def get_words(texts, codes=()):
    """Words of a product for the index.

    :param texts: names and attribute values in any language
    :param codes: internal reference, bar code
    :rtype: set(str)
    """
    words = set()
    wholes = {*map(squeeze, texts), *map(squeeze, codes)}
    for text in texts:
        for run in _RUN.findall(normalise(text)):
            if is_han(run):
                words.update(run)
                words.update(run[i : i + 2] for i in range(len(run) - 1))
            else:
                words.add(run)
        syllables = get_syllables(text)
        chinese = [syllable for syllable, is_chinese in syllables if is_chinese]
        for start in range(len(chinese)):
            words.add("".join(chinese[start:]))
            words.add("".join(syllable[0] for syllable in chinese[start:]))
        if chinese:
            wholes.update(("".join(chinese), "".join(syllable[0] for syllable in chinese)))
        if chinese and len(chinese) < len(syllables):
            mixed = [syllable[0] if is_chinese else syllable for syllable, is_chinese in syllables]
            words.update("".join(mixed[start:]) for start in range(len(mixed)))
            wholes.add("".join(mixed))
    for code in codes:
        normal = normalise(code)
        words.add(_NOT_ALNUM.sub("", normal))
        words.update(_RUN.findall(normal))
    words.update(WHOLE + whole for whole in wholes)
    return words - {"", WHOLE}


def get_query(text):
    """What was typed, as a ``tsquery`` over the words of `get_words`.

    :return: str, or False when there is too little to look for
    """
    clauses = []
    for chunk in normalise(text).split():
        runs = _RUN.findall(chunk)
        parts = []
        for run in runs:
            if not is_han(run):
                parts.append(f"'{run}':*")
            elif len(run) == 1:
                parts.append(f"'{run}'")
            else:
                parts.extend(f"'{run[i : i + 2]}'" for i in range(len(run) - 1))
        if not parts:
            continue
        clause = " & ".join(parts)
        whole = _NOT_ALNUM.sub("", chunk)
        if len(runs) > 1 and not any(map(is_han, runs)):
            clause = f"({clause} | '{whole}':*)"  # a code typed with its dashes
        clauses.append(clause)
    letters = _RUN.findall(normalise(text))
    if not clauses or not any(is_han(run) or len(run) >= MIN_PREFIX for run in letters):
        return False
    return " & ".join(clauses)


def get_whole_query(text, is_beginning=False):
    """What was typed, as a ``tsquery`` for names, readings and codes that are it, or begin with it.

    :rtype: str
    """
    return f"'{WHOLE}{squeeze(text)}'{':*' if is_beginning else ''}"
