"""The quality rules of a pack, each with its limit, in one place.

`yufang pack check` refuses a pack that breaks a rule of `RULES` that `refuses`; the others are advice. `GRADES` says
what a pack that isn't refused is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule in both languages. `{…}` in the texts are filled by the finding."""

    zh: str
    en: str
    refuses: bool = True


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "rows": Rule(zh="至少要有一条隐患", en="a pack needs at least one hazard"),
        "accident_type": Rule(
            zh="不是GB 6441-2025事故类型代码", en="is no accident type of GB 6441-2025 (`yufang standards`)"
        ),
        "industry": Rule(
            zh="不是GB/T 4754-2017的大类、中类或小类代码",
            en="is no division, group or class of GB/T 4754-2017",
        ),
        "special_equipment": Rule(zh="不是特种设备目录代码", en="is no code of the special-equipment catalogue"),
        "ppe": Rule(zh="不是GB 39800个体防护装备代码", en="is no PPE code of GB 39800"),
        "ppe_missing": Rule(
            zh="写了个体防护措施，就要列出装备代码", en="a measure at level ppe needs a PPE code in `ppe`"
        ),
        "zh_text": Rule(zh="中文文本须含汉字", en="the Chinese text must have Han characters"),
        "en_text": Rule(
            zh="英文文本不得含汉字，须含字母", en="the English text must have letters and no Han characters"
        ),
        "length": Rule(
            zh="太短：至少{least}个字符，现有{found}个",
            en="too short: needs at least {least} characters, has {found}",
        ),
        "filler": Rule(
            zh="“{found}”是套话：写明部位、动作、限值",
            en="{found!r} is filler: name the part, the action, the limit",
        ),
        "causes": Rule(zh="五类原因至少写三类，现有{found}类", en="at least {least} of the five causes, has {found}"),
        "levels": Rule(
            zh="措施至少覆盖两个控制层级，现有{found}个",
            en="measures need at least {least} levels of the hierarchy of controls, have {found}",
        ),
        "above_ppe": Rule(
            zh="至少一条措施高于个体防护", en="at least one measure must stand above personal protection"
        ),
        "words": Rule(
            zh="检查记录用语至少{least}个，现有{found}个",
            en="at least {least} phrases of inspection records, has {found}",
        ),
        "word": Rule(
            zh="检查记录用语须是中文或通用缩写，至少两字，同一条内不重复",
            en="a phrase must be Chinese (or an abbreviation), two characters or more, once per row",
        ),
        "clause_text": Rule(zh="状态为text时须写明条款号", en="status `text` needs the number of an article or clause"),
        "same_row": Rule(zh="设备、部位、情形与{found}相同", en="same equipment, part and circumstance as {found}"),
        "alike": Rule(
            zh="与{found}的文字几乎相同（相似度{share}）",
            en="nearly the same words as {found} (similarity {share})",
        ),
        "id_prefix": Rule(zh="同一行业包的编号须同一前缀", en="all ids of a pack share one prefix"),
        "unused": Rule(zh="没有隐患用到它", en="no hazard refers to it", refuses=False),
        "signals": Rule(zh="没有可监测的信号", en="names no signal to watch", refuses=False),
        "shared_word": Rule(
            zh="用语也属于{found}，匹配时会混淆",
            en="also a phrase of {found}; a record could mean either",
            refuses=False,
        ),
    }
)

# Least number of characters (zh, en): below it a text can't say part, failure and circumstance.
MIN_LENGTHS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {
        "title": (6, 20),
        "circumstance": (20, 60),
        "consequence": (4, 14),
        "causes": (3, 8),
        "measures": (5, 16),
        "training": (5, 12),
        "check": (20, 50),
        "signals": (2, 3),
    }
)
MIN_CAUSES = 3
MIN_LEVELS = 2
MIN_WORDS = 1

# Two rows are alike where the shares of their character shingles (Jaccard) reach this in one of these fields.
ALIKE_FIELDS = ("title", "circumstance", "check")
ALIKE_AT = 0.5
SHINGLE = 3

# Phrases that tell nobody what to do; who means something by them can say what.
FILLER_ZH = (
    "注意安全",
    "加强管理",
    "加强教育",
    "加强监督",
    "加强监管",
    "加强巡查",
    "提高安全意识",
    "增强安全意识",
    "做好防护",
    "规范操作",
    "小心操作",
    "谨慎操作",
    "落实责任",
    "严格遵守操作规程",
    "严格执行操作规程",
    "严格按照规定",
    "必要时",
    "相关规定",
    "按要求执行",
)
FILLER_EN = (
    "be careful",
    "pay attention",
    "take care",
    "strengthen management",
    "strengthen supervision",
    "raise awareness",
    "safety awareness",
    "improve safety",
    "follow the rules",
    "relevant regulations",
    "as appropriate",
    "as required",
    "if necessary",
    "where necessary",
    "etc.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What a grade asks of a pack that isn't refused. Shares are of its hazard rows, in [0, 1]."""

    key: str
    zh: str
    en: str
    rows: int  # hazard rows
    with_part: float  # rows that name a part of the equipment
    with_signal: float  # rows that name a signal to watch
    hard_control: float  # rows with a measure above administrative: eliminate, substitute, engineering
    three_words: float  # rows with three phrases or more
    clause_read: float  # rows whose clause has been read in full
    accident_types: int  # different accident types


# Best first; the first one whose every column is reached is the pack's grade.
GRADES = (
    Grade(
        key="gold",
        zh="金",
        en="gold",
        rows=80,
        with_part=0.95,
        with_signal=0.95,
        hard_control=0.95,
        three_words=0.95,
        clause_read=0.10,
        accident_types=8,
    ),
    Grade(
        key="silver",
        zh="银",
        en="silver",
        rows=40,
        with_part=0.80,
        with_signal=0.80,
        hard_control=0.85,
        three_words=0.80,
        clause_read=0.0,
        accident_types=5,
    ),
    Grade(
        key="bronze",
        zh="铜",
        en="bronze",
        rows=1,
        with_part=0.0,
        with_signal=0.0,
        hard_control=0.0,
        three_words=0.0,
        clause_read=0.0,
        accident_types=1,
    ),
)
