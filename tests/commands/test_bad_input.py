"""Bad input: one clear message with the way out, exit code ≠ 0, nothing half-written."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

GOOD = "企业名称,事故日期,事故经过\n甲厂,2026-01-02,右手被冲床压伤\n乙厂,2026-02-03,从梯子上摔下\n"
# A place where nobody can make a folder, root neither.
READ_ONLY = "/sys/yufang"


def yufang(*words: object, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "yufang.cli", *map(str, words)],
        cwd=cwd,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"} | (env or {}),
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str], *says: str) -> None:
    assert done.returncode != 0, done.stdout
    assert len([line for line in done.stderr.splitlines() if line.startswith("error:")]) == 1, done.stderr
    assert "way out:" in done.stderr
    assert "Traceback" not in done.stderr
    for words in says:
        assert words in done.stderr, done.stderr


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    return folder


def test_an_empty_folder(records: Path, tmp_path: Path) -> None:
    refused(yufang("run", records, cwd=tmp_path), "no file that can be imported")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    refused(yufang("run", tmp_path / "nowhere", cwd=tmp_path), "is not a folder")


def test_a_truncated_workbook(records: Path, tmp_path: Path) -> None:
    book = records / "cases.xlsx"
    pl.DataFrame(
        {"企业名称": ["甲厂"] * 300, "事故日期": ["2026-01-02"] * 300, "事故经过": ["摔倒"] * 300}
    ).write_excel(book)
    book.write_bytes(book.read_bytes()[:-900])
    refused(yufang("import", "cases", book, "--lake", tmp_path / "lake", cwd=tmp_path), "cases.xlsx", "not a whole")
    assert not list((tmp_path / "lake").rglob("*.parquet")) if (tmp_path / "lake").exists() else True


def test_an_encoding_that_is_none(records: Path, tmp_path: Path) -> None:
    file = records / "cases.csv"
    file.write_bytes(GOOD.encode() + b"\xff\xfe\x80\x81\xff,2026-01-02,\xff\xff\n")
    refused(yufang("import", "cases", file, "--lake", tmp_path / "lake", cwd=tmp_path), "cases.csv", "byte")


def test_a_mapping_that_names_a_missing_column(records: Path, tmp_path: Path) -> None:
    (records / "cases.csv").write_text(GOOD, "utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "name: m\nfiles:\n  - pattern: 'cases*'\n    kind: cases\n    columns:\n"
        "      occurred_on: 事故日期\n      narrative: 案情\n      enterprise_name: 企业名称\n",
        "utf-8",
    )
    refused(yufang("run", records, "--mapping", mapping, cwd=tmp_path), "案情", "事故经过")


def test_a_narrative_of_a_megabyte(records: Path, tmp_path: Path) -> None:
    (records / "cases.csv").write_text(GOOD + f"丙厂,2026-03-04,{'压' * 400_000}\n", "utf-8")
    refused(
        yufang("import", "cases", records / "cases.csv", "--lake", tmp_path / "lake", cwd=tmp_path),
        "narrative has 400000 characters",
        "nothing of the file was taken",
    )


def test_a_day_that_is_none(records: Path, tmp_path: Path) -> None:
    (records / "cases.csv").write_text(GOOD, "utf-8")
    refused(yufang("run", records, "--at", "30.2.2026", cwd=tmp_path), "30.2.2026", "YYYY-MM-DD")


def test_a_folder_that_cannot_be_written(records: Path, tmp_path: Path) -> None:
    (records / "cases.csv").write_text(GOOD, "utf-8")
    refused(yufang("run", records, "--out", READ_ONLY, cwd=tmp_path), READ_ONLY, "can't be written")


def test_a_read_only_home(tmp_path: Path) -> None:
    refused(yufang("serve", cwd=tmp_path, env={"YUFANG_HOME": READ_ONLY, "DATABASE_URL": ""}), READ_ONLY)
    refused(yufang("demo", "--home", READ_ONLY, cwd=tmp_path), READ_ONLY)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(
            yufang("serve", "--port", port, cwd=tmp_path, env={"YUFANG_HOME": str(tmp_path / "home")}),
            str(port),
        )
    assert not (tmp_path / "home").exists()


def test_a_bench_without_its_data(tmp_path: Path) -> None:
    refused(yufang("bench", "profiles", "--train", tmp_path, cwd=tmp_path), "panel.parquet")
    refused(yufang("bench", "profiles", "--train", tmp_path / "no", cwd=tmp_path), "is not a folder")


def test_unknown_things_name_what_is_near(tmp_path: Path) -> None:
    refused(yufang("standards", "show", "gb6441_2025_type", "WSA10098", cwd=tmp_path), "WSA10099")
    refused(yufang("deduce", "--industry", "9999", "--equipment", "压力机", cwd=tmp_path), "9999")
