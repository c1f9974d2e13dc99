import { App, Button, Input, Tooltip } from "antd";
import { useContext, useState } from "react";
import { day, moment, number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { DataSource, WorstRow } from "@/app/types";
import { MeContext } from "@/rooms/accounts/session";
import { useNameOwner } from "./queries";
import { TrendPanel } from "./TrendPanel";
import { DIMENSIONS } from "./trendOption";
import { columns, words } from "./words";

/** A column by its name in the reader's language; a header of the source as it stands. */
function useColumn() {
  const t = useWords(columns);
  return (name: string) => (name in columns ? t(name as keyof typeof columns) : name);
}

/** One source in full. */
export function SourcePanel({ source }: { source: DataSource }) {
  const t = useWords(words);
  return (
    <>
      <section className="panel" aria-labelledby="source-title">
        <div className="panel-head">
          <h2 id="source-title">{source.name}</h2>
        </div>
        <Head source={source} />
        <Dimensions source={source} />
      </section>
      <TrendPanel title={t("trend")} name={source.name} points={source.trend} />
      <Worst rows={source.worst} />
      <Fields source={source} />
      <Rules source={source} />
      <Rejects source={source} />
      <Runs source={source} />
    </>
  );
}

function Head({ source }: { source: DataSource }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <div className="health-head">
      <span className="num">
        {t("overall")} <b className="strong">{percent(source.overall, 1)}</b>
      </span>
      <span className="num">{t("rowCount", { n: number(source.rows, language) })}</span>
      {source.refused > 0 && (
        <span className="num">{t("refused", { n: number(source.refused, language) })}</span>
      )}
      {source.newest && (
        <span className="num">
          {t("newest")} {day(source.newest)}
        </span>
      )}
      <Owner source={source} />
    </div>
  );
}

function Owner({ source }: { source: DataSource }) {
  const t = useWords(words);
  const me = useContext(MeContext);
  const { message } = App.useApp();
  const text = useErrorText();
  const name = useNameOwner(source.id);
  const [typed, setTyped] = useState<string | null>(null);
  const may = me?.permissions.includes("lake.manage");
  if (typed === null)
    return (
      <span className="health-owner">
        {t("owner")} <b className="strong">{source.owner || t("ownerNone")}</b>
        {may && (
          <Button size="small" onClick={() => setTyped(source.owner)}>
            {t("nameOwner")}
          </Button>
        )}
      </span>
    );
  return (
    <form
      className="health-owner"
      onSubmit={(event) => {
        event.preventDefault();
        name.mutate(typed, {
          onSuccess: () => {
            message.success(t("saved"));
            setTyped(null);
          },
          onError: (error) => message.error(text(error)),
        });
      }}
    >
      <Input
        autoFocus
        size="small"
        maxLength={80}
        value={typed}
        aria-label={t("owner")}
        placeholder={t("ownerHint")}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setTyped(null)}
      />
      <Button size="small" type="primary" htmlType="submit" loading={name.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

function Dimensions({ source }: { source: DataSource }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const by = new Map(source.dimensions.map((one) => [one.dimension, one]));
  return (
    <ul className="health-dimensions">
      {DIMENSIONS.map((name) => {
        const one = by.get(name);
        return (
          <li key={name}>
            <Tooltip title={t(`${name}Why`)}>
              <span className="muted">{t(name)}</span>
            </Tooltip>
            <span className="value num">{percent(one?.score, 1)}</span>
            <span className="health-rail" aria-hidden="true">
              <span style={{ width: `${(one?.score ?? 0) * 100}%` }} />
            </span>
            <small className="muted num">
              {one?.checked
                ? t("counts", { good: number(one.good, language), checked: number(one.checked, language) })
                : "–"}
            </small>
          </li>
        );
      })}
    </ul>
  );
}

function Worst({ rows }: { rows: WorstRow[] }) {
  const t = useWords(words);
  const pick = usePick();
  const column = useColumn();
  return (
    <section className="panel" aria-labelledby="worst-title">
      <div className="panel-head">
        <h2 id="worst-title">{t("worst")}</h2>
        <span className="muted">{t("masked")}</span>
      </div>
      {rows.length === 0 && <p className="muted">{t("worstNone")}</p>}
      <ul className="health-list">
        {rows.map((row) => (
          <li key={`${row.key}/${row.source_row}`}>
            {row.source_row !== null && <b className="num">{t("rowNumber", { n: row.source_row })} </b>}
            <span className="mono muted">{row.key}</span>
            {row.missing > 0 && <span className="muted num"> · {t("missing", { n: row.missing })}</span>}
            {row.reasons.length > 0 && (
              <ul>
                {row.reasons.map((reason) => (
                  <li key={`${reason.rule}/${reason.field}`}>
                    {pick(reason, "title")}
                    <span className="muted">
                      {" "}
                      {[reason.field && column(reason.field), reason.value].filter(Boolean).join(" · ")}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Fields({ source }: { source: DataSource }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const column = useColumn();
  return (
    <section className="panel" aria-labelledby="fields-title">
      <div className="panel-head">
        <h2 id="fields-title">{t("fields")}</h2>
      </div>
      <ul className="health-fields">
        {source.fields.map((field) => {
          const share = field.rows ? field.filled / field.rows : 0;
          return (
            <li key={field.field}>
              <span className="health-field-top">
                <span>{column(field.field)}</span>
                <span className="num">
                  {field.wrong > 0 && (
                    <span className="health-wrong">{t("wrong", { n: number(field.wrong, language) })} </span>
                  )}
                  {percent(share, 0)}
                </span>
              </span>
              <span className="health-rail" aria-hidden="true">
                <span style={{ width: `${share * 100}%` }} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Rules({ source }: { source: DataSource }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  return (
    <section className="panel" aria-labelledby="rules-title">
      <div className="panel-head">
        <h2 id="rules-title">{t("rules")}</h2>
      </div>
      {source.rules.length === 0 && <p className="muted">{t("rulesNone")}</p>}
      <ul className="health-list">
        {source.rules.map((rule) => (
          <li key={rule.rule}>
            <b>{pick(rule, "title")}</b>{" "}
            <span className="muted num">
              {t(rule.severity as "major" | "minor" | "info")} ·{" "}
              {t("times", { n: number(rule.count, language) })}
            </span>
            <div className="muted">{pick(rule, "reason")}</div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Rejects({ source }: { source: DataSource }) {
  const t = useWords(words);
  const pick = usePick();
  const column = useColumn();
  const { language } = useLanguage();
  if (source.rejects_total === 0) return null;
  return (
    <section className="panel" aria-labelledby="rejects-title">
      <div className="panel-head">
        <h2 id="rejects-title">{t("rejects")}</h2>
        <span className="muted num">
          {t("rejectsSome", {
            n: number(source.rejects_total, language),
            m: number(source.rejects.length, language),
          })}
        </span>
      </div>
      <ul className="health-list">
        {source.rejects.map((one) => (
          <li key={`${one.source_row}/${one.rule}/${one.field}`}>
            <b className="num">{t("rowNumber", { n: one.source_row })}</b> {pick(one, "title")}
            <span className="muted">
              {" "}
              {[one.field && column(one.field), one.value].filter(Boolean).join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Runs({ source }: { source: DataSource }) {
  const t = useWords(words);
  const { language } = useLanguage();
  if (source.runs.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="runs-title">
      <div className="panel-head">
        <h2 id="runs-title">{t("runs")}</h2>
      </div>
      <ul className="health-list">
        {source.runs.map((run) => (
          <li key={`${run.at}/${run.mapping}/${run.rows}`} className="num">
            {run.at && <b>{moment(run.at)} </b>}
            {t("run", {
              taken: number(run.taken, language),
              rejected: number(run.rejected, language),
              known: number(run.known, language),
              changed: number(run.changed, language),
              flagged: number(run.flagged, language),
            })}
            <span className="muted"> {[run.mapping, run.encoding].filter(Boolean).join(" · ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
