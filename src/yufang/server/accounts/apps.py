from django.apps import AppConfig, apps
from django.contrib.auth.apps import AuthConfig
from django.contrib.contenttypes.apps import ContentTypesConfig

from yufang.server.privacy.holdings import CONTRACT, Holding, acted, owned


class AccountsConfig(AppConfig):
    name = "yufang.server.accounts"
    label = "accounts"
    personal = (
        owned("account.EmailAddress", "user", shows=("email",), zh="登录邮箱", en="e-mail for signing in"),
        owned(
            "mfa.Authenticator",
            "user",
            shows=("type", "created_at", "last_used_at"),
            zh="登录验证方式",
            en="second factors",
        ),
        owned(
            "socialaccount.SocialAccount",
            "user",
            shows=("provider", "last_login"),
            zh="外部登录",
            en="sign-in by another provider",
        ),
        owned(
            "usersessions.UserSession",
            "user",
            shows=("ip", "user_agent", "created_at", "last_seen_at"),
            zh="登录会话",
            en="sessions",
        ),
        acted("OrganisationRole", "made_by", shows=("name_zh", "made_at"), zh="建立的角色", en="roles made"),
        Holding(
            "Invitation",
            of=("person", "made_by"),
            shows=("kind", "made_at", "used_at"),
            erase="delete",
            zh="邀请链接",
            en="invitations",
            law=CONTRACT,
        ),
        acted(
            "ServiceKey",
            "person",
            "made_by",
            "revoked_by",
            shows=("name", "made_at", "expires_at"),
            zh="服务密钥",
            en="service keys",
        ),
        acted("GroupMapping", "made_by", shows=("group", "made_at"), zh="身份组映射", en="groups mapped to roles"),
        acted("BreakGlass", "person", shows=("reason", "opened_at", "ends_at"), zh="紧急查看", en="emergency access"),
    )
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tables of others that nothing here writes to: the web role reads them at most (`database.grant`)."""
        for label in ("auth", "contenttypes", "account"):
            for model in apps.get_app_config(label).get_models(include_auto_created=True):
                model.web_privileges = "SELECT"
        for name in ("SocialApp", "SocialToken"):
            apps.get_model("socialaccount", name).web_privileges = "SELECT"


class UnusedAuthConfig(AuthConfig):
    """django-allauth imports Django's own user models. Roles here are others: no row for each model and verb."""

    def ready(self) -> None:
        pass


class UnusedContentTypesConfig(ContentTypesConfig):
    """Asked for by `django.contrib.auth`, and as empty as it."""

    def ready(self) -> None:
        pass
