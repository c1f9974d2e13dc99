from django.apps import AppConfig

from yufang.server.privacy.holdings import acted, owned


class DispatchConfig(AppConfig):
    name = "yufang.server.dispatch"
    label = "dispatch"
    personal = (
        owned(
            "Reach",
            "person",
            shows=("kind", "hint", "enabled", "made_at"),
            zh="接收通知的号码与地址",
            en="numbers and addresses for messages",
        ),
        acted("Shift", "person", shows=("starts_at", "ends_at"), zh="值班", en="duty"),
        acted("StandIn", "person", "stand_in", shows=("starts_at", "ends_at"), zh="替班", en="stand-ins"),
        acted("Delivery", "person", shows=("kind", "state", "made_at"), zh="发出的通知", en="messages sent"),
        owned("InboxItem", "person", shows=("title_zh", "title_en", "at", "read_at"), zh="收件箱", en="inbox"),
        owned("AckToken", "person", shows=("expires_at",), zh="一键确认链接", en="one-tap links"),
    )

    def ready(self) -> None:
        from yufang.server.dispatch.sealing import opened_before
        from yufang.server.privacy.vault import SealedColumn, register

        register(SealedColumn("dispatch_reach", "sealed", row="person_id", before=opened_before))
        register(SealedColumn("dispatch_channel", "sealed", row="organisation_id", before=opened_before))
