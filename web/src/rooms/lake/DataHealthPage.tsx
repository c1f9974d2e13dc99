import { useSearchParams } from "react-router";
import { day, number, percent } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { HealthOverview } from "@/app/types";
import "./lake.css";
import { useHealth, useSource } from "./queries";
import { SourcePanel } from "./SourcePanel";
import { TrendPanel } from "./TrendPanel";
import { words } from "./words";

type TableWord = "injury_cases" | "hazard_records" | "enterprises" | "equipment";

/** How healthy the data is: all sources with their scores, and one of them in full. */
export default function DataHealthPage() {
  const t = useWords(words);
  const health = useHealth();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        {health.data?.sources.some((one) => one.synthetic) && <SyntheticTag />}
        <span className="muted">{t("lead")}</span>
      </div>
      <Loaded of={health} rows={12}>
        {(data) =>
          data.sources.length === 0 ? (
            <EmptyState text={t("none")}>
              <span className="muted">{t("noneWhy")}</span>
            </EmptyState>
          ) : (
            <Health data={data} />
          )
        }
      </Loaded>
    </div>
  );
}

function Health({ data }: { data: HealthOverview }) {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const wanted = Number.parseInt(search.get("source") ?? "", 10);
  const chosen = data.sources.find((one) => one.id === wanted) ?? data.sources[0];
  const source = useSource(chosen?.id);
  return (
    <div className="health-grid">
      <div className="health-side">
        <SourceList
          data={data}
          chosen={chosen?.id}
          onChoose={(id) => setSearch({ source: String(id) }, { replace: true })}
        />
        <TrendPanel title={t("trend")} name={t("title")} points={data.trend} />
      </div>
      <div className={source.isPlaceholderData ? "health-main stale" : "health-main"}>
        <Loaded of={source} rows={14}>
          {(found) => <SourcePanel key={found.id} source={found} />}
        </Loaded>
      </div>
    </div>
  );
}

interface ListProps {
  data: HealthOverview;
  chosen: number | undefined;
  onChoose: (id: number) => void;
}

function SourceList({ data, chosen, onChoose }: ListProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <section className="panel" aria-labelledby="sources-title">
      <div className="panel-head">
        <h2 id="sources-title">{t("sources")}</h2>
        <span className="muted num">
          {t("overall")} <b className="strong">{percent(data.overall, 1)}</b> ·{" "}
          {t("asOf", { day: day(data.as_of) })}
        </span>
      </div>
      {data.sources.map((one) => (
        <button
          key={one.id}
          type="button"
          className="health-source"
          aria-current={one.id === chosen}
          onClick={() => onChoose(one.id)}
        >
          <span className="health-source-top">
            <strong>{one.name}</strong>
            <b className="num">{percent(one.overall, 1)}</b>
          </span>
          <small>
            <span>{t(one.table as TableWord)}</span>
            <span className="num">{t("rowCount", { n: number(one.rows, language) })}</span>
            <span>
              {t("owner")} {one.owner || t("ownerNone")}
            </span>
          </small>
        </button>
      ))}
    </section>
  );
}
