"""Which columns of a file are which fields: as given, else by headings that registers use."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from yufang.lake.linkage.errors import LinkageError
from yufang.lake.linkage.linking import ID, kind_of
from yufang.lake.readers import ROW

_EMPLOYERS = {
    "name": ("企业名称", "单位名称", "用人单位", "名称", "公司名称", "employer", "company", "事業單位"),
    "former_name": ("曾用名", "原名称", "former name"),
    "credit_code": ("统一社会信用代码", "信用代码", "社会信用代码", "credit code", "uscc"),
    "region": ("所在区县", "地区", "城市", "区县", "city"),
    "address": ("地址", "住所", "注册地址", "经营地址"),
    "phone": ("电话", "联系电话", "手机", "telephone"),
    "legal_person": ("法定代表人", "负责人", "法人", "legal representative"),
    "industry": ("行业代码", "行业", "行业类别", "industry code"),
    ID: ("编号", "序号", "记录编号", "id", "record id"),
}
_PERSONS = {
    "name": ("姓名", "职工姓名", "name"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "证件号码", "id number"),
    "birth_date": ("出生日期", "生日", "birth date", "date of birth"),
    "sex": ("性别", "gender"),
    "employer": ("用人单位", "单位名称", "企业名称", "工作单位"),
    "phone": ("电话", "联系电话", "手机"),
    ID: ("编号", "序号", "记录编号", "id", "record id"),
}
_KNOWN = {"employers": _EMPLOYERS, "persons": _PERSONS}


def renamed(frame: pl.DataFrame, kind: str, given: Mapping[str, str], source: str) -> pl.DataFrame:
    """`frame` with the kind's field names, others left out. Raises LinkageError for a column that isn't there."""
    fields = (ID, *kind_of(kind).fields)
    present = [name for name in frame.columns if name != ROW]
    lacking = [column for column in given.values() if column not in present]
    unknown = [field for field in given if field not in fields]
    if lacking or unknown:
        raise LinkageError(
            "missing_column", source=source, columns=", ".join(lacking or unknown), present=", ".join(present)
        )
    by_heading = {name.strip().casefold().replace("_", " "): name for name in present}
    chosen = dict(given)
    for field in fields:
        for heading in (field.replace("_", " "), *_KNOWN[kind].get(field, ())):
            column = by_heading.get(heading)
            if column and field not in chosen and column not in chosen.values():
                chosen[field] = column
    if not any(field in chosen for field in kind_of(kind).strong):
        wanted = ", ".join(kind_of(kind).strong)
        raise LinkageError("missing_column", source=source, columns=wanted, present=", ".join(present))
    return frame.select(pl.col(column).alias(field) for field, column in chosen.items())
