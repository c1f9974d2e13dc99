# ruff: noqa: E501 - sentences stand on one line
"""The words of the small made-up region. Names are fictional."""

from __future__ import annotations

from typing import NamedTuple


class MadeEnterprise(NamedTuple):
    """`industry` is a GB/T 4754-2017 code."""

    name: str
    industry: str


class Hazard(NamedTuple):
    key: str
    title_zh: str
    title_en: str
    equipment: str
    equipment_en: str
    part: str
    part_en: str
    circumstance_zh: str
    circumstance_en: str
    consequence_zh: str
    consequence_en: str
    accident_type: str
    clause: str
    fix_zh: str
    fix_en: str


class MadeCase(NamedTuple):
    """`codes` are GB 6441-2025 types, the likeliest first; `deciding` and `also` stand in the narrative."""

    narrative: str
    job: str
    equipment: str
    deciding: str
    also: str
    codes: tuple[str, str, str]


_NAMES = (
    ("青川精工冲压有限公司", "3484"),
    ("澜中恒达金属制品制造有限责任公司", "3311"),
    ("东屿联合精细化工股份有限公司", "2614"),
    ("北坪宏远建筑工程有限公司", "4710"),
    ("临川永固钢结构安装工程有限公司", "4920"),
    ("澜江机械铸造厂", "3391"),
    ("东屿港口装卸有限公司", "5532"),
    ("北坪木业加工有限公司", "2011"),
    ("临川食品冷链有限公司", "1353"),
    ("澜中压力容器制造有限公司", "3514"),
    ("东屿涂料树脂有限公司", "2641"),
    ("北坪水泥制品有限公司", "3021"),
    ("临川塑胶模具有限公司", "2929"),
    ("澜中汽车零部件有限公司", "3670"),
    ("东屿船舶修造有限公司", "3735"),
    ("北坪造纸包装有限公司", "2231"),
    ("临川家电配件有限公司", "3857"),
    ("澜中市政养护有限公司", "4812"),
    ("东屿水产加工有限公司", "1361"),
    ("北坪石材开采有限公司", "1011"),
    ("临川纺织印染有限公司", "1713"),
    ("澜中电梯安装维保有限公司", "4390"),
    ("东屿新材料科技有限公司", "2651"),
    ("北坪粮油仓储有限公司", "5951"),
    ("临川医药中间体有限公司", "2710"),
    ("澜中印刷包装有限公司", "2319"),
    ("东屿静园文具有限公司", "2411"),
)
ENTERPRISES = tuple(MadeEnterprise(*made) for made in _NAMES)

HAZARDS = (
    Hazard(
        "press-light-curtain",
        "压力机光电保护装置被旁路，手可进入模区",
        "Light curtain of the press bypassed; hands can reach the die",
        "开式可倾压力机",
        "Inclinable press",
        "光电保护装置",
        "Light curtain",
        "单次行程送料时，操作工为提速短接了光电保护，滑块下行中手仍在模具间取件。",
        "The operator bridged the light curtain to work faster; in single-stroke feeding the hand is still between the dies as the slide comes down.",
        "滑块下行压断手指或手掌。",
        "The slide crushes or severs fingers or the hand.",
        "WSA10004",
        "GB 27607",
        "恢复光电保护并与滑块制动联锁，旁路须钥匙授权",
        "Restore the light curtain, interlocked with the slide brake; bypass only by key",
    ),
    Hazard(
        "shear-rear",
        "剪板机后侧挡料区无防护，清料时未停机",
        "Rear of the shear unguarded; off-cuts cleared while it runs",
        "剪板机",
        "Plate shear",
        "后挡料防护栏",
        "Rear fence",
        "清理落料时人员从后侧进入，刀架仍处于连续行程。",
        "A person enters from the rear to clear off-cuts while the blade still strokes.",
        "上肢被刀架剪切或被板料砸伤。",
        "Arms are cut by the blade, or the sheet falls on the person.",
        "WSA10004",
        "GB 28240",
        "后侧加装联锁护栏，开门即停",
        "Interlocked rear fence that stops the shear when opened",
    ),
    Hazard(
        "crane-hook",
        "起重机吊钩防脱装置缺失，吊运途经人员上方",
        "Hook latch missing; loads travel above people",
        "电动单梁起重机",
        "Single-girder crane",
        "吊钩防脱装置",
        "Hook latch",
        "钢卷转运时吊索可能脱出，通道未隔离。",
        "The sling can slip off while coils are moved, and the aisle is not closed.",
        "吊物坠落砸中下方人员。",
        "The load falls on people below.",
        "WSA10005",
        "TSG 51",
        "更换带闭锁的吊钩，吊运通道设声光警示",
        "Hook with a latch; light and sound along the lifting aisle",
    ),
    Hazard(
        "grinder",
        "砂轮机托架间隙过大，砂轮有裂纹",
        "Work rest too far from the wheel; the wheel is cracked",
        "砂轮机",
        "Grinder",
        "砂轮与托架",
        "Wheel and work rest",
        "磨削小件时工件卡入间隙，砂轮受冲击破裂。",
        "A small piece jams in the gap and the wheel bursts under the blow.",
        "砂轮碎片击中头面部。",
        "Fragments hit the head or face.",
        "WSA10001",
        "GB 4674",
        "间隙调至 3 mm 以内，更换经回转试验的砂轮",
        "Gap of 3 mm at most; fit a wheel that passed the spin test",
    ),
    Hazard(
        "forklift",
        "叉车与行人共用通道，倒车无蜂鸣",
        "Forklifts share the aisle with people and reverse without a beeper",
        "叉车",
        "Forklift",
        "倒车蜂鸣器",
        "Reversing beeper",
        "装卸高峰时叉车倒车，货架遮挡视线。",
        "At busy hours forklifts reverse where racks block the view.",
        "行人被撞或被夹在货架与车体之间。",
        "A person is hit, or caught between rack and truck.",
        "WSA10002",
        "GB/T 36507",
        "人车分流，加装倒车雷达与蓝光灯",
        "Separate people and trucks; reversing radar and blue light",
    ),
    Hazard(
        "ladder",
        "检修平台护栏缺失，登高作业未系安全带",
        "Maintenance platform without rails; no harness at height",
        "检修平台",
        "Maintenance platform",
        "临边护栏",
        "Edge rails",
        "更换行车滑线时在 4 米平台边缘作业。",
        "The crane's conductor rail is changed at the edge of a 4 m platform.",
        "从平台边缘坠落。",
        "Fall from the platform's edge.",
        "WSA10010",
        "GB 4053.3",
        "补齐 1.2 m 护栏，设置生命线",
        "Rails of 1.2 m and a lifeline",
    ),
    Hazard(
        "panel",
        "配电柜门敞开，带电体裸露",
        "Switch cabinet open, live parts exposed",
        "低压配电柜",
        "Low-voltage switch cabinet",
        "柜门与绝缘挡板",
        "Door and barrier",
        "潮湿天气临时接线，柜门未关，无绝缘挡板。",
        "Temporary wiring in damp weather with the door open and no barrier.",
        "误触带电体触电。",
        "Electric shock on touching live parts.",
        "WSA10006",
        "GB 50054",
        "加装绝缘挡板，临时接线走漏电保护",
        "Fit barriers; temporary wiring behind a residual-current device",
    ),
    Hazard(
        "oven",
        "烘房燃气泄漏报警器失效，点火前未吹扫",
        "Gas alarm of the oven dead; no purge before ignition",
        "燃气烘房",
        "Gas-fired oven",
        "可燃气体探测器",
        "Gas detector",
        "停机再点火时残余燃气未排净，探测器超期未标定。",
        "Residual gas is left at re-ignition and the detector's calibration has lapsed.",
        "炉膛爆燃，灼烫作业人员。",
        "Deflagration in the oven burns the crew.",
        "WSA10016",
        "GB/T 50493",
        "探测器与燃气切断阀联锁，点火前强制吹扫",
        "Detector interlocked with the gas valve; forced purge before ignition",
    ),
)

CASES = (
    MadeCase(
        "2025年11月3日14时许，操作工张某在冲压车间用压力机加工垫片，取件时滑块突然下行，右手食指被模具压伤，送医后诊断为末节缺损。",
        "冲压工",
        "开式可倾压力机",
        "被模具压伤",
        "滑块突然下行",
        ("WSA10004", "WSA10001", "WSA10005"),
    ),
    MadeCase(
        "装卸工李某在成品库搬运钢管，捆扎带断开，钢管滚落砸中其左脚背，当时未穿防砸鞋。",
        "装卸工",
        "",
        "滚落砸中",
        "捆扎带断开",
        ("WSA10001", "WSA10005", "WSA10004"),
    ),
    MadeCase(
        "维修工王某在4米高平台更换照明灯具，未系安全带，转身时踩空坠落至地面，腰椎骨折。",
        "维修工",
        "检修平台",
        "踩空坠落",
        "4米高平台",
        ("WSA10010", "WSA10011", "WSA10099"),
    ),
    MadeCase(
        "叉车司机赵某倒车时未观察后方，将正在清扫通道的陈某撞倒，陈某小腿擦伤、脚踝扭伤。",
        "保洁员",
        "叉车",
        "撞倒",
        "倒车时未观察",
        ("WSA10002", "WSA10003", "WSA10001"),
    ),
    MadeCase(
        "电工刘某在配电柜内接临时线，未停电验电，左手触及母排触电，经急救脱险。",
        "电工",
        "低压配电柜",
        "触电",
        "未停电验电",
        ("WSA10006", "WSA10008", "WSA10099"),
    ),
)
