import { Button, Select, Tag } from "antd";
import { useState } from "react";
import { moment, number } from "@/app/format";
import { useEither, useLanguage, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { type Release, type ReleaseIn, useBudgets, useDo, usePublished } from "./queries";
import { words } from "./words";

/** What everybody may read of the region's injury cases, with its error or its gaps said. */
export function StatisticsTab() {
  const t = useWords(words);
  const publishes = useMay("privacy.publish");
  const releases = usePublished();
  return (
    <>
      {publishes && <Publish />}
      <section className="panel" aria-labelledby="published-title">
        <h2 id="published-title">{t("published")}</h2>
        <Loaded of={releases} rows={6}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState text={t("nonePublished")} />
            ) : (
              data.map((one) => <OneRelease key={one.id} release={one} publishes={publishes} />)
            )
          }
        </Loaded>
      </section>
    </>
  );
}

function Publish() {
  const t = useWords(words);
  const errorText = useErrorText();
  const act = useDo();
  const budgets = useBudgets(true);
  const now = new Date().getFullYear();
  const [asked, setAsked] = useState<ReleaseIn>({
    method: "noise",
    by_what: "accident_type",
    year: now - 1,
    epsilon: 0.5,
    min_cell: 5,
  });
  const budget = budgets.data?.find((one) => one.year === asked.year) ?? {
    year: asked.year,
    total: 2,
    spent: 0,
  };
  const name = (by: string) =>
    by
      .split("×")
      .map((part) => t(`by_${part}` as "by_industry"))
      .join(" × ");
  const groups = ["industry", "accident_type", "month", "industry×month", "accident_type×month"] as const;
  return (
    <section className="panel" aria-labelledby="publish-title">
      <h2 id="publish-title">{t("publish")}</h2>
      <p className="muted">{t("publishLead")}</p>
      <p className="muted">{t("epsilonWhy")}</p>
      <form
        className="form-line"
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate({ path: "/statistics/published", body: asked });
        }}
      >
        <div className="form-field">
          <span aria-hidden="true">{t("byWhat")}</span>
          <Select
            className="field-wide"
            aria-label={t("byWhat")}
            value={asked.by_what}
            onChange={(by_what) => setAsked({ ...asked, by_what })}
            options={groups.map((value) => ({ value, label: name(value) }))}
          />
        </div>
        <div className="form-field">
          <span aria-hidden="true">{t("year")}</span>
          <Select
            aria-label={t("year")}
            value={asked.year}
            onChange={(year) => setAsked({ ...asked, year })}
            options={Array.from({ length: 8 }, (_, n) => ({ value: now - n, label: `${now - n}` }))}
          />
        </div>
        <div className="form-field">
          <span aria-hidden="true">{t("method")}</span>
          <Select
            className="field-wide"
            aria-label={t("method")}
            value={asked.method}
            onChange={(method) => setAsked({ ...asked, method })}
            options={(["noise", "cells"] as const).map((value) => ({ value, label: t(`method_${value}`) }))}
          />
        </div>
        {asked.method === "noise" ? (
          <div className="form-field">
            <span aria-hidden="true">{t("epsilon")}</span>
            <Select
              aria-label={t("epsilon")}
              value={asked.epsilon}
              onChange={(epsilon) => setAsked({ ...asked, epsilon })}
              options={[0.1, 0.25, 0.5, 1].map((value) => ({ value, label: `${value}` }))}
            />
          </div>
        ) : (
          <div className="form-field">
            <span aria-hidden="true">{t("minCell")}</span>
            <Select
              aria-label={t("minCell")}
              value={asked.min_cell}
              onChange={(min_cell) => setAsked({ ...asked, min_cell })}
              options={[3, 5, 10].map((value) => ({ value, label: `${value}` }))}
            />
          </div>
        )}
        <Button type="primary" htmlType="submit" loading={act.isPending}>
          {t("publish")}
        </Button>
      </form>
      {asked.method === "noise" && <p className="muted num">{t("budget", { ...budget })}</p>}
      {act.error && (
        <p role="alert" className="form-error">
          {errorText(act.error)}
        </p>
      )}
    </section>
  );
}

type NoiseTable = {
  rows: { key: string; zh: string; en: string; n: number }[];
  sd: number;
  error_95: number;
};
type Triple = [code: string, zh: string, en: string];
type CellTable = {
  rows: Triple[];
  columns: Triple[];
  counts: number[][];
  hidden_small: number;
  hidden_too: number;
};

function OneRelease({ release, publishes }: { release: Release; publishes: boolean }) {
  const t = useWords(words);
  const either = useEither();
  const act = useDo();
  const noise = release.method === "noise" ? (release.table as unknown as NoiseTable) : null;
  const cells = release.method === "cells" ? (release.table as unknown as CellTable) : null;
  return (
    <article className="release">
      <div className="panel-head">
        <h3>
          {either(release.title_zh, release.title_en)} · {release.region}
        </h3>
        <span>
          <Tag>{t(`method_${release.method}`)}</Tag>
          {release.synthetic && <SyntheticTag />}
          {publishes && (
            <Button
              size="small"
              loading={act.isPending}
              onClick={() => act.mutate({ path: `/statistics/published/${release.id}/withdraw` })}
            >
              {t("withdrawTable")}
            </Button>
          )}
        </span>
      </div>
      <p className="muted">
        {noise && t("errorLine", { n: noise.error_95, sd: noise.sd, epsilon: release.epsilon })}
        {cells && t("cellsLine", { n: release.min_cell, small: cells.hidden_small, too: cells.hidden_too })}{" "}
        <span className="num">{moment(release.at)}</span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-scroll" tabIndex={0} aria-label={either(release.title_zh, release.title_en)}>
        {noise && <NoiseRows table={noise} />}
        {cells && <CellRows table={cells} />}
      </section>
    </article>
  );
}

function NoiseRows({ table }: { table: NoiseTable }) {
  const either = useEither();
  const { language } = useLanguage();
  return (
    <table className="rows noise-rows">
      <tbody>
        {table.rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">{either(row.zh, row.en)}</th>
            <td className="right num">
              {number(row.n, language)} ± {table.error_95}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CellRows({ table }: { table: CellTable }) {
  const t = useWords(words);
  const either = useEither();
  const { language } = useLanguage();
  const one = table.columns.length === 1;
  const columns = one ? [] : table.columns.map((column) => either(column[1], column[2]));
  const names = [...table.rows.map((row) => either(row[1], row[2])), t("totalRow")];
  return (
    <table className="rows">
      {!one && (
        <thead>
          <tr>
            <th aria-label={t("byWhat")} />
            {[...columns, t("totalRow")].map((name) => (
              <th key={name} className="right">
                {name}
              </th>
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {table.counts.map((counts, n) => (
          <tr key={names[n]}>
            <th scope="row">{names[n]}</th>
            {(one ? counts.slice(-1) : counts).map((count, m) => (
              <td
                // biome-ignore lint/suspicious/noArrayIndexKey: cells of a table stand where they stand
                key={m}
                className={count < 0 ? "right cell-hidden" : "right num"}
                title={count < 0 ? t("hidden") : undefined}
              >
                {count < 0 ? <abbr title={t("hidden")}>*</abbr> : number(count, language)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
