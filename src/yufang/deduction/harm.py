"""How people come to harm, read from the words of a record that no pack row explains.

The first line whose words stand in the (simplified) text gives the GB 6441-2025 accident type, a usual severity and
exposure, and measures from the top of the hierarchy of controls. A coarse reading, kept apart from the packs' rows.
"""

# ruff: noqa: E501 (a table reads by line)
from __future__ import annotations

import re
from dataclasses import dataclass

from yufang.deduction.contracts import Measure


@dataclass(frozen=True, slots=True)
class Harm:
    """`words`: pattern over simplified Chinese; `measures` in the order of the hierarchy of controls."""

    words: str
    accident_type: str
    severity: str
    exposure: str
    measures: tuple[Measure, ...]


def _harm(words: str, accident: str, severity: str, exposure: str, *measures: tuple[str, str, str]) -> Harm:
    made = tuple(Measure(level=level, text_zh=zh, text_en=en) for level, zh, en in measures)
    return Harm(words, accident, severity, exposure, made)


HARMS: tuple[Harm, ...] = (
    _harm(
        r"局限空间|有限空间|缺氧|密闭空间|下水道|人孔", "WSA10024", "multi_fatal", "monthly",
        ("engineering", "进入前强制通风并连续检测氧、可燃气与毒气", "Ventilate by force and monitor oxygen, flammable and toxic gas throughout"),
        ("administrative", "执行进入许可与专人监护，备好救援器材", "Entry permit, an attendant outside and rescue gear at hand"),
    ),
    _harm(
        r"堆高机|叉车|车辆|驾驶座", "WSA10002", "fatal", "daily",
        ("engineering", "人车分流，叉车装座椅安全带联锁、蓝光与倒车报警", "Separate people from trucks; seat-belt interlock, blue spot and reversing alarm"),
        ("administrative", "由持证人员驾驶并系好安全带，班前检查制动与货叉", "Licensed, belted drivers; check brakes and forks before the shift"),
    ),
    _harm(
        r"起重|吊挂|吊钩|吊运|吊举|吊具|升降机", "WSA10005", "fatal", "daily",
        ("engineering", "吊钩防脱装置、过卷与超载限制器保持有效", "Keep hook latches, over-hoist and overload limiters working"),
        ("administrative", "吊运区拦护，专人指挥，吊物下不得有人", "Fence the lifting zone, one signaller, nobody below the load"),
    ),
    _harm(
        r"坠落|高度.{0,4}(?:公尺|米)|公尺|高差|屋顶|施工架|开口|护栏|安全带|安全网|合梯|工作台|上下设备", "WSA10010", "fatal", "daily",
        ("engineering", "临边与开口设护栏、护盖或安全网，作业面满铺", "Guardrails, covers or nets at edges and openings; fully decked platforms"),
        ("ppe", "无法设护栏处使用背负式安全带并挂在锚点", "Full-body harness on a rated anchor where no rail can stand"),
    ),
    _harm(
        r"感电|触电|电气|漏电|带电|电焊|电线|配电|分电盘|接地|断路器|停电", "WSA10006", "fatal", "daily",
        ("engineering", "逐级装漏电断路器并接地，带电部分加护围或绝缘", "Residual-current breakers and earthing at each level; enclose or insulate live parts"),
        ("administrative", "检修前停电、验电、上锁挂牌", "De-energise, test and lock out before work"),
    ),
    _harm(
        r"倒塌|崩塌|挡土|模板|支撑|土石|露天开挖|堆置|坍塌", "WSA10012", "fatal", "daily",
        ("engineering", "按计算设置支撑与斜撑，边坡挡土，堆置限高并固定", "Shores and bracing by calculation, slopes retained, stacks limited and secured"),
        ("administrative", "由作业主管在场指挥，变形即停工撤人", "A competent supervisor on the spot; stop and clear out at any movement"),
    ),
    _harm(
        r"被夹|被卷|卷夹|机械|齿轮|转轴|冲剪|冲压|剪断|研磨|砂轮|传动|滚筒|切割|护围|护罩|安全模|扫除、上油", "WSA10004", "serious", "daily",
        ("engineering", "转动与咬入点装固定护罩，活动护罩带联锁", "Fixed guards on moving and in-running parts; interlocked movable guards"),
        ("administrative", "清理、上油、调整前停机断电上锁", "Stop, isolate and lock out before cleaning, oiling or adjusting"),
    ),
    _harm(
        r"爆炸|易燃|可燃|引火", "WSA10016", "multi_fatal", "daily",
        ("engineering", "通风并连续检测可燃气，防爆电气，消除静电", "Ventilate, monitor flammable gas, explosion-proof gear, bond against static"),
        ("administrative", "动火许可，清除可燃物并留人监护", "Hot-work permit, remove fuel, keep a fire watch"),
    ),
    _harm(
        r"安全帽|飞落|物体|坠物", "WSA10001", "fatal", "daily",
        ("engineering", "高处设踢脚板与防护棚，工具系绳", "Toe boards and canopies, tools on lanyards"),
        ("ppe", "进入工地正确戴用安全帽", "Helmets worn and fastened on site"),
    ),
    _harm(
        r"压力容器|锅炉|高压气体|钢瓶|气瓶|乙炔|氧气", "WSA10014", "fatal", "daily",
        ("engineering", "安全阀与压力表在检定期内，气瓶立放固定、分区存放", "Safety valves and gauges in date; cylinders upright, secured and segregated"),
        ("administrative", "由持证人员操作并逐班检查", "Certified operators and checks every shift"),
    ),
    _harm(
        r"有机溶剂|特定化学|粉尘|作业环境监测|作业场所.*浓度|有害物|中毒|危害性化学品|安全资料表|铅", "WSA10023", "serious", "daily",
        ("engineering", "密闭或局部排风，按期监测作业环境浓度", "Enclose or extract at the source; measure concentrations when due"),
        ("ppe", "按毒物选配呼吸与皮肤防护", "Respiratory and skin protection chosen for the substance"),
    ),
    _harm(
        r"钢筋|踏钉|尖锐|突出物|割伤|刺", "WSA10099", "serious", "daily",
        ("engineering", "暴露的钢筋端与尖锐物弯折、加盖或包覆", "Bend, cap or wrap exposed bar ends and sharp objects"),
        ("administrative", "随工序清理，每日巡查补齐", "Clear as work goes on and make good in a daily round"),
    ),
    _harm(
        r"烫|高温|灼", "WSA10008", "serious", "daily",
        ("engineering", "高温表面隔热并设护栏", "Insulate and rail off hot surfaces"),
        ("ppe", "穿戴隔热服、面罩与手套", "Heat-resistant clothing, face shield and gloves"),
    ),
    _harm(
        r"火灾|灭火|消防", "WSA10009", "fatal", "daily",
        ("engineering", "配足灭火器材并保持通道畅通", "Enough extinguishers and clear routes"),
        ("administrative", "动火审批与班后检查", "Hot-work approval and an end-of-shift check"),
    ),
    _harm(
        r"跌倒|滑倒|通道|地板|楼梯|阶梯", "WSA10011", "serious", "daily",
        ("engineering", "地面防滑平整，通道照明与标线", "Level, slip-resistant floors, lit and marked walkways"),
        ("administrative", "随时清除积水、油污和杂物", "Remove water, oil and clutter at once"),
    ),
)  # fmt: skip


def harm_of(text: str) -> Harm | None:
    """The first way of harm whose words stand in `text` (simplified Chinese), or None."""
    return next((harm for harm in HARMS if re.search(harm.words, text)), None)
