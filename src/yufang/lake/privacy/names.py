"""Names of persons in Chinese and English narratives, by what stands around them.

A Chinese name is a surname and one or two characters, which proves little by itself. It is believed where a role stands
before it (职工李明), age or sex behind it (李明（男，45岁）), a title behind it (王师傅), where it is half hidden
(张某某, 李○○), or where the same text has it elsewhere with such a witness. Where it ends is told by what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from yufang.lake.privacy.contracts import Found

_HAN = r"\u3400-\u9fff"
_HIDDEN = r"某{1,2}|[×xX＊*○〇◯Ｘ]{1,3}"
# Behind a surname and 某 these make "a certain day, place, thing".
_CERTAIN = (
    r"(?!加油|油库|化工|液化|大桥|高速|号|栋|室|公司|企业|单位|工地|项目"
    r"|市|县|区|厂|镇|乡|村|路|处|种|个|些|日|月|年|地|部|省|矿|店|院|校|集团|工程|一)"
)
# Surnames that are also words before 某: 于某日, 和某公司.
_WORDS_TOO = "于於和与向从從时時成对對由连連在有万余任全曾"


@dataclass(frozen=True)
class _Words:
    surnames: frozenset[str]
    compound: tuple[str, ...]
    follow: re.Pattern[str]
    never: frozenset[str]
    not_names: frozenset[str]
    never_behind: re.Pattern[str]
    behind_role: re.Pattern[str]
    behind_generic: re.Pattern[str]
    behind_verb: re.Pattern[str]
    acting: re.Pattern[str]
    numbered: re.Pattern[str]
    described: re.Pattern[str]
    counted: re.Pattern[str]
    hidden: re.Pattern[str]
    titled: re.Pattern[str]
    listed: re.Pattern[str]
    surname: str  # a pattern of one surname


@cache
def _words() -> _Words:
    text = files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    single = frozenset("".join(data["surnames"].split()))
    compound = tuple(data["compound_surnames"])
    surname = f"(?:{'|'.join(compound)}|[{''.join(sorted(single))}])"
    roles = sorted("|".join(data["roles"]).split("|"), key=len, reverse=True)
    given = f"[{_HAN}]"
    # The longest first, so that what is matched tells how much of a word stands there.
    follow = "|".join(sorted(set("|".join(data["follow"]).split("|")), key=len, reverse=True))
    return _Words(
        surnames=single,
        compound=compound,
        follow=re.compile(rf"{follow}|[^{_HAN}]|$"),
        never=frozenset(data["never_given"]),
        not_names=frozenset(data["not_names"].split()),
        never_behind=re.compile(data["never_behind"]),
        behind_role=re.compile(
            rf"(?:{'|'.join(roles)})(?:叫|名叫|为|為|是|系)?[:：]?\s?(?:[（(][^（()）]{{0,12}}[)）])?\s?(?={surname}{given})"
        ),
        behind_generic=re.compile(
            rf"(?<=[{_HAN}])(?:工(?![程许房段作业艺])|员|員|长(?!安)|長(?!安))[:：]?(?={surname}{given})"
        ),
        behind_verb=re.compile(rf"(?:{data['verbs']})(?!于)(?={surname}{given})"),
        acting=re.compile(rf"(?:^|[。；;\n\t 　])(?P<name>{surname}{given}{{1,2}})(?={data['acts']})"),
        # 3.王恩典，某公司经理 in a list of persons.
        numbered=re.compile(
            rf"(?:^|[。；;\n])\s*(?P<number>[(（]?[\d一二三四五六七八九十⒈⒉⒊①②③④⑤]{{1,3}}[.、．)）]{{1,2}})?\s*"
            rf"(?P<name>{surname}{given}{{1,2}})\s?(?=[，,：:])"
        ),
        described=re.compile(
            rf"(?P<name>{surname}{given}{{1,2}})\s?(?=[（(，,、\s]{{1,2}}(?:男|女)(?:性)?[，,、；;。)）\s\d]|[（(，,]\s?\d{{2}}\s?[岁歲]|[（(，,]\s?(?:身份证|身分證))"
        ),
        counted=re.compile(
            rf"(?<![{_HAN}])(?P<name>{surname}{given}{{1,2}})(?=等\s?[\d一二三四五六七八九十两兩多]+\s?[人名])"
        ),
        hidden=re.compile(rf"(?P<name>{surname}(?:(?:{_HIDDEN})[{_HAN}]?|[{_HAN}](?:某|[×○〇◯＊*]{{1,2}})))"),
        titled=re.compile(
            rf"(?:(?<![{_HAN}])|(?<=[和与及由被对找请向]))(?P<name>(?![车工高总]){surname})(?=(?:{data['titles']})(?![{_HAN}]{{0,1}}证))"
        ),
        listed=re.compile(rf"\s?(?:、|和|及|与|與|，|,)\s?(?={surname}{given})"),
        surname=surname,
    )


def find_names(text: str) -> list[Found]:
    """Return the names of persons in `text`, in order; spans may overlap where witnesses agree."""
    found: list[Found] = []
    if any("\u3400" <= char <= "\u9fff" for char in text):
        found += _chinese(text)
    if any("A" <= char <= "Z" for char in text):
        found += _english(text)
    return found


# ── Chinese ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chinese(text: str) -> list[Found]:
    words = _words()
    found: list[Found] = []
    for match in words.behind_role.finditer(text):
        found += _with_list(text, match.end(), 0.95, f"behind the role {match[0].strip()}")
    for match in words.behind_generic.finditer(text):
        found += _strong(text, match.end(), 0.75, "behind a word for a person")
    for match in words.behind_verb.finditer(text):
        found += _strong(text, match.end(), 0.65, "behind a verb that asks for a person", long=True)
    for match in words.acting.finditer(text):
        found += _strong(text, match.start("name"), 0.65, "begins a sentence and acts", long=True)
    for match in words.numbered.finditer(text):
        weak = match["number"] is None
        found += _strong(text, match.start("name"), 0.65 if weak else 0.75, "begins an entry", long=weak)
    for match in words.described.finditer(text):
        found += _ending_at(text, match.start("name"), match.end("name"), 0.97, "sex, age or identity number follows")
    for match in words.counted.finditer(text):
        if text[match.start() : match.start() + 2] not in words.not_names:
            found.append(Found(match.start(), match.end(), "name", 0.8, "“and others” follows"))
    found += _hidden(text)
    for match in words.titled.finditer(text):
        found.append(Found(match.start(), match.end(), "name", 0.65, "a title follows"))
    return found + _again(text, found)


def _with_list(text: str, at: int, confidence: float, why: str) -> list[Found]:
    """The name at `at`, and those that are listed behind it: 张三、李四和王五."""
    found = _strong(text, at, confidence, why)
    while found:
        step = _words().listed.match(text, found[-1].end)
        if step is None:
            break
        more = _strong(text, step.end(), min(confidence, 0.85), "listed behind another name", sure=True)
        if not more:
            break
        found += more
    return found


def _strong(text: str, at: int, confidence: float, why: str, *, sure: bool = False, long: bool = False) -> list[Found]:
    """The name at `at`, if any. `sure` or a weak witness: only where its end shows; `long`: of three characters."""
    end, bound = _name_end(text, at)
    if end is None or ((confidence < 0.8 or sure) and not bound) or (long and end - at < 3):
        return []
    return [Found(at, end, "name", confidence if bound else 0.6, why)]


def _surname_end(text: str, at: int) -> int | None:
    words = _words()
    if text.startswith(words.compound, at):
        return at + 2
    return at + 1 if at < len(text) and text[at] in words.surnames else None


def _is_given(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" and char not in _words().never


def _name_end(text: str, at: int) -> tuple[int | None, bool]:
    """Where the name that begins at `at` ends, and whether what follows shows it; None where none begins there."""
    words = _words()
    first = _surname_end(text, at)
    if first is None or first >= len(text) or text[at : at + 2] in words.not_names:
        return None, False
    if not _is_given(text[first]):
        return None, False
    options = []
    for length in (2, 1):
        end = first + length
        if end > len(text) or not all(_is_given(char) for char in text[first:end]):
            continue
        if words.never_behind.match(text, end) and not words.follow.match(text, end):
            continue
        options.append((end, words.follow.match(text, end) is not None))
    bound = [end for end, is_bound in options if is_bound]
    if bound:
        return _of_two(text, first, bound), True
    # 李明亮出证件: nothing shows the end. Take the longer one unless a verb may begin with its last character.
    if not options or words.never_behind.match(text, first + 1) or words.never_behind.match(text, first):
        return None, False
    return options[0][0], False


def _of_two(text: str, first: int, bound: list[int]) -> int:
    """Both lengths have an end: 王强在 is 王强, 王在明。 is 王在明."""
    if len(bound) == 1:
        return bound[0]
    longer, shorter = bound
    # A word that follows and begins with the third character outweighs a name of three.
    word = _words().follow.match(text, shorter)
    return shorter if word is not None and len(word[0]) >= 2 else longer


def _ending_at(text: str, start: int, end: int, confidence: float, why: str) -> list[Found]:
    """A described name: the pattern may have begun a character early (和李明（男…), so try the later surname too."""
    words = _words()
    for at in (start, start + 1):
        first = _surname_end(text, at)
        if first is None or first >= end or text[at : at + 2] in words.not_names:
            continue
        if all(_is_given(char) for char in text[first:end]) and end - first <= 2:
            return [Found(at, end, "name", confidence, why)]
    return []


def _hidden(text: str) -> Iterator[Found]:
    words = _words()
    for match in words.hidden.finditer(text):
        name = match["name"]
        start, end = match.span("name")
        # 张某明 is a name, 张某参 of 张某参加 is none: the character behind 某 counts where the name then ends.
        last = name[-1] not in "某×xX＊*○〇◯Ｘ"
        if last and (not _is_given(name[-1]) or words.follow.match(text, end - 1) or not words.follow.match(text, end)):
            end -= 1
        # 保安罗某 is 罗某.
        if len(name) >= 3 and name[1] in "省市县区州镇乡村":
            continue
        if len(name) >= 3 and name[1] in words.surnames and name[2] in "某×○〇◯＊*":
            start += 1
        if name[0] == "路" and name[-1] == "号":
            continue
        if name[0] in _WORDS_TOO and not re.match(r".某某|.[×xX○〇*]", name):
            continue
        if not re.match(_CERTAIN, text[end:]) or words.never_behind.match(text, end):
            continue
        if re.search(r"[A-Za-z0-9]$", text[:start]) or re.match(r"[A-Za-z0-9]", text[end:]):
            continue
        yield Found(start, end, "name", 0.9, "surname and a hidden name")


def _again(text: str, found: list[Found]) -> list[Found]:
    """Other places of names that are sure: once known, a name is one wherever the text has it."""
    sure = {text[one.start : one.end] for one in found if one.confidence >= 0.8}
    taken = {(one.start, one.end) for one in found}
    again = []
    for name in sure:
        if len(name) < 2 or (len(name) == 2 and name[1] == "某"):
            continue
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            # A name of two characters also stands inside words; an end must be shown.
            shown = len(name) > 2 or _words().follow.match(text, end)
            if (at, end) not in taken and shown and not _words().never_behind.match(text, end):
                again.append(Found(at, end, "name", 0.8, "named elsewhere in this text"))
            at = text.find(name, end)
    return again


# ── English ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_CAP = r"[A-Z][a-z]+(?:['’-][A-Z]?[a-z]+)*"
_INITIAL = r"[A-Z]\."


@cache
def _english_patterns() -> tuple[tuple[re.Pattern[str], float, str], ...]:
    text = files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    stop = "|".join(data["not_english"].split())
    first = "|".join(data["first_names"].split())
    roles = data["english_roles"]
    cap = rf"(?!(?:{stop})\b){_CAP}"
    rest = rf"(?:\s{_INITIAL})?(?:\s{cap})?"
    shouted = "|".join(name.upper() for name in data["first_names"].split())
    return (
        (re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Sgt|Capt|Messrs)\.?\s(?P<name>{cap}{rest})"), 0.95, "a title before it"),
        (
            re.compile(rf"\b(?i:{roles})s?,?:?\s(?P<name>{cap}(?:\s{_INITIAL})?\s(?:{cap}|{_INITIAL}))"),
            0.85,
            "behind a role",
        ),
        (re.compile(rf"\b(?i:{roles}),?:?\s(?P<name>(?:{first}){rest})\b"), 0.8, "behind a role"),
        (re.compile(rf"\b(?P<name>(?:{first})(?:\s{_INITIAL}\s?{cap}|\s{_INITIAL}|\s{cap}))"), 0.75, "a first name"),
        (re.compile(rf"\b(?:{roles.upper()})\s(?P<name>(?:{shouted})\s[A-Z]{{2,}})\b"), 0.75, "behind a role"),
    )


def _english(text: str) -> Iterator[Found]:
    for pattern, confidence, why in _english_patterns():
        for match in pattern.finditer(text):
            yield Found(*match.span("name"), "name", confidence, why)
