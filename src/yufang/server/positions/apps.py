from django.apps import AppConfig

from yufang.server.privacy.holdings import CONSENT, Holding, acted, owned


class PositionsConfig(AppConfig):
    name = "yufang.server.positions"
    label = "positions"
    personal = (
        Holding(
            "LatestFix",
            of=("wearing__person",),
            shows=("at", "x", "y", "floor", "blurred"),
            erase="delete",
            zh="最近位置",
            en="latest position",
            law=CONSENT,
        ),
        owned(
            "Wearing",
            "person",
            shows=("issued_at", "shift_ends", "returned_at"),
            zh="佩戴记录",
            en="devices worn",
            law=CONSENT,
        ),
        acted(
            "Consent",
            "person",
            shows=("purpose", "given_at", "withdrawn_at"),
            zh="同意记录",
            en="consents",
            law="PIPL 14, 15",
        ),
        Holding(
            "PositionLook",
            of=("person", "by"),
            shows=("by_name", "purpose", "reason", "at"),
            erase="keep",
            names=("by", "by_name"),
            zh="位置查看记录",
            en="who looked at positions",
            law="PIPL 51, 54",
        ),
    )
