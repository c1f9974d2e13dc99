"""A case's causes and chain over the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import signed_in


def test_a_case_tells_spans_of_its_own_narrative(region: Any) -> None:
    client = signed_in()
    case_id = client.get("/api/cases").json()["items"][0]["id"]
    narrative = client.get(f"/api/cases/{case_id}").json()["narrative"]
    told = client.get(f"/api/cases/{case_id}/attribution").json()
    assert [one["factor"] for one in told["factors"]] == ["human", "machine", "material", "method", "environment"]
    assert not told["calibrated"]
    assert all(narrative[span["start"] : span["end"]] == span["text"] for span in told["spans"])


def test_a_spoilt_model_is_refused_in_words(region: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "attribution").mkdir()
    (tmp_path / "attribution" / "zh.npz").write_bytes(b"not a model")
    client = signed_in()
    case_id = client.get("/api/cases").json()["items"][0]["id"]
    monkeypatch.setenv("YUFANG_HOME", str(tmp_path))
    answer = client.get(f"/api/cases/{case_id}/attribution")
    assert answer.status_code == 409
    assert "Train the model again" in answer.json()["message_en"]
