import { Alert, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { percent } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { ModelComparison, ModelFigures, ModelVersion } from "@/app/types";
import { useComparison } from "./queries";
import { words } from "./words";

/** Two versions side by side; without a choice the one at work against the newest other. */
export function ComparePanel({ versions }: { versions: ModelVersion[] }) {
  const t = useWords(words);
  const [first, setFirst] = useState<number | null>(null);
  const [second, setSecond] = useState<number | null>(null);
  const atWork = versions.find((one) => one.state === "active");
  const usualFirst = atWork ?? versions[1];
  const usualSecond = versions.find((one) => one.id !== usualFirst?.id);
  const a = first ?? usualFirst?.id ?? null;
  const b = second ?? usualSecond?.id ?? null;
  const found = useComparison(a, b);
  if (versions.length < 2) return null;
  const options = versions.map((one) => ({
    value: one.id,
    label: `${one.version} · ${t(one.state)}`,
  }));
  return (
    <section className="panel" aria-labelledby="compare-title">
      <div className="panel-head">
        <h2 id="compare-title">{t("compare")}</h2>
        <Select aria-label={t("compareFirst")} value={a} onChange={setFirst} options={options} />
        <Select aria-label={t("compareSecond")} value={b} onChange={setSecond} options={options} />
      </div>
      <Loaded of={found} rows={5}>
        {(both) => <SideBySide both={both} />}
      </Loaded>
    </section>
  );
}

function SideBySide({ both }: { both: ModelComparison }) {
  const t = useWords(words);
  return (
    <>
      {!both.fair && <Alert type="info" showIcon title={t("unfair")} className="gap-below-small" />}
      {both.first_gold && both.second_gold && (
        <Figures both={both} first={both.first_gold} second={both.second_gold} />
      )}
      <p className="num">{t("pendingChanged", { n: both.pending, k: both.pending_changed })}</p>
      <h3>{t("changed")}</h3>
      {both.changed.length === 0 ? <EmptyState text={t("changedNone")} /> : <Changed both={both} />}
    </>
  );
}

interface FiguresProps {
  both: ModelComparison;
  first: ModelFigures;
  second: ModelFigures;
}

function Figures({ both, first, second }: FiguresProps) {
  const t = useWords(words);
  const kappa = (one: ModelFigures) =>
    one.kappa === null || one.kappa_low === null || one.kappa_high === null
      ? "–"
      : `${one.kappa.toFixed(2)} (${one.kappa_low.toFixed(2)} – ${one.kappa_high.toFixed(2)})`;
  const lines: [label: string, of: (one: ModelFigures) => string][] = [
    [t("accuracy"), (one) => percent(one.accuracy, 1)],
    [t("kappa"), kappa],
    [t("autoShare"), (one) => percent(one.auto_share, 1)],
    [t("autoAccuracy"), (one) => percent(one.auto_accuracy, 1)],
    [t("ece"), (one) => one.ece.toFixed(3)],
  ];
  return (
    <div className="table-scroll">
      <table className="rows compare">
        <thead>
          <tr>
            <th>{t("goldRows", { n: both.rows })}</th>
            <th className="right version-name">{both.first.version}</th>
            <th className="right version-name">{both.second.version}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([label, of]) => (
            <tr key={label}>
              <td>{label}</td>
              <td className="right num">{of(first)}</td>
              <td className="right num">{of(second)}</td>
            </tr>
          ))}
          <tr>
            <td>{t("onlyRight")}</td>
            <td className="right num">{both.only_first}</td>
            <td className="right num">{both.only_second}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function Changed({ both }: { both: ModelComparison }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <div className="table-scroll">
      <table className="rows">
        <thead>
          <tr>
            <th>{t("narrative")}</th>
            <th className="version-name">{both.first.version}</th>
            <th className="version-name">{both.second.version}</th>
            <th>{t("truth")}</th>
          </tr>
        </thead>
        <tbody>
          {both.changed.map((one) => (
            <tr key={one.case_id}>
              <td>
                <Link to={`/cases/${one.case_id}`}>{one.excerpt}</Link>
              </td>
              <td className={one.truth === one.first ? "better" : undefined}>
                {one.first} {pick(one, "first")}
              </td>
              <td className={one.truth === one.second ? "better" : undefined}>
                {one.second} {pick(one, "second")}
              </td>
              <td>{one.truth ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
