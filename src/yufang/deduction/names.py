"""Words about an enterprise as tokens of the online model: its name, place, trade, size, equipment and processes.

An enterprise without an industry code still tells its trade by its name (營造, 工程, 餐飲 …), so first-time
enterprises are told apart before anything was found there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from yufang.deduction.contracts import EnterpriseContext

_LEGAL = re.compile(r"(股份)?有限(責任|责任)?公司|[(（]股[)）]公司|分公司|公司$|集團|集团")
_PERSON = re.compile(r"^(個人|个人|person)#", re.IGNORECASE)
_NOISE = re.compile(r"[\s()（）.,，。、·\-－]+")
_SIZES = (10, 50, 300, 1000)


@lru_cache(maxsize=100_000)
def name_tokens(name: str) -> tuple[str, ...]:
    """Character 2- and 3-grams of a name without its legal form, its endings, and the legal form itself.

    A pseudonymised natural person (`個人#…`) has no words to learn from: one token says so.
    """
    if _PERSON.match(name):
        return ("form:person",)
    form = _LEGAL.search(name)
    core = _core(name)
    grams = {f"gram:{core[i : i + n]}" for n in (2, 3) for i in range(len(core) - n + 1)}
    ends = {f"end:{core[-n:]}" for n in (1, 2, 3) if len(core) > n}
    return (f"form:{form[0] if form else ''}", *sorted(grams | ends))


def _core(name: str) -> str:
    return _NOISE.sub("", _LEGAL.sub("", name)).replace("臺", "台")


def context_tokens(context: EnterpriseContext, place: str, month: int) -> list[str]:
    """All tokens of a visit to `context` by the authority or in the region `place` in `month` (1-12)."""
    core = _core(context.name)
    tokens = list(name_tokens(context.name)) if context.name else ["form:unknown"]
    tokens += [f"place:{place}", f"quarter:{place}:{(month - 1) // 3}"]
    if context.name:
        tokens += [f"place-end:{place}:{core[-2:]}", f"place-name:{place}:{context.name[-6:]}"]
    code = context.industry_code
    tokens += [f"industry:{code[:n]}" for n in (2, 3, 4) if len(code) >= n]
    if context.region and context.region != place:
        tokens.append(f"region:{context.region}")
    if context.employees is not None:
        tokens.append(f"size:{sum(context.employees >= limit for limit in _SIZES)}")
    for kind in ("equipment", "processes", "materials"):
        tokens += [f"{kind}:{value}" for value in getattr(context, kind)]
    return list(dict.fromkeys(tokens))
