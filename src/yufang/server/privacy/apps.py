from django.apps import AppConfig

from yufang.server.privacy.holdings import Holding


class PrivacyConfig(AppConfig):
    name = "yufang.server.privacy"
    label = "privacy"
    personal = (
        Holding(
            "PersonalDetails",
            of=("person", "changed_by"),
            shows=("identity_number", "phone", "birth_year", "health", "changed_at"),
            erase="delete",
            zh="身份证号、电话与健康信息",
            en="identity number, telephone and health",
            law="PIPL 28, 47",
        ),
        Holding(
            "PersonalAccess",
            of=("person", "reader"),
            shows=("what", "purpose", "at", "reader_name"),
            erase="keep",
            names=("reader", "reader_name"),
            zh="查阅记录",
            en="who read the record",
            law="PIPL 51, 54",
        ),
        Holding(
            "PersonalExport",
            of=("person", "asked_by"),
            shows=("state", "asked_at"),
            erase="delete",
            only=("person",),
            zh="个人资料导出",
            en="exports of one's data",
            law="PIPL 45",
        ),
        Holding(
            "ErasureRequest",
            of=("person", "asked_by", "decided_by"),
            shows=("state", "asked_at", "decided_at"),
            erase="keep",
            zh="删除申请及其处理",
            en="requests for erasure and what was decided",
            law="PIPL 47, 50",
        ),
        Holding(
            "LegalHold",
            of=("person", "by", "lifted_by"),
            shows=("record", "at", "lifted_at"),
            erase="keep",
            zh="依法留存",
            en="legal holds",
            law="PIPL 47(5)",
        ),
        Holding(
            "SharingAgreement",
            of=("proposed_by", "revoked_by"),
            shows=("purpose", "proposed_at"),
            erase="keep",
            names=("proposed_by", "proposed_by_name"),
            zh="数据共享协议",
            en="sharing agreements",
            law="PIPL 23, 38",
        ),
        Holding(
            "SharingWord",
            of=("by",),
            shows=("word", "at"),
            erase="keep",
            names=("by", "by_name"),
            zh="对共享协议的答复",
            en="words on agreements",
            law="PIPL 23",
        ),
        Holding(
            "SharingRead",
            of=("by",),
            shows=("dataset", "at"),
            erase="keep",
            names=("by", "by_name"),
            zh="读取共享数据",
            en="reads of shared data",
            law="PIPL 51, 54",
        ),
        Holding(
            "StatisticsRelease",
            of=("by", "withdrawn_by"),
            shows=("title_zh", "title_en", "at"),
            erase="keep",
            zh="发布的统计",
            en="published statistics",
            law="DSL 41",
        ),
    )
