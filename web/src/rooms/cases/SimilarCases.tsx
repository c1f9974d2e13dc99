import { Drawer } from "antd";
import { Link } from "react-router";
import { day, percent } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { NearCase } from "@/app/types";
import { useSimilar, useSimilarTo } from "./queries";
import { words } from "./words";

function NearList({ near }: { near: NearCase[] }) {
  const t = useWords(words);
  const pick = usePick();
  if (near.length === 0) return <p className="muted">{t("similarNone")}</p>;
  return (
    <ul className="records near-cases">
      {near.map((one) => (
        <li key={one.id}>
          <div className="record-head">
            <Link to={`/cases/${one.id}?state=decided`}>
              {t("similarity", { share: percent(one.similarity) })}
            </Link>
            {one.codes.map((code) => (
              <span key={code.facet}>
                <span className="muted">
                  {pick({ name_zh: code.facet_zh, name_en: code.facet_en }, "name")}
                </span>{" "}
                <b>
                  {code.code} {pick(code, "name")}
                </b>
                {code.origin === "source" && <span className="muted"> · {t("bySource")}</span>}
              </span>
            ))}
            <span className="muted num">{day(one.occurred_on)}</span>
          </div>
          <p className="excerpt">{one.excerpt}</p>
        </li>
      ))}
    </ul>
  );
}

/** The decided cases most like the one in hand, with their codes. */
export function SimilarCases({ caseId, wanted }: { caseId: string; wanted: boolean }) {
  const t = useWords(words);
  const found = useSimilar(caseId, wanted);
  return (
    <section aria-label={t("similar")}>
      <h3>{t("similar")}</h3>
      {wanted && (
        <Loaded of={found} rows={3}>
          {(near) => <NearList near={near} />}
        </Loaded>
      )}
    </section>
  );
}

/** The decided cases most like a text. */
export function SimilarDrawer({ text, onClose }: { text: string; onClose: () => void }) {
  const t = useWords(words);
  const found = useSimilarTo(text);
  return (
    <Drawer open={text !== ""} onClose={onClose} title={t("similar")} size={640}>
      {text && (
        <>
          <p className="muted gap-below-small">{text}</p>
          <Loaded of={found} rows={8}>
            {(near) => (near.length ? <NearList near={near} /> : <EmptyState text={t("similarNone")} />)}
          </Loaded>
        </>
      )}
    </Drawer>
  );
}
