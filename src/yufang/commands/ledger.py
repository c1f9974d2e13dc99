"""`yufang ledger`: verify a log of decisions, whoever holds it; prove one record; witness the logs of others."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from yufang.commands.errors import UserError
from yufang.ledger.audit import Audit, Block, Claim, Finding, StoredLeaf, audit
from yufang.ledger.checkpoint import open_checkpoint
from yufang.ledger.log import ExportError, as_hash, export_claims, stream_export
from yufang.ledger.note import NoteError, VerifierKey, read_key
from yufang.ledger.tiles import TileFolder

app = typer.Typer(add_completion=False, no_args_is_help=True)
LOG = "log.jsonl"
_HASH = re.compile(r"[0-9a-f]{64}")
_NAMED = re.compile(_HASH.pattern.encode())


@app.callback()
def ledger() -> None:
    """台账：证明记录未被改动 / The ledger: proof that records were not altered."""


@app.command("verify")
def verify_export(
    path: Annotated[
        Path | None,
        typer.Argument(help="导出的文件夹或日志，省略则核验平台 / an exported folder or log; the platform if left out"),
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(
            "--checkpoint",
            "-c",
            help="另行保存的检查点：文件或 SIZE:ROOT / a checkpoint kept elsewhere: file or SIZE:ROOT",
        ),
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="台账公钥 / the log's public key, from somewhere you trust")
    ] = None,
    witness: Annotated[list[str] | None, typer.Option(help="见证人公钥 / the public key of a witness")] = None,
) -> None:
    """重新计算每片叶子的哈希，逐处指出被改动的内容 / Hash everything again; name each thing that was altered."""
    if path is None:
        from yufang.commands.platform_ledger import verify_platform

        verify_platform([(Path(text).name, _text(Path(text))) for text in checkpoint or []])
        return
    folder = path if path.is_dir() else path.parent
    keys, witnesses = _keys(key or []), _keys(witness or [])
    if not keys and path.is_dir() and (folder / "keys").exists():
        keys = _keys(_text(folder / "keys").split())
        Console(stderr=True, soft_wrap=True).print(
            "公钥取自导出文件夹本身；请用 --key 给出另行取得的公钥 / the key is the one in the export itself: give one "
            "that you got elsewhere by --key"
        )
    try:
        result = _audit_export(path / LOG if path.is_dir() else path, folder, checkpoint or [], keys, witnesses)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} can't be read: {error}", "check the path / 检查路径") from error
    except ExportError as error:
        raise UserError(f"{path.name}: {error}", "export the log again / 重新导出日志") from error
    _say(path.name, result)


def _audit_export(
    file: Path, folder: Path, checkpoints: list[str], keys: list[VerifierKey], witnesses: list[VerifierKey]
) -> Audit:
    with file.open(encoding="utf-8") as lines:
        points, notes, files = export_claims(lines)
    claims = [Claim(point.size, point.root, f"checkpoint of {point.size} leaves") for point in points]
    named = [(f"signed checkpoint {number + 1}", note) for number, note in enumerate(notes)]
    published = 0
    if (folder / "tile").is_dir() and (folder / "checkpoint").exists():
        named.append(("checkpoint", _text(folder / "checkpoint")))
    for text in checkpoints:
        if Path(text).exists():
            named.append((Path(text).name, _text(Path(text))))
        else:
            claims.append(_claim(text))
    findings = []
    for who, note in named:
        try:
            signed = open_checkpoint(note, keys, witnesses)
            claims.append(Claim(signed.head.size, signed.head.root, who))
            published = signed.head.size if who == "checkpoint" else published
            _wanted(signed.witnesses, witnesses, who)
        except NoteError as error:
            findings.append(
                Finding(
                    "signature", who, f"{who} 的签名不成立：{error}", f"the signature of {who} does not hold: {error}"
                )
            )
    if not claims and not findings:
        raise UserError(
            f"{file.name} holds no checkpoint: nothing says what the log was",
            "name one that was kept elsewhere: --checkpoint SIZE:ROOT / 用 --checkpoint 给出检查点",
        )
    tiles = TileFolder(folder)
    with file.open(encoding="utf-8") as lines:
        result = audit(
            stream_export(lines),
            claims,
            tiles=tiles if published else None,
            bundles=tiles.fullest if published else None,
            published=published,
            look=lambda seen: _attached(seen, folder / "attachments"),
        )
    for finding in [*findings, *_gone(files, folder / "attachments")]:
        result.add(finding)
    return result


def _wanted(found: Iterable[tuple[VerifierKey, int]], wanted: list[VerifierKey], who: str) -> None:
    """A witness that the reader names must have cosigned the checkpoint that is published."""
    missing = {key.name for key in wanted} - {key.name for key, _ in found}
    if missing and who == "checkpoint":
        raise NoteError(f"no cosignature of {', '.join(sorted(missing))}")


def _attached(seen: StoredLeaf | Block, folder: Path) -> Iterator[Finding]:
    """The exported files that leaves name, hashed again."""
    for leaf in seen.leaves() if isinstance(seen, Block) else (seen,):
        if _NAMED.search(leaf.data) is None:
            continue
        try:
            facts = json.loads(leaf.data)["facts"]
        except (ValueError, KeyError, TypeError):
            continue
        for sha256 in _hashes(facts):
            place = folder / sha256
            if place.exists() and hashlib.sha256(place.read_bytes()).hexdigest() != sha256:
                yield _file(sha256, leaf.index, "被换掉或改动", "is not the one that was attached")


def _gone(files: dict[str, int], folder: Path) -> Iterator[Finding]:
    for sha256, index in files.items():
        if not (folder / sha256).exists():
            yield _file(sha256, index, "缺失", "is missing")


def _file(sha256: str, index: int, zh: str, en: str) -> Finding:
    where = f"attachments/{sha256}"
    told = f"第 {index} 号叶子所附的文件 {sha256[:16]}… {zh}", f"the file {sha256[:16]}… of leaf {index} {en}"
    return Finding("attachment", where, *told, index, index)


def _hashes(facts: Any) -> Iterator[str]:
    if isinstance(facts, str) and _HASH.fullmatch(facts):
        yield facts
    elif isinstance(facts, dict | list):
        for value in facts.values() if isinstance(facts, dict) else facts:
            yield from _hashes(value)


@app.command("export")
def export_log(folder: Annotated[Path, typer.Argument(help="空文件夹 / an empty folder")]) -> None:
    """导出存证、检查点、瓦片和附件，供离线核验 / Export leaves, checkpoints, tiles and files."""
    from yufang.commands.platform_ledger import export_ledger

    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty", "name a new folder / 请指定新的文件夹")
    leaves = export_ledger(folder)
    Console(soft_wrap=True).print(f"{leaves} 片叶子已导出到 {folder} / {leaves} leaves exported to {folder}")


@app.command()
def prove(
    record: Annotated[
        str, typer.Argument(help="记录（如 hazard:17）或叶子序号 / a record (hazard:17) or a leaf's index")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="证明文件 / file to write; else to standard output")
    ] = None,
) -> None:
    """写出一条记录的证明文件 / Write the proof file of one record, for whoever doesn't trust the platform."""
    from yufang.commands.platform_ledger import proof_of

    text = proof_of(record)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror}", "check the path / 检查路径") from error
    Console(stderr=True, soft_wrap=True).print(f"{out}")


@app.command("key")
def show_key() -> None:
    """显示台账公钥，供外部核验者另行保存 / Show the ledger's public key, for outsiders to keep."""
    from yufang.commands.platform_ledger import public_key

    typer.echo(public_key())


@app.command()
def witness(
    log: Annotated[
        list[str], typer.Option(help="要见证的台账的公钥，可多次给出 / public key of a log to follow; may be repeated")
    ],
    home: Annotated[Path, typer.Option(help="存放密钥和状态的文件夹 / folder of its key and its state")] = Path(
        ".yufang-witness"
    ),
    name: Annotated[
        str, typer.Option(help="见证人名称，首次运行时写入密钥 / its name, kept with the key at the first start")
    ] = "",
    host: Annotated[str, typer.Option(help="监听地址 / listening address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port", min=0, max=65535)] = 8100,
) -> None:
    """为他人的台账作见证，直到 Ctrl-C / Witness the logs of others until Ctrl-C."""
    import secrets
    import sqlite3

    from yufang.commands.witness import State, WitnessServer
    from yufang.ledger.keys import make_signer
    from yufang.ledger.note import COSIGNATURE

    logs: dict[str, list[VerifierKey]] = {}
    for followed in _keys(log):
        logs.setdefault(followed.name, []).append(followed)
    try:
        signer = make_signer(home / "witness_key", name or f"{host}/witness/{secrets.token_hex(4)}", COSIGNATURE)
        server = WitnessServer((host, port), State(home / "witness.sqlite"), logs, signer)
    except (OSError, sqlite3.Error, NoteError) as error:
        raise UserError(
            f"the witness can't start: {error}", "choose another --home or --port / 换一个 --home 或 --port"
        ) from error
    console = Console(soft_wrap=True)
    console.print(f"{signer.key}@http://{host}:{server.server_address[1]}")
    console.print(
        "Ctrl-C 结束；上一行写入对方的 YUFANG_LEDGER_WITNESSES / the line above goes into YUFANG_LEDGER_WITNESSES there"
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        console.print()
    finally:
        server.server_close()


def _keys(lines: Iterable[str]) -> list[VerifierKey]:
    try:
        return [read_key(line) for line in lines]
    except NoteError as error:
        raise UserError(
            f"a key can't be read: {error}", "copy the whole line NAME+ID+BASE64 / 请完整复制公钥"
        ) from error


def _claim(text: str) -> Claim:
    size, _, root = text.partition(":")
    try:
        return Claim(int(size), as_hash(root), f"checkpoint {text[:16]}…")
    except ValueError as error:
        raise UserError(
            f"checkpoint {text!r} is not SIZE:ROOT and no file ({error})", "write e.g. 8:5dc9da79…"
        ) from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} can't be read: {error}", "check the path / 检查路径") from error


def _say(name: str, result: Audit) -> None:
    if not result.ok:
        result.findings.sort(key=lambda finding: (finding.first is None, finding.first or 0))
        told = "\n".join(f"{finding.zh} / {finding.en}" for finding in result.findings[:50])
        more = len(result.findings) + result.more - 50
        raise UserError(
            f"{name}: {told}" + (f"\n… {more} more / 另有 {more} 处" if more > 0 else ""),
            "compare with another copy / 与另一份副本比对",
        )
    console = Console(soft_wrap=True)
    console.print(f"{name}: {result.size} 片叶子，全部相符 / {result.size} leaves, all as they were appended")
    console.print(f"root {result.root.hex()}")
