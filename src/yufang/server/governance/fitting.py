"""The process that fits a coder: `python -m yufang.server.governance.fitting FOLDER`.

Apart from the web server's, so that pages stay quick while it works, and it can be stopped at any time. It reads
FOLDER/job.json, tells each step on its standard output, and leaves coder.npz and result.json. It touches no database.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

from yufang.cases.coder import MAX_SUGGESTIONS, Coder
from yufang.cases.errors import CoderError
from yufang.cases.label_errors import DESK_SHARE, suspects
from yufang.cases.retraining import Lesson, Retrained, retrain
from yufang.cases.store import save_coder


def main(place: Path) -> None:
    """Fit what FOLDER/job.json asks for."""
    os.nice(5)  # people at their desks come first
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job = json.loads((place / "job.json").read_text(encoding="utf-8"))
    lessons = [
        Lesson(key=k, text=t, code=c, origin=o, on=date.fromisoformat(d) if d else None)
        for k, t, c, o, d in job["lessons"]
    ]
    try:
        made = retrain(job["facet"], lessons, job["pending"], wanted_accuracy=job["wanted"], tell=_tell)
    except CoderError as error:
        _write(place, {"problem": [error.message, error.way_out]})
        return
    _tell("suspects")
    doubtful = doubted(made)
    _tell("save")
    save_coder(made.coder, place / "coder.npz")
    told = {"gold": made.gold, "pending": made.pending}
    answers = {part: {k: (t.code, t.probability) for k, t in said.items()} for part, said in told.items()}
    _write(place, {"card": made.card, "answers": answers, "suspects": doubtful})


def doubted(made: Retrained) -> list[dict[str, Any]]:
    """The lessons whose code the coder, not having seen them, finds improbable, worst first."""
    coder: Coder = made.coder
    labels = [one.code for one in made.lessons]
    ranked = suspects(labels, coder.labels, coder.out_of_fold, share=DESK_SHARE)
    found = []
    for row in ranked.iter_rows(named=True):
        lesson = made.lessons[row["row"]]
        if row["p_likely"] <= row["p_given"]:
            continue  # the coder itself would have given this code
        sure = coder.out_of_fold[row["row"]]
        best = sure.argsort()[::-1][:MAX_SUGGESTIONS]
        found.append(
            {
                "key": lesson.key,
                "origin": lesson.origin,
                "given": row["given"],
                "likely": row["likely"],
                "p_given": float(row["p_given"]),
                "p_likely": float(row["p_likely"]),
                "suggestions": [{"code": coder.labels[i], "probability": float(sure[i])} for i in best],
            }
        )
    return found


def _tell(step: str) -> None:
    print(step, flush=True)


def _write(place: Path, result: dict[str, Any]) -> None:
    unfinished = place / "result.part"
    unfinished.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    os.replace(unfinished, place / "result.json")


def _end_with_parent() -> None:
    # The parent holds the other end of standard input: it closes when the parent goes, however it goes.
    while os.read(0, 4096):  # past Python's buffer, whose lock would hold up the end of a process that has finished
        pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
