import { usePick, useWords } from "@/app/i18n";
import type { Agreement, Campaign } from "@/app/types";
import { words } from "./words";

const SHOWN = 10;

function kappaText(found: Agreement, t: ReturnType<typeof useWords<typeof words>>): string {
  if (found.kappa === null || found.low === null || found.high === null)
    return t("kappaNone", { n: found.n });
  const two = (value: number) => value.toFixed(2);
  return t("kappaOf", { k: two(found.kappa), low: two(found.low), high: two(found.high), n: found.n });
}

/** Cohen's kappa with its interval, agreement by code and the disagreements. */
export function AgreementPanel({ campaign }: { campaign: Campaign }) {
  const t = useWords(words);
  const pick = usePick();
  const found = campaign.agreement;
  return (
    <section aria-label={t("kappa")}>
      <h3>{t("kappa")}</h3>
      <p className="num kappa">{kappaText(found, t)}</p>
      <p className="item-line muted num">
        <span>{t("agreedN", { n: campaign.agreed })}</span>
        <span>{t("disputedN", { n: campaign.disputed })}</span>
        <span>{t("settledN", { n: campaign.settled })}</span>
      </p>
      <h3>{t("byClass")}</h3>
      {found.classes.length === 0 ? (
        <p className="muted">{t("notYet")}</p>
      ) : (
        <table className="rows">
          <thead>
            <tr>
              <th>{t("code")}</th>
              <th className="right">{t("firstCoder")}</th>
              <th className="right">{t("secondCoder")}</th>
              <th className="right">{t("both")}</th>
              <th className="right">{t("share")}</th>
            </tr>
          </thead>
          <tbody>
            {found.classes.map((one) => (
              <tr key={one.code}>
                <td>
                  {one.code} {pick(one, "name")}
                </td>
                <td className="right num">{one.first}</td>
                <td className="right num">{one.second}</td>
                <td className="right num">{one.both}</td>
                <td className="right num">{one.share.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.confusions.length > 0 && (
        <>
          <h3>{t("confusions")}</h3>
          <ul className="records">
            {found.confusions.slice(0, SHOWN).map((one) => (
              <li key={`${one.first} ${one.second}`} className="num">
                {one.first} {pick(one, "first")} ↔ {one.second} {pick(one, "second")} · {one.n}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
