"""Addresses: the API, and the console for everything else."""

from django.urls import path, re_path

from yufang.server.api import api
from yufang.server.web import console

urlpatterns = [
    path("api/", api.urls),
    re_path(r"^(?!api/|static/).*$", console),
]
