from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "yufang.server.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from yufang.server.ledger.attachments import register_files

        register_files()
