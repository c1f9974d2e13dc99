"""Around every request: is there a budget left for it? Stands outside the request's transaction."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from yufang.server.accounts.session import PERSON_KEY
from yufang.server.errors import Problem
from yufang.server.limits import device, rules
from yufang.server.limits.buckets import Charge, Memory, Shared, Store, take_all

MEMORY = Memory()
SHARED = Shared()
_LONGEST_BODY = 64 * 1024  # of one that names somebody


class Limits:
    """Refuses with 429 and `Retry-After` what is over its budget, before anything of it is worked on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(("/api/", "/ack/")) or rules.FREE.match(request.path):
            return self.get_response(request)
        wait = take_all(MEMORY, _who_pays(request))
        if wait > 0:
            return refusal("too_many_requests", wait)
        guess = next((g for g in rules.GUESSES if g.path.match(request.path)), None)
        if guess is None or (guess.name == "auth" and request.method == "GET"):
            return self.get_response(request)
        return self._guess(request, guess)

    def _guess(self, request: HttpRequest, guess: rules.Guess) -> HttpResponseBase:
        name = _named(request, guess.field)
        store: Store = SHARED if guess.shared else MEMORY
        charges = _charges(request, guess, name)
        wait = max((store.look(c) for c in charges.after), default=0.0) or take_all(store, charges.reserved)
        if wait > 0:
            return refusal("too_many_tries", wait)
        failed = False
        try:
            response = self.get_response(request)
            failed = response.status_code in rules.FAILED
        finally:
            for charge in charges.after if failed else charges.reserved:
                (store.take if failed else store.give_back)(charge)
        if guess is rules.SIGN_IN and response.status_code in (200, 202):  # 202: a second step follows
            device.remember(request, response, name)
        return response


def _charges(request: HttpRequest, guess: rules.Guess, name: str) -> rules.Charges:
    address = rules.network(request.META.get("REMOTE_ADDR", "") or "")
    if guess is not rules.SIGN_IN:
        return rules.Charges(reserved=((rules.GUESSES_OF_ADDRESS, f"{guess.name}\0{address}"),))
    if known := device.known(request, name):
        return rules.Charges(reserved=((rules.SIGN_INS_OF_DEVICE, f"{known}\0{name}"),))
    return rules.sign_in_charges(name, address)


def _who_pays(request: HttpRequest) -> list[Charge]:
    """For the request itself: the person; a machine by its key, and all of its address; else the address."""
    address = rules.network(request.META.get("REMOTE_ADDR", "") or "")
    carried = request.headers.get("Authorization", "")
    if carried or rules.MACHINES.match(request.path):
        key = hashlib.sha256(carried.encode()).hexdigest()
        return [(rules.MACHINE, f"{address}\0{key}"), (rules.MACHINES_OF_ADDRESS, address)]
    person = request.session.get(PERSON_KEY)
    return [(rules.of_person(), str(person)) if person is not None else (rules.of_address(), address)]


def _named(request: HttpRequest, field: str) -> str:
    """Whom the body names, as accounts are compared: without spaces around, in small letters."""
    if not field or int(request.META.get("CONTENT_LENGTH") or 0) > _LONGEST_BODY:
        return ""
    try:
        body = json.loads(request.body)
    except ValueError:
        return ""
    found = body.get(field, "") if isinstance(body, dict) else ""
    return found.strip().lower()[:200] if isinstance(found, str) else ""


def refusal(code: str, wait: float) -> HttpResponse:
    """The answer 429, with what is to be done in both languages."""
    seconds = max(1, math.ceil(wait))
    zh = f"{math.ceil(seconds / 60)} 分钟" if seconds >= 90 else f"{seconds} 秒"
    en = f"{math.ceil(seconds / 60)} minutes" if seconds >= 90 else f"{seconds} seconds"
    what_zh, what_en = {
        "too_many_tries": ("失败次数过多", "Too many failed tries"),
        "too_many_requests": ("请求过于频繁", "Too many requests"),
    }[code]
    problem = Problem(
        code=code,
        message_zh=f"{what_zh}，请 {zh}后再试；已填写的内容不会丢失。",
        message_en=f"{what_en}; try again in {en}. What you entered is not lost.",
    )
    body = json.dumps(problem.model_dump(), ensure_ascii=False)
    response = HttpResponse(body, status=429, content_type="application/json; charset=utf-8")
    response.headers["Retry-After"] = str(seconds)
    return response
