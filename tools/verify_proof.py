#!/usr/bin/env python3
"""Verify a yufang proof file (C2SP tlog-proof v1) with Python's standard library and nothing else.

    python3 verify_proof.py FILE --key LOGKEY [--witness KEY]... [ATTACHMENT...]

LOGKEY is the log's public key, NAME+ID+BASE64, got from somewhere you trust. Every KEY named by --witness must have
cosigned. Every ATTACHMENT (a photo, a report) must be named by its SHA-256 in a leaf. Ed25519 (RFC 8032) is below.
"""

import argparse
import base64
import hashlib
import sys
from pathlib import Path

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def times(n, p):
    r = (0, 1, 1, 0)
    while n:
        r, p, n = (add(r, p) if n & 1 else r), add(p, p), n >> 1
    return r


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def verified(public, signature, message):
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(s, BASE), add(point(signature[:32]), times(k, point(public)))
    return s < Q and all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def signed(text, lines, vkey):
    """Whether the key signed the checkpoint; a witness (kind 4) signs a time with it."""
    name, key_id, material = vkey.split("+", 2)
    kind, public = base64.b64decode(material)[0], base64.b64decode(material)[1:]
    for line in lines:
        _, who, value = line.split(" ")
        raw = base64.b64decode(value)
        head = f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n" if kind == 4 else ""
        if (who, raw[:4].hex()) == (name, key_id):
            return verified(public, raw[12 if kind == 4 else 4 :], (head + text).encode())
    return False


def check(part, arguments):
    head, text, lines = part.strip("\n").split("\n\n")
    extra, index, *path = head.split("\n")
    leaf, i = base64.b64decode(extra.split(" ")[1]), int(index.split(" ")[1])
    origin, size, root = (text + "\n").split("\n")[:3]
    if not signed(text + "\n", lines.split("\n"), arguments.key):
        return f"{index}: the key did not sign the checkpoint", leaf
    for key in arguments.witness:
        if not signed(text + "\n", lines.split("\n"), key):
            return f"{index}: no cosignature of {key.split('+')[0]}", leaf
    node, last = hashlib.sha256(b"\0" + leaf).digest(), int(size) - 1
    for step in map(base64.b64decode, path):  # RFC 9162, 2.1.3.2
        right = i & 1 or i == last
        node = hashlib.sha256(b"\1" + (step + node if right else node + step)).digest()
        while right and not i & 1 and i:
            i, last = i >> 1, last >> 1
        i, last = i >> 1, last >> 1
    if i or last or int(index.split(" ")[1]) >= int(size) or node != base64.b64decode(root):
        return f"{index}: the leaf is not at this place of the log", leaf
    print(f"{index}  {origin}, {size} leaves", *(w.split("+")[0] for w in arguments.witness), f"\n  {leaf.decode()}")
    return None, leaf


parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument("file"), parser.add_argument("--key", required=True)
parser.add_argument("--witness", action="append", default=[]), parser.add_argument("attachments", nargs="*")
given = parser.parse_intermixed_args()
found = [check(p, given) for p in Path(given.file).read_text(encoding="utf-8").split("c2sp.org/tlog-proof@v1\n")[1:]]
wrong = [problem for problem, _ in found if problem] + ([] if found else ["this is not a proof file"])
for name in given.attachments:
    digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    wrong += [] if any(digest.encode() in leaf for _, leaf in found) else [f"{name}: no leaf names this file"]
sys.exit("\n".join(wrong) if wrong else None)
