from django.apps import AppConfig


class EdgeConfig(AppConfig):
    name = "yufang.server.edge"
    label = "edge"
