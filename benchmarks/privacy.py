"""Precision and recall of finding personal data in narratives.

    python benchmarks/privacy.py            # made-up set: templates with made-up persons, labelled by code
    python benchmarks/privacy.py --real     # real sentences labelled by hand (needs ../shared/data)
    python benchmarks/privacy.py --show     # print the real sentences with what is found, to label or to check

The made-up set says how well known forms are found; its names are drawn from the commonest surnames and its templates
were written by us, so it flatters. The real set is 120 sentences of the odd-numbered mainland-Chinese reports: 80 drawn
by chance among those in which something is found and 40 among the others; the rules were written looking at the
even-numbered ones only. `privacy_labels.json` holds the labels as offsets, no text. Recall on the real set is of these
120 sentences: sentences with a miss alone are rarer among the drawn than in the reports.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import time
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl

from yufang.lake.privacy import find_personal

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("YUFANG_SHARED", HERE.parent.parent / "shared")) / "data"
Span = tuple[int, int, str]

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建国志文玉兰红金春梅海龙云飞鹏宇浩然子轩欣怡俊辉凯旋振东晓峰"
FIRST = ("James", "Robert", "Michael", "David", "Carlos", "Luis", "Maria", "Linda", "Kevin", "Brian", "Thomas")
LAST = (
    "Anderson",
    "Thompson",
    "Martinez",
    "Robinson",
    "Clark",
    "Lewis",
    "Walker",
    "Young",
    "Allen",
    "Torres",
    "Nguyen",
)
ROADS = ("文一西路", "人民南路", "建设街", "中山大道", "解放路", "工业园三路")
PLATES = "京沪粤浙苏鲁豫川渝湘"
# {n} a name, {m} another, {x} a half-hidden one, {k} a surname,
# {i} identity number, {p} phone, {c} plate, {b} card, {a} house number
TEMPLATES = (
    "2023年5月6日8时许，职工{n}在冲压车间操作压力机时右手被模具夹伤。",
    "伤者{n}（男，46岁，身份证号{i}）被送往市第二人民医院救治。",
    "{n}，男，1979年生，系该公司电焊工，在本次事故中死亡。",
    "驾驶员{n}驾驶{c}号重型半挂牵引车沿国道行驶，押运员{m}在副驾驶座。",
    "班长{n}安排{m}到三层清理模板。",
    "事故发生后，现场负责人{n}立即拨打120，并向项目经理{m}报告。",
    "联系人：{n}，电话{p}，家住杭州市西湖区{r}{a}。",
    "死者{x}系外来务工人员，与工友{n}同住。",
    "{x}在未系安全带的情况下从脚手架坠落。",
    "该公司法定代表人为{n}，安全生产管理人员{m}未履行职责。",
    "维修工{n}、{m}在检修输送带时未断电挂牌。",
    "赔偿款汇入{n}账户，银行卡号{b}。",
    "{k}师傅让学徒{n}去仓库取料，途中被{c}叉车撞倒。",
    "据目击者{n}称，当时现场没有监护人员。",
    "塔吊司机{n}酒后作业，信号工{m}擅自离岗。",
    "申请人{n}于2023年7月1日向我局提出工伤认定申请，联系电话{p}。",
    "{n}等3人在有限空间内作业时中毒，施救人员{m}未佩戴呼吸器。",
    "经查，司机{n}持有A2驾驶证，车辆{c}已按期检验。",
    "该厂位于{r}{a}，厂长{n}在外出差。",
    "安全员{n}发现后大声呼喊，{m}没有听见。",
    "勞工{x}於施工架上墜落，現場負責人{n}未設置護欄。",
    "{n}在清理搅拌机时左臂被卷入，当场死亡。",
    "施工方案未经审批，高处作业人员未系安全带，管理人员未到场。",
    "金属打磨产生的粉尘遇明火爆炸，造成5人受伤，直接经济损失约120万元。",
    "江苏安泰建设有限公司承建的张家港市某项目发生坍塌，时任监理单位为方圆监理公司。",
    "2022年11月3日，石家庄市高新区马庄村东侧路面塌陷，周边房屋受损，任务由应急部门承担。",
    "文件编号20230508001，设备型号YZR-132M，合同金额4500000元，温度计读数异常。",
)
ENGLISH = (
    "Employee {f} was struck by a falling beam at the Green Valley Mine.",
    "Mr. {f} called his supervisor at {u} before the shift.",
    "The operator, {f}, lost two fingers in the press.",
    "{f} was working from an extension ladder when he fell 12 feet.",
    "The victim lived at {h} Lincoln Avenue and was employed by Young Construction Company.",
    "Employee #1 was operating a forklift at Walker Steel in Green County when it overturned.",
    "On March 5, 2019, an employee of Allen Brothers Inc. was burned by hot oil.",
)


def made_up(count: int, seed: int = 7) -> list[tuple[str, list[Span]]]:
    """`count` texts from the templates with made-up persons, and the spans that were put in."""
    rng = random.Random(seed)
    return [_fill(rng.choice(TEMPLATES if rng.random() < 0.8 else ENGLISH), rng) for _ in range(count)]


def _fill(template: str, rng: random.Random) -> tuple[str, list[Span]]:
    text, spans = "", []
    for piece in re.split(r"(\{\w\})", template):
        made = _make(piece[1], rng) if re.fullmatch(r"\{\w\}", piece) else None
        if made is not None and made[1]:
            spans.append((len(text), len(text) + len(made[0]), made[1]))
        text += piece if made is None else made[0]
    return text, spans


def _make(slot: str, rng: random.Random) -> tuple[str, str]:
    digits = lambda n: "".join(rng.choices("0123456789", k=n))  # noqa: E731
    name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2, 2))))
    if slot in "nm":
        return name, "name"
    if slot == "k":
        return rng.choice(SURNAMES), "name"
    if slot == "x":
        return rng.choice(SURNAMES) + rng.choice(("某", "某某", "××", "XX", "○○")), "name"
    if slot == "i":
        return _identity(rng), "identity"
    if slot == "p":
        mobile = f"1{rng.choice('3456789')}{digits(9)}"
        return rng.choice((mobile, f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}", f"0571-8{digits(7)}")), "phone"
    if slot == "c":
        letters = "ABCDEFGHJK"
        tail = rng.choice((digits(5), f"{rng.choice('DF')}{digits(5)}", f"{rng.choice(letters)}{digits(4)}"))
        return rng.choice(PLATES) + rng.choice(letters) + rng.choice(("", "·")) + tail, "plate"
    if slot == "b":
        return _card(rng), "card"
    if slot == "a":
        return rng.choice(
            (f"{rng.randint(1, 900)}号", f"{rng.randint(1, 99)}号{rng.randint(1, 20)}幢{rng.randint(101, 999)}室")
        ), "address"
    if slot == "r":
        return rng.choice(ROADS), ""
    if slot == "f":
        return f"{rng.choice(FIRST)} {rng.choice(('', f'{rng.choice(chr(65) + chr(74))}. '))}{rng.choice(LAST)}", "name"
    if slot == "u":
        return f"({rng.randint(201, 989)}) 555-{digits(4)}", "phone"
    return str(rng.randint(10, 9999)), "address"


def _identity(rng: random.Random) -> str:
    born = f"{rng.randint(1955, 2004)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{rng.choice(('110105', '330106', '410327', '510104'))}{born}{rng.randint(0, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    right = "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    return body + (right if rng.random() < 0.8 else "0" if right != "0" else "1")  # one in five mistyped


def _card(rng: random.Random) -> str:
    body = "622202" + "".join(rng.choices("0123456789", k=12))
    total = sum(sum(divmod(int(d) * (2 - at % 2), 10)) for at, d in enumerate(reversed(body)))
    return body + str(-total % 10)


@cache
def real_reports() -> dict[str, list[str]]:
    folder = SHARED / "china_accident_reports"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is missing: put the shared data there, or set YUFANG_SHARED")
    return {
        "hazmat": pl.read_parquet(folder / "hazmat_reports.parquet")["report"].to_list(),
        "notice": pl.read_parquet(folder / "construction_notices.parquet")["text"].to_list(),
    }


def within(key: str, sentence: str) -> list[Span]:
    """What is found in a sentence when its whole report is read: a name that is sure elsewhere is known here too."""
    kind, number, _ = key.split("/")
    text = real_reports()[kind][int(number)]
    at = text.index(sentence)
    spans = ((start - at, end - at, what) for start, end, what in spans_of(text))
    return [(start, end, what) for start, end, what in spans if start >= 0 and end <= len(sentence)]


def real_sentences() -> dict[str, str]:
    """Every sentence of the odd-numbered reports, by report and place."""
    sentences = {}
    for kind, reports in real_reports().items():
        for number in range(1, len(reports), 2):
            for at, sentence in enumerate(re.split(r"(?<=[。；\n])", reports[number] or "")):
                if 12 <= len(sentence.strip()) <= 300:
                    sentences[f"{kind}/{number}/{at}"] = sentence.strip()
    return sentences


def score(pairs: list[tuple[list[Span], list[Span]]]) -> dict[str, tuple[int, int, int]]:
    """(found right, found wrong, missed) for each kind; a span counts when its place and kind are exactly right."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for truth, found in pairs:
        right.update(kind for *_, kind in set(truth) & set(found))
        wrong.update(kind for *_, kind in set(found) - set(truth))
        missed.update(kind for *_, kind in set(truth) - set(found))
    kinds = sorted(right | wrong | missed)
    return {kind: (right[kind], wrong[kind], missed[kind]) for kind in kinds}


def spans_of(text: str) -> list[Span]:
    return [(one.start, one.end, one.kind) for one in find_personal(text)]


def report(title: str, scores: dict[str, tuple[int, int, int]]) -> None:
    print(title)
    total = tuple(sum(column) for column in zip(*scores.values(), strict=True))
    for kind, (right, wrong, missed) in {**scores, "all": total}.items():
        precision = right / (right + wrong) if right + wrong else float("nan")
        recall = right / (right + missed) if right + missed else float("nan")
        print(
            f"  {kind:9} right {right:5}  wrong {wrong:4}  missed {missed:4}"
            f"  precision {precision:.3f}  recall {recall:.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--count", type=int, default=5000)
    chosen = parser.parse_args()
    if chosen.show:
        for key, text in drawn(real_sentences()).items():
            marks = [(one.start, one.end, one.kind, text[one.start : one.end]) for one in find_personal(text)]
            print(key, text, marks, sep="\n  ")
        return
    if chosen.real:
        labels = json.loads((HERE / "privacy_labels.json").read_text(encoding="utf-8"))
        sentences = real_sentences()
        truth = {key: [(start, end, kind) for start, end, kind in spans] for key, spans in labels.items()}
        alone = [(spans, spans_of(sentences[key])) for key, spans in truth.items()]
        report(f"real sentences labelled by hand, each by itself: {len(alone)}", score(alone))
        whole = [(spans, within(key, sentences[key])) for key, spans in truth.items()]
        report("the same sentences, found in the whole report", score(whole))
        return
    texts = made_up(chosen.count)
    start = time.perf_counter()
    pairs = [(truth, spans_of(text)) for text, truth in texts]
    seconds = time.perf_counter() - start
    report(f"made-up texts: {len(pairs)}, {len(pairs) / seconds:,.0f} texts/s", score(pairs))


def drawn(sentences: dict[str, str], seed: int = 11) -> dict[str, str]:
    """80 sentences in which something is found and 40 in which nothing is, drawn by chance."""
    rng = random.Random(seed)
    keys = sorted(sentences)
    rng.shuffle(keys)
    with_any = [key for key in keys if find_personal(sentences[key])][:80]
    without = [key for key in keys if not find_personal(sentences[key])][:40]
    return {key: sentences[key] for key in with_any + without}


if __name__ == "__main__":
    main()
