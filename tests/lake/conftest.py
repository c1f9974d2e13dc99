"""Files as agencies send them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from yufang.lake import Lake

CASES_CSV = """单位名称,事故日期,事故经过,受伤部位,损失工作日,死亡人数（人）,所属行业
甲机械有限公司,2024/3/5,操作冲床时右手被夹,手,30,0,机械
乙建筑有限公司,2024年4月1日,从脚手架坠落,腿,约60天,1,建筑
甲机械有限责任公司,民國113年5月6日,清理皮带机时卷入左臂,臂,多,0,机械
丙化工厂,去年,硫化氢中毒,,3,2,化工
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def cases_csv(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text(CASES_CSV, encoding="gb18030")
    return path


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Find a folder of the shared data; fail, not skip, where it is missing."""
    repository = Path(__file__).resolve().parents[2]
    root = Path(os.environ.get("YUFANG_SHARED", repository.parent / "shared" / "data"))

    def find(name: str) -> Path:
        assert (root / name).is_dir(), f"{root / name} is missing: set YUFANG_SHARED to the shared data's folder"
        return root / name

    return find
