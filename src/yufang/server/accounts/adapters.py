"""What django-allauth asks of its host: secrets encrypted, people named, no mails and pages of its own."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect

from yufang.server.accounts.models import Person
from yufang.server.errors import Refused


def box() -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yufang.accounts.second_factor")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(settings.SECRET_KEY.encode())))


class Account(DefaultAccountAdapter):
    """Nobody signs up by themselves: people are admitted, invited, or come by a mapped group."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """The person's inbox is told by the actions of this room."""


class SecondFactor(DefaultMFAAdapter):
    """Keys of authenticator apps lie encrypted; authenticators are named as the person is."""

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return box().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "yufang 预防"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        person: Person = user
        return {"id": str(person.pk).encode(), "display_name": person.name, "name": person.username}


class Identity(DefaultSocialAccountAdapter):
    """People who come from an identity provider: django-allauth speaks with it, the room signs them in."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The provider's answer was verified. Always ends here: a session, or the sign-in page with what is wrong."""
        from yufang.server.accounts import providers

        came = providers.came_with(sociallogin)
        inside = sociallogin.state.get("next") or "/"
        try:
            with transaction.atomic():
                providers.sign_in(request, came)
        except Refused as refusal:
            raise ImmediateHttpResponse(_back(refusal.problem.code)) from refusal
        raise ImmediateHttpResponse(HttpResponseRedirect(inside))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """Cancelled, out of time, or an answer that does not hold."""
        raise ImmediateHttpResponse(_back("provider_failed"))

    def get_requests_session(self) -> Any:
        """Private addresses are refused unless the settings allow them (`yufang.server.outgoing`)."""
        from yufang.server.outgoing import Session

        return Session()


def _back(code: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"/sign-in?problem={code}")
