"""Fields and degrees of agreement as people read them, zh and en."""

from __future__ import annotations

FIELDS = {
    "name": ("名称", "Name"),
    "former_name": ("曾用名", "Former name"),
    "credit_code": ("统一社会信用代码", "Credit code"),
    "region": ("地区", "Region"),
    "address": ("地址", "Address"),
    "phone": ("电话", "Phone"),
    "legal_person": ("法定代表人", "Legal representative"),
    "industry": ("行业", "Industry"),
    "branch": ("分支机构", "Branch"),
    "id_number": ("身份证号", "Identity number"),
    "birth_date": ("出生日期", "Date of birth"),
    "sex": ("性别", "Sex"),
    "employer": ("用人单位", "Employer"),
}
LEVELS = {
    "missing": "缺失",
    "same name": "名称相同",
    "same but for region, form or branch": "除地区、组织形式、分支外相同",
    "the other's former name": "是对方的曾用名",
    "one typing error": "差一个字",
    "short form of the other": "是对方的简称",
    "two typing errors": "差两个字",
    "same brand": "字号相同",
    "other name": "名称不同",
    "same code": "代码相同",
    "same organisation part": "主体标识码相同",
    "code with a typing error": "代码有笔误",
    "other code, one of them mistyped": "代码不同（其一校验不符）",
    "other code": "代码不同",
    "same address": "地址相同",
    "same road and number": "路名门牌相同",
    "address with typing errors": "地址有笔误",
    "other address": "地址不同",
    "same phone": "电话相同",
    "phone with a typing error": "电话有笔误",
    "other phone": "电话不同",
    "same legal person": "法定代表人相同",
    "other legal person": "法定代表人不同",
    "same region": "地区相同",
    "other region": "地区不同",
    "same branch": "分支相同",
    "other branch": "分支不同",
    "same industry": "行业相同",
    "other industry": "行业不同",
    "same as far as it is shown": "可见部分相同",
    "one character differs": "差一个字",
    "same number": "号码相同",
    "number with a typing error": "号码有笔误",
    "other number": "号码不同",
    "same day": "日期相同",
    "day with a typing error": "日期有笔误",
    "other day": "日期不同",
    "same employer": "单位相同",
    "employer with a typing error": "单位名有笔误",
    "other employer": "单位不同",
    "same sex": "性别相同",
    "other sex": "性别不同",
}


def field_names(field: str) -> tuple[str, str]:
    """What a field is called."""
    return FIELDS.get(field, (field, field))


def level_names(level: str) -> tuple[str, str]:
    """What a degree of agreement is called."""
    return LEVELS.get(level, level), level
