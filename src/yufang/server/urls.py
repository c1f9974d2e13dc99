"""Addresses: the API, and the console for everything else."""

from django.urls import path, re_path

from yufang.server.api import api
from yufang.server.web import console
from yufang.server.dispatch.ack_page import ack

urlpatterns = [
    path("ack/<str:token>", ack),
    path("api/", api.urls),
    re_path(r"^(?!api/|static/).*$", console),
]
