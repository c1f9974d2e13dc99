"""Signed bundles of rules and models: what a node takes from elsewhere must carry the signature of a key it trusts.

    {"manifest": {"kind", "name", "version", "made_at", "files": {path: sha256}}, "files": {path: base64},
     "signer": public key, "signature": over the manifest}

The signature covers the manifest's canonical JSON (RFC 8785) under a name of its own; the manifest covers the files by
their hashes. A bundle older than the one at work is refused: a replayed signature must not bring old rules back. The
platform only carries bundles; it can't make one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from yufang.edge.errors import EdgeError
from yufang.edge.identity import decoded, encoded, public_key, public_text
from yufang.ledger.canonical import canonical

Kind = Literal["rules", "model"]
KINDS: tuple[Kind, ...] = ("rules", "model")
MAX_BUNDLE_BYTES = 64 * 1024 * 1024
RULES_FILE = "rules.yaml"
_DOMAIN = b"yufang-edge-bundle-1\n"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signature holds."""

    kind: Kind
    name: str
    version: int
    made_at: str
    files: Mapping[str, bytes]
    signer: str
    sha256: str  # of the whole document

    def rules(self) -> list[Any]:
        """The rules of a bundle of rules. Raises EdgeError where the file is none."""
        try:
            found = yaml.safe_load(self.files[RULES_FILE].decode("utf-8"))
        except (KeyError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise _refused(
                "files", f"{RULES_FILE} 读不出来（{error}）", f"{RULES_FILE} can't be read ({error})"
            ) from error
        listed = found.get("rules") if isinstance(found, dict) else found
        if not isinstance(listed, list):
            raise _refused("files", f"{RULES_FILE} 中没有规则列表", f"{RULES_FILE} holds no list of rules")
        return listed


def make_bundle(
    folder: Path, key: Ed25519PrivateKey, *, kind: Kind, name: str, version: int, made_at: datetime
) -> bytes:
    """Sign the files of `folder` (no sub-folders) as a bundle. Raises EdgeError naming what can't be so."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    manifest = {
        "kind": kind,
        "name": name,
        "version": version,
        "made_at": made_at.isoformat(timespec="seconds"),
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in files.items()},
    }
    _check_manifest(manifest)
    if kind == "rules" and RULES_FILE not in files:
        raise _refused("files", f"缺少 {RULES_FILE}", f"{RULES_FILE} is missing")
    document = {
        "manifest": manifest,
        "files": {path: base64.b64encode(data).decode() for path, data in files.items()},
        "signer": public_text(key),
        "signature": encoded(key.sign(_DOMAIN + canonical(manifest))),
    }
    made = orjson.dumps(document)
    open_bundle(made, [public_text(key)])
    return made


def open_bundle(data: bytes, trusted: Sequence[str]) -> Bundle:
    """The bundle in `data` when its signature is of a trusted key and its files are those signed. Raises EdgeError."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise _refused("size", f"大小 {len(data)} 字节超过上限", f"{len(data)} bytes are more than {MAX_BUNDLE_BYTES}")
    try:
        document = orjson.loads(data)
        manifest, files = document["manifest"], document["files"]
        signer, signature = str(document["signer"]), decoded(str(document["signature"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _refused("form", "不是签名包", "it is no bundle") from error
    if signer not in trusted:
        raise _refused("signer", f"签名者 {signer[:12]}… 不受信任", f"the signer {signer[:12]}… is not trusted")
    try:
        public_key(signer).verify(signature, _DOMAIN + canonical(manifest))
    except (InvalidSignature, ValueError, TypeError) as error:
        raise _refused("signature", "签名不符", "the signature does not hold") from error
    _check_manifest(manifest)
    return Bundle(
        kind=manifest["kind"],
        name=manifest["name"],
        version=manifest["version"],
        made_at=str(manifest.get("made_at", "")),
        files=_files(manifest["files"], files),
        signer=signer,
        sha256=hashlib.sha256(data).hexdigest(),
    )


class BundleStore:
    """Bundles that this node works by: `bundles/<kind>-<name>.json`, models unpacked beside them.

    One bundle of rules is at work at a time; each model has its own name. The one before stays as `.before`.
    """

    def __init__(self, home: Path, trusted: Sequence[str]) -> None:
        self._folder = home / "bundles"
        self._trusted = list(trusted)

    def installed(self) -> dict[str, Bundle]:
        """`rules` and `model/<name>` → the bundle at work. Each signature is checked again: files may be changed."""
        found = {}
        for path in sorted(self._folder.glob("*.json")):
            try:
                bundle = open_bundle(path.read_bytes(), self._trusted)
            except EdgeError:
                continue
            found[_slot(bundle)] = bundle
        return found

    def check(self, data: bytes) -> Bundle:
        """The bundle in `data`, where this node may take it. Raises EdgeError with the reason."""
        bundle = open_bundle(data, self._trusted)
        at_work = self.installed().get(_slot(bundle))
        if at_work is not None and bundle.version <= at_work.version and bundle.sha256 != at_work.sha256:
            raise _refused(
                "version",
                f"版本 {bundle.version} 不高于在用的版本 {at_work.version}，请以更高的版本号重新签名",
                f"version {bundle.version} is not above {at_work.version}, which is at work; sign it with a higher one",
            )
        return bundle

    def install(self, data: bytes) -> Bundle:
        """Put a bundle to work: written whole beside the old one, then renamed. Raises EdgeError."""
        bundle = self.check(data)
        self._folder.mkdir(parents=True, exist_ok=True)
        if bundle.kind == "model":
            self._unpack(bundle)
        path = self._folder / f"{_slot(bundle).replace('/', '-')}.json"
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copyfile(path, path.with_suffix(".before"))
        fresh.replace(path)
        return bundle

    def resolved(self, rule: Any) -> Any:
        """A rule in which `bundle:<name>/<file>` is the path of that file of a model at work."""
        if isinstance(rule, dict):
            return {key: self.resolved(value) for key, value in rule.items()}
        if isinstance(rule, list):
            return [self.resolved(value) for value in rule]
        if isinstance(rule, str) and rule.startswith("bundle:"):
            name, _, file = rule.removeprefix("bundle:").partition("/")
            bundle = self.installed().get(f"model/{name}")
            if bundle is None or file not in bundle.files:
                raise _refused("files", f"没有模型文件 {rule}", f"there is no {rule} among the models at work")
            return str(self._unpack(bundle) / file)
        return rule

    def _unpack(self, bundle: Bundle) -> Path:
        folder = self._folder / "models" / f"{bundle.name}-{bundle.sha256[:12]}"
        if not folder.exists():
            fresh = folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            for name, content in bundle.files.items():
                (fresh / name).write_bytes(content)
            fresh.replace(folder)
        return folder


def _slot(bundle: Bundle) -> str:
    return "rules" if bundle.kind == "rules" else f"model/{bundle.name}"


def _files(hashes: Mapping[str, str], files: Any) -> dict[str, bytes]:
    if not isinstance(files, dict) or set(files) != set(hashes):
        raise _refused("files", "文件与清单不一致", "the files are not those of the manifest")
    found = {}
    for name, wanted in hashes.items():
        try:
            content = base64.b64decode(files[name], validate=True)
        except (ValueError, TypeError, binascii.Error) as error:
            raise _refused("files", f"文件 {name} 读不出来", f"the file {name} can't be read") from error
        if hashlib.sha256(content).hexdigest() != wanted:
            raise _refused("files", f"文件 {name} 被改动", f"the file {name} was changed")
        found[name] = content
    return found


def _check_manifest(manifest: Any) -> None:
    good = (
        isinstance(manifest, dict)
        and manifest.get("kind") in KINDS
        and isinstance(manifest.get("name"), str)
        and _NAME.fullmatch(manifest["name"]) is not None
        and type(manifest.get("version")) is int
        and 1 <= manifest["version"] < 2**31
        and isinstance(manifest.get("files"), dict)
        and 0 < len(manifest["files"]) <= 200
        and all(isinstance(p, str) and _PATH.fullmatch(p) and ".." not in p for p in manifest["files"])
    )
    if not good:
        raise _refused(
            "manifest",
            "清单不合规则：kind 为 rules 或 model，name 用小写字母、数字和 _ . -，version 为正整数，文件在同一文件夹",
            "the manifest can't be so: kind is rules or model, name of a-z 0-9 _ . -, version a whole number from 1, "
            "files of one folder",
        )


def _refused(field: str, zh: str, en: str) -> EdgeError:
    return EdgeError(
        f"签名包被拒绝：{zh}；在用的规则和模型不变。", f"Bundle refused: {en}. What is at work stays.", field=field
    )
