from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "yufang.server.limits"
    label = "limits"
