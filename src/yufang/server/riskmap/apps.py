from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class RiskmapConfig(AppConfig):
    name = "yufang.server.riskmap"
    label = "riskmap"
    personal = (
        acted(
            "WorkPermit",
            "applied_by",
            "closed_by",
            shows=("kind", "work", "starts_at", "ends_at", "closed_at"),
            zh="作业票",
            en="permits to work",
        ),
    )
