"""Words of a text without a dictionary: what Chinese is written with has no spaces, so every two neighbouring characters are
a token (and each single one, for short queries); Latin words and numbers are tokens of their own. No ORM here.

Index and query go through the same folding: full width, traditional characters, Chinese digits, English endings.
"""

import re
import unicodedata
from itertools import islice, takewhile
from typing import NamedTuple

MAX_TOKEN = 40
# hits in a text among which the best passage is chosen
MAX_HITS = 200
# A, B, C, D of PostgreSQL; positions of one token and weight that are kept (they only say "often")
MAX_POSITIONS = 4

# What differs in shops' and parcels' vocabulary; full conversion would need a dictionary.
_TRADITIONAL = str.maketrans(
    dict(
        zip(
            "貨換單訂購買賣價錢員會積點劃優惠券發禮贈運費遞達時間開關閉聯繫電話號碼機驗證認識註冊錄帳戶賬餘額轉帶車輛嬰兒媽寶"
            "懷產後護養餵喂飲營維素鈣鐵鋅藥補劑營濕紙褲體溫測試熱涼濃沖調濾進過敏腸胃齡週歲個幾麼嗎請問題說話聽讀寫報經壞損"
            "漏斷裝箱簽收據稅務對應處理辦業務門店鋪倉庫齊備產內裡裏與於從來給讓還應該無線網頁紅藍綠顏質紋純棉衛殺動滅菌潔淨"
            "牆樓層區縣鄉鎮圖書學習優勢廣東灣際國華漢語東西兩萬億雙隻條張塊袋罐瓶蓋龍鳳鳥魚馬齒鬆緊軟輕長寬參數種類級樣"
            "驅蟲購滿減團獎勵邀請評論獲贏遊戲規則條約協議隱權責賠償償還貸幣匯銀現結絡",
            "货换单订购买卖价钱员会积点划优惠券发礼赠运费递达时间开关闭联系电话号码机验证认识注册录账户账余额转带车辆婴儿妈宝"
            "怀产后护养喂喂饮营维素钙铁锌药补剂营湿纸裤体温测试热凉浓冲调滤进过敏肠胃龄周岁个几么吗请问题说话听读写报经坏损"
            "漏断装箱签收据税务对应处理办业务门店铺仓库齐备产内里里与于从来给让还应该无线网页红蓝绿颜质纹纯棉卫杀动灭菌洁净"
            "墙楼层区县乡镇图书学习优势广东湾际国华汉语东西两万亿双只条张块袋罐瓶盖龙凤鸟鱼马齿松紧软轻长宽参数种类级样"
            "驱虫购满减团奖励邀请评论获赢游戏规则条约协议隐权责赔偿偿还贷币汇银现结络",
            strict=True,
        )
    )
)
# what folding leaves as long as it is, in one go; else one character
_PIECE = re.compile(r"(?P<plain>[\x00-\x7f\u3001\u3002\u3400-\u4dbf\u4e00-\u9fff]+)|.", re.S)
_DIGITS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)) | {"两": "2"}
_NUMERAL = re.compile(
    r"[〇零一二三四五六七八九两]?十[一二三四五六七八九]?|[〇零一二三四五六七八九两]+"
)
_RUN = re.compile(r"[a-z0-9]+(?:[-_./'][a-z0-9]+)*|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LATIN_PART = re.compile(r"[a-z]+|[0-9]+")

# Taken out of questions before they are cut up; longest first.
STOP_PHRASES = (
    "请问一下", "麻烦问下", "我想问一下", "我想问下", "我想问", "想问一下", "想问下", "想咨询", "咨询一下", "有没有办法", "有什么办法", "怎么办理",
    "能不能", "可不可以", "是不是", "有没有", "要不要", "会不会", "行不行", "好不好", "怎么样", "怎么办", "怎么回事", "怎么弄", "怎么搞", "为什么",
    "为啥", "什么样", "请问", "你们", "我们", "他们", "您们", "你好", "您好", "麻烦", "帮我", "帮忙", "一下", "可以", "怎么", "怎样", "如何", "什么", "是否",
    "应该", "需要", "能够", "那么", "这个", "那个", "这种", "那种", "这样", "那样", "这些", "那些", "哪个", "哪些", "就是", "还是", "或者", "但是", "因为",
    "所以", "如果", "的话", "已经", "现在", "刚刚", "刚才", "昨天", "今天", "前天", "自己", "家里", "我家", "想要", "知道", "告诉", "觉得", "感觉", "好像",
)  # fmt: skip
STOP_CHARACTERS = frozenset(
    "的了吗呢啊吧呀哦嘛哈呗啦么我你您他她它们这那就都也很还又才被把给让向跟和与及在有是会要想能个些只"
)
# particles between two words: what stands on both sides of one is no pair
PARTICLES = str.maketrans(dict.fromkeys("的了吗呢啊吧呀哦嘛哈呗啦我你您他她它们这那", " "))
STOP_WORDS = frozenset(
    "a an and any are as at be by can could do does for from have how i if in is it my no of on or please the there this to "
    "was what when where which will with you your we me".split()
)


class Token(NamedTuple):
    """A token and where in the source it stands. ``kind``: pair, single, word, part."""

    text: str
    start: int
    end: int
    kind: str


class _Folded(NamedTuple):
    text: str
    places: list


def fold(text):
    """The form in which texts are compared: lower case, half width, simplified characters. Digits stay as they are."""
    return _fold(text).text


def _fold(text):
    pieces, places = [], []
    for piece in _PIECE.finditer(text or ""):
        start, end = piece.span()
        if piece.lastgroup:
            pieces.append(piece[0].lower().translate(_TRADITIONAL))
            places.extend(range(start, end))
        else:
            folded = unicodedata.normalize("NFKC", piece[0]).lower().translate(_TRADITIONAL)
            pieces.append(folded)
            places.extend([start] * len(folded))
    return _Folded("".join(pieces), places)


def _arabic(numeral):
    """``十二`` → 12, ``三`` → 3, ``二零`` → 20."""
    if "十" not in numeral:
        return "".join(_DIGITS[digit] for digit in numeral)
    tens, _sign, ones = numeral.partition("十")
    return str((int(_DIGITS[tens]) if tens else 1) * 10 + (int(_DIGITS[ones]) if ones else 0))


def stem(word):
    """English endings off, the same for index and query: returns, returned, returning → return."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            if not instead and len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def tokenise(text):
    """The tokens of a text.

    :rtype: iterator of Token
    """
    folded, places = _fold(text)
    units, last = [], 0  # neighbouring characters and numbers: (text, start, end, is Chinese)
    for run in _RUN.finditer(folded):
        start, end = run.span()
        if units and start != last:
            yield from _pairs(units)
            units = []
        last = end
        word = run[0]
        if word[0] < "\x80":
            place, until = places[start], places[end - 1] + 1
            yield from _latin(word, place, until)
            if len(word) <= 4 and not word.isalpha():
                units.append((word, place, until, False))
            else:
                yield from _pairs(units)
                units = []
            continue
        for piece, from_, to in _numerals(word):
            place, until = places[start + from_], places[start + to - 1] + 1
            is_number = piece[0] < "\x80"
            units.append((piece, place, until, not is_number))
            yield Token(piece, place, until, "single")
    yield from _pairs(units)


def _numerals(run):
    at = 0
    for numeral in _NUMERAL.finditer(run):
        for index in range(at, numeral.start()):
            yield run[index], index, index + 1
        yield _arabic(numeral[0])[:MAX_TOKEN], numeral.start(), numeral.end()
        at = numeral.end()
    for index in range(at, len(run)):
        yield run[index], index, index + 1


def _pairs(units):
    for (one, start, _end, is_chinese), (two, _start, end, is_chinese_too) in zip(
        units, units[1:], strict=False
    ):
        if is_chinese or is_chinese_too:
            yield Token((one + two)[:MAX_TOKEN], start, end, "pair")


def _latin(word, start, end):
    parts = re.split(r"[-_./']", word)
    if len(parts) > 1:
        yield Token("".join(parts)[:MAX_TOKEN], start, end, "word")
    for part in parts:
        if part:
            yield Token(stem(part)[:MAX_TOKEN], start, end, "word" if len(parts) == 1 else "part")
            pieces = _LATIN_PART.findall(part)
            if len(pieces) > 1:
                for piece in pieces:
                    yield Token(piece[:MAX_TOKEN], start, end, "part")


def query_tokens(text):
    """What of a question is looked for: without the words that every question has.

    :return: list of Token, each text once; empty when there is nothing to look for
    """
    folded, _places = _fold(text)
    bare = folded
    for phrase in STOP_PHRASES:
        bare = bare.replace(phrase, " ")
    tokens = _distinct(bare.translate(PARTICLES))
    # a question made of such words alone is taken as it is
    return tokens or _distinct(folded, is_bare=False)


def _distinct(text, is_bare=True):
    seen = {}
    for token in tokenise(text):
        if is_bare and (
            (token.kind == "single" and token.text in STOP_CHARACTERS)
            or (token.kind == "word" and token.text in STOP_WORDS)
            or (
                token.kind == "pair"
                and all(character in STOP_CHARACTERS for character in token.text)
            )
        ):
            continue
        seen.setdefault(token.text, token)
    return list(seen.values())


def make_vector(parts):
    """A ``tsvector`` literal.

    :param parts: list of (weight ``A``…``D``, text, most characters that are read or None)
    :rtype: str
    """
    places, at = {}, 0
    for weight, text, limit in parts:
        for token in tokenise((text or "")[:limit]):
            at = min(at + 1, 16000)
            found = places.setdefault(token.text, {})
            if len(found.setdefault(weight, [])) < MAX_POSITIONS:
                found[weight].append(at)
    return " ".join(
        f"'{token}':"
        + ",".join(f"{place}{weight}" for weight, spots in found.items() for place in spots)
        for token, found in places.items()
    )


def find_ranges(text, tokens):
    """Where the tokens of a query stand in ``text``; single characters only where no pair or word is.

    :param tokens: set of token texts
    :return: list of [start, end], in order, not touching
    """
    hits = [token for token in tokenise(text) if token.text in tokens]
    strong = [token for token in hits if token.kind in ("pair", "word")] or hits
    ranges = []
    for token in sorted(strong, key=lambda token: (token.start, token.end)):
        if ranges and token.start <= ranges[-1][1]:
            ranges[-1][1] = max(ranges[-1][1], token.end)
        else:
            ranges.append([token.start, token.end])
    return ranges


def cut_snippet(text, tokens, length=90):
    """The passage of ``text`` with most of the query's tokens.

    :return: (passage, its ranges)
    """
    text = re.sub(r"\s+", " ", text or "").strip()
    begin = max(0, _find_passage(text, tokens, length) - 12) if len(text) > length else 0
    end = min(len(text), begin + length)
    begin = max(0, min(begin, end - length))
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    passage = before + text[begin:end] + after
    return passage, find_ranges(passage, tokens)


def _find_passage(text, tokens, length):
    """Where most of the tokens stand. They are looked for as they are: cutting up a long text would take its time at every key.

    :rtype: int
    """
    folded, places = _fold(text)
    words = sorted((token for token in tokens if len(token) > 1), key=len, reverse=True)
    hits = []
    for some in (words, sorted(tokens)):
        any_of = re.compile("|".join(map(re.escape, some)) or "(?!)")
        hits = [hit.span() for hit in islice(any_of.finditer(folded), MAX_HITS)]
        if hits:
            break
    best, most = 0, 0
    for number, (start, _end) in enumerate(hits):
        inside = sum(
            min(end, start + length) - from_
            for from_, end in takewhile(lambda hit: hit[0] < start + length, hits[number:])  # noqa: B023
        )
        if inside > most:
            best, most = places[start], inside
    return best


_MAIL = re.compile(r"\S+@\S+")
_LONG_NUMBER = re.compile(r"\+?\d[\d \-]{3,}\d|\d{5,}")


def mask(text, length=100):
    """A question without what could be somebody's: e-mail addresses and long numbers (telephone, order, parcel)."""
    folded = _LONG_NUMBER.sub("#", _MAIL.sub("@", fold(text)))
    return re.sub(r"\s+", " ", folded).strip()[:length]
