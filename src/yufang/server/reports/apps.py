from django.apps import AppConfig

from yufang.server.privacy.holdings import DUTY, Holding


class ReportsConfig(AppConfig):
    name = "yufang.server.reports"
    label = "reports"
    personal = (
        Holding(
            "Report",
            of=("person",),
            shows=("words", "kind", "said_at", "state"),
            erase="clear",
            clears=("contact",),
            zh="随手拍与举报",
            en="reports from the floor",
            law=DUTY,
        ),
    )

    def ready(self) -> None:
        from yufang.server.privacy.vault import SealedColumn, register
        from yufang.server.reports import keys

        register(SealedColumn("reports_report", "contact", row="client_id", binary=True, before=keys.opened_before))
