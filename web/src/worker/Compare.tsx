import { useState } from "react";
import { useT } from "./hooks";
import { usePicture } from "./parts";

/** The place before and after, one over the other; a slider uncovers the fix. */
export function Compare({ before, after }: { before: string; after: string }) {
  const t = useT();
  const [share, setShare] = useState(50);
  const [old, fixed] = [usePicture(before), usePicture(after)];
  return (
    <section className="card">
      <div className="compare">
        {old && <img src={old} alt={t("before")} />}
        {fixed && <img src={fixed} alt={t("after")} style={{ clipPath: `inset(0 0 0 ${share}%)` }} />}
        <span className="edge" style={{ left: `${share}%` }} />
        <span className="label old">{t("before")}</span>
        <span className="label new">{t("after")}</span>
      </div>
      <input
        type="range"
        min={0}
        max={100}
        value={share}
        aria-label={t("compare")}
        onChange={(event) => setShare(Number(event.target.value))}
      />
    </section>
  );
}
