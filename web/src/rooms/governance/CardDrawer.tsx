import { Drawer } from "antd";
import { usePhone } from "@/app/device";
import { day, moment, number, percent, shortHash } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { ModelCard, ModelFigures } from "@/app/types";
import { useCard } from "./queries";
import { words } from "./words";

/** What a version learned from, how it was judged, class by class, and who put it to work. */
export function CardDrawer({ id, onClose }: { id: number | null; onClose: () => void }) {
  const t = useWords(words);
  const phone = usePhone();
  const found = useCard(id);
  return (
    <Drawer
      open={id !== null}
      onClose={onClose}
      title={t("card")}
      size={phone ? "100%" : 720}
      destroyOnHidden
    >
      {id !== null && (
        <Loaded of={found} rows={10}>
          {(card) => <Card card={card} />}
        </Loaded>
      )}
    </Drawer>
  );
}

function Card({ card }: { card: ModelCard }) {
  const t = useWords(words);
  const either = useEither();
  const { language } = useLanguage();
  const { row } = card;
  const made = card.origins;
  const facts: [label: string, value: string][] = [
    [t("version"), row.version],
    [t("made"), moment(row.made_at)],
    [t("trainedOn"), number(row.rows, language)],
    [
      t("origins"),
      row.origin === "run"
        ? t("fromRun")
        : [made.person && t("person", { n: made.person }), made.source && t("source", { n: made.source })]
            .filter(Boolean)
            .join(" · "),
    ],
    [t("period"), card.period.map((one) => day(one)).join(" – ")],
    [t("codes"), number(card.codes, language)],
    [t("leftOut"), number(card.left_out, language)],
    [
      t("settings"),
      row.origin === "desk"
        ? t("settingsText", {
            w: percent(card.settings.wanted_accuracy),
            s: card.settings.seed ?? 0,
            g: card.settings.gold_one_in ?? 0,
          })
        : "",
    ],
    [t("threshold"), row.threshold < 1 ? percent(row.threshold, 1) : "–"],
    [t("dataDigest"), card.data_sha256 && shortHash(card.data_sha256)],
    [t("goldDigest"), card.gold_sha256 && shortHash(card.gold_sha256)],
  ];
  return (
    <>
      <dl className="pairs">
        {facts
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className="num break">{value}</dd>
            </div>
          ))}
      </dl>
      {row.gold && <Judged title={t("gold")} of={row.gold} />}
      {row.out_of_fold && <Judged title={t("foldAccuracy")} of={row.out_of_fold} />}
      {row.out_of_fold && row.out_of_fold.codes.length > 0 && <ByClass of={row.out_of_fold} />}
      <h3>{t("history")}</h3>
      {card.changes.length === 0 && <p className="muted">{t("historyNone")}</p>}
      <ul className="history">
        {card.changes.map((change) => (
          <li key={change.ledger_index}>
            <div className="record-head">
              <b>
                {t(change.kind === "promoted" ? "promotedBy" : "rolledBackBy", {
                  name: either(change.by ?? "", change.by_en ?? ""),
                })}
              </b>
              <span className="muted num">{moment(change.at)}</span>
              <LedgerMark index={change.ledger_index} />
            </div>
            <p>{change.reason}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Judged({ title, of }: { title: string; of: ModelFigures }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <>
      <h3>
        {title} <small className="num">{number(of.rows, language)}</small>
      </h3>
      <p className="item-line num">
        <span>
          {t("accuracy")} <b>{percent(of.accuracy, 1)}</b>
        </span>
        <span>
          {t("autoShare")} <b>{percent(of.auto_share, 1)}</b>
        </span>
        <span>
          {t("autoAccuracy")} <b>{percent(of.auto_accuracy, 1)}</b>
        </span>
        <span>
          {t("ece")} <b>{of.ece.toFixed(3)}</b>
        </span>
        {of.kappa !== null && (
          <span>
            {t("kappa")} <b>{of.kappa.toFixed(2)}</b>
          </span>
        )}
      </p>
    </>
  );
}

function ByClass({ of }: { of: ModelFigures }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <>
      <h3>{t("reliabilityTitle")}</h3>
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("code")}</th>
              <th className="right">{t("held")}</th>
              <th className="right">{t("given")}</th>
              <th className="right">{t("right")}</th>
              <th className="right">{t("stated")}</th>
            </tr>
          </thead>
          <tbody>
            {of.codes.map((one) => (
              <tr key={one.code}>
                <td>
                  {one.code} {pick(one, "name")}
                </td>
                <td className="right num">{one.true}</td>
                <td className="right num">{one.given}</td>
                <td className="right num">{one.given ? percent(one.right / one.given) : "–"}</td>
                <td className="right num">{one.given ? percent(one.probability) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
