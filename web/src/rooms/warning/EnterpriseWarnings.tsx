import { Link } from "react-router";
import { usePick, useWords } from "@/app/i18n";
import { TierMark } from "@/app/marks";
import { Loaded } from "@/app/states";
import { useEnterpriseWarnings } from "./queries";
import { DueMark, StateMark } from "./StateMark";
import { words } from "./words";

const SHOWN = 5;

/** The open warnings of one enterprise, the gravest first, on its page. */
export function EnterpriseWarnings({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const pick = usePick();
  const warnings = useEnterpriseWarnings(enterpriseId);
  return (
    <section className="panel" aria-labelledby="enterprise-warnings-title">
      <div className="panel-head">
        <h2 id="enterprise-warnings-title">{t("enterpriseWarnings")}</h2>
      </div>
      <Loaded of={warnings} rows={3}>
        {(page) => {
          const open = page.items;
          if (open.length === 0) return <p className="muted">{t("enterpriseNone")}</p>;
          return (
            <>
              <ul className="item-list">
                {open.slice(0, SHOWN).map((row) => (
                  <li key={row.id}>
                    <Link className="item" to={`/warnings/${encodeURIComponent(row.id)}`}>
                      <span className="item-top">
                        <TierMark tier={row.tier} />
                        <strong>{pick(row, "title")}</strong>
                      </span>
                      <span className="item-line muted">
                        <StateMark state={row.state} />
                        <DueMark due={row.due_on} overdue={row.overdue} />
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
              {open.length > SHOWN && (
                <details>
                  <summary>{t("more", { n: open.length })}</summary>
                  <ul className="item-list">
                    {open.slice(SHOWN).map((row) => (
                      <li key={row.id}>
                        <Link className="item" to={`/warnings/${encodeURIComponent(row.id)}`}>
                          <span className="item-top">
                            <TierMark tier={row.tier} />
                            <strong>{pick(row, "title")}</strong>
                          </span>
                        </Link>
                      </li>
                    ))}
                  </ul>
                </details>
              )}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}
