"""The ASGI application."""

from typing import Any

from django.core.asgi import get_asgi_application

from yufang.server.uploads import Bounded

django: Any = get_asgi_application()  # its own types say dict where ASGI says mapping
application = Bounded(django)
