from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "yufang.server.dispatch"
    label = "dispatch"
