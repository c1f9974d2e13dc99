import { DownloadOutlined } from "@ant-design/icons";
import { Button, Dropdown, Segmented } from "antd";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { ApiError } from "@/app/client";
import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { Candidates } from "./Candidates";
import { Explorer } from "./Explorer";
import { type Look, useGraphSummary } from "./queries";
import { words } from "./words";
import "./graph.css";

const FORMATS = ["graphml", "turtle", "neo4j", "csv"] as const;
const NAMES = { graphml: "GraphML", turtle: "RDF Turtle", neo4j: "Neo4j CSV" };

/** The risk graph: explore around an incident, or decide on candidate facts. What is looked at stands in the address. */
export default function GraphPage() {
  const t = useWords(words);
  const { language } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const summary = useGraphSummary();
  const tab = search.get("tab") === "candidates" ? "candidates" : "explore";
  const look: Look = useMemo(
    () => ({
      text: search.get("text") ?? "",
      node: search.get("node") ?? "",
      hops: Math.min(4, Math.max(1, Number.parseInt(search.get("hops") ?? "2", 10) || 2)),
      factors: (search.get("factors") ?? "").split(",").filter(Boolean),
    }),
    [search],
  );
  const change = (part: Record<string, string | number | undefined>, replace = true) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [key, value] of Object.entries(part)) {
          if (value === undefined || value === "" || (key === "page" && value === 1)) after.delete(key);
          else after.set(key, String(value));
        }
        return after;
      },
      { replace },
    );
  const missing = summary.error instanceof ApiError && summary.error.status === 404;

  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("title")}</h1>
        {summary.data?.synthetic && <SyntheticTag />}
        <span className="muted desk-lead">{t("lead")}</span>
      </div>
      {missing ? (
        <section className="panel">
          <EmptyState text={t("noGraph")} />
        </section>
      ) : (
        <Loaded of={summary} rows={10}>
          {(held) => (
            <>
              <div className="graph-head">
                <Segmented
                  aria-label={t("view")}
                  value={tab}
                  onChange={(next) => change({ tab: next === "explore" ? undefined : next, open: undefined })}
                  options={[
                    { value: "explore", label: t("explore") },
                    { value: "candidates", label: t("waitingCount", { n: held.waiting }) },
                  ]}
                />
                <span className="muted num graph-holds">
                  {t("holds", {
                    nodes: number(held.nodes, language),
                    facts: number(held.facts, language),
                    chains: number(held.chains, language),
                  })}
                </span>
                <Dropdown
                  trigger={["click"]}
                  menu={{
                    items: FORMATS.map((format) => ({
                      key: format,
                      label: (
                        <a href={`/api/graph/export?format=${format}`} download>
                          {format === "csv" ? t("exportCsv") : NAMES[format]}
                        </a>
                      ),
                    })),
                  }}
                >
                  <Button icon={<DownloadOutlined />}>{t("export")}</Button>
                </Dropdown>
              </div>
              {tab === "explore" ? (
                <Explorer
                  look={look}
                  open={search.get("open") ?? ""}
                  view={search.get("view") ?? ""}
                  onChange={change}
                />
              ) : (
                <Candidates
                  state={search.get("state") ?? "waiting"}
                  page={Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1)}
                  onChange={(part) => change({ page: undefined, ...part })}
                  onOpen={(id) => change({ tab: undefined, node: id, text: undefined, open: id }, false)}
                />
              )}
            </>
          )}
        </Loaded>
      )}
    </div>
  );
}
