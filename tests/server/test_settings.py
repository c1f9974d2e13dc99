"""Every setting explains itself, and the page of settings is the one the code makes."""

from __future__ import annotations

from pathlib import Path

from yufang.server.config import Config, settings_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_every_setting_has_a_title_and_a_description() -> None:
    for name, field in Config.model_fields.items():
        assert field.title, name
        assert len(field.description or "") > 20, name


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run: yufang serve settings > docs/settings.md"


def test_settings_are_read_from_the_environment(tmp_path: Path) -> None:
    import os
    from unittest.mock import patch

    values = {"YUFANG_PORT": "9001", "DATABASE_URL": "postgresql://u@h/d", "YUFANG_HOME": str(tmp_path)}
    with patch.dict(os.environ, values):
        config = Config()
    assert (config.port, config.database_url, config.home) == (9001, "postgresql://u@h/d", tmp_path)
