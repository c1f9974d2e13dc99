from django.apps import AppConfig


class PositionsConfig(AppConfig):
    name = "yufang.server.positions"
    label = "positions"
