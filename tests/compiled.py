"""`python -m tests.compiled`: compile the kernels that the longest tests begin with, once and before them.

In a new clone three of those begin together and each would compile its own, of which the desk's trainings, which give
way to people at their desks, came last: three minutes on two busy cores. Where the kernels are there already this takes
seconds.
"""

from __future__ import annotations

from datetime import date

from tests.browser import desk_region
from yufang.cases.retraining import Lesson, retrain
from yufang.cases.similar import SimilarTexts
from yufang.deduction import Deducer, EnterpriseContext, fit
from yufang.graph import RiskGraph
from yufang.packs import installed_packs


def desk() -> None:
    """A training as the desk asks for it, with what it tells of open cases, and the cases next to one."""
    numbers = range(desk_region.WAITING + desk_region.CODED)
    told = {str(number): desk_region.narrative(number) for number in numbers}
    lessons = [Lesson(key=key, text=text, code=code, origin="source") for key, (text, code) in told.items()]
    made = retrain("accident_type", lessons, {"open": lessons[0].text})
    made.coder.predict([lessons[0].text])
    SimilarTexts([one.text for one in lessons]).nearest(lessons[0].text)


def deduction() -> None:
    """The hazard points of an enterprise that no history is known of."""
    graph = RiskGraph.build([pack for pack in installed_packs() if pack.key == "machinery"])
    today = date(2026, 1, 1)
    shop = EnterpriseContext(enterprise_id="new", industry_code="3311")
    Deducer(fit(None, None, graph, at=today), graph).points(shop, at=today)


if __name__ == "__main__":
    desk()
    deduction()
