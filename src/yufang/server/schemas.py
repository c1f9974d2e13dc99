"""How requests and answers become objects and bytes. Imported before any router, since routes are made by this."""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.http import HttpRequest
from ninja import Schema
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

# django-ninja makes a model for the parameters and one for the answer of each of some five hundred routes. Built when
# a route is first asked, not at the start: a process that was killed is back a second earlier.
Schema.model_config["defer_build"] = True

_OTHER = NinjaJSONEncoder(ensure_ascii=False)
_AS_DJANGO = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


class Utf8Renderer(JSONRenderer):
    """Chinese as it is, not as escapes: half the bytes. Times and decimals as Django writes them."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        try:
            return orjson.dumps(data, _OTHER.default, _AS_DJANGO)
        except (TypeError, ValueError):  # integers over 64 bits, halves of characters
            return json.dumps(data, cls=NinjaJSONEncoder, ensure_ascii=False)
