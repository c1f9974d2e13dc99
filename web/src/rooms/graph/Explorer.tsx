import { CloseOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Checkbox, Drawer, Input, Segmented, Slider } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { EmptyState, ErrorState, LoadingState } from "@/app/states";
import { CircleList, FactorSign } from "./CircleList";
import { FACTORS } from "./circle";
import { NodePanel } from "./NodePanel";
import { type Look, useCircle } from "./queries";
import { words } from "./words";

// The drawing library is large and only this page draws graphs.
const GraphCanvas = lazy(() => import("./GraphCanvas"));
const DRAWN = 40; // names stay readable up to here
const LISTED = 120;

interface ExplorerProps {
  look: Look;
  open: string;
  view: string;
  onChange: (part: Record<string, string | number | undefined>, replace?: boolean) => void;
}

/** An incident in words, what stands around it as a graph or a list, and the node in hand. */
export function Explorer({ look, open, view, onChange }: ExplorerProps) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const phone = usePhone();
  const asList = view ? view === "list" : phone;
  const circle = useCircle(look, asList ? LISTED : DRAWN);
  const asked = Boolean(look.text || look.node);
  const seed = circle.data?.nodes.find((node) => node.id === look.node);
  const openNode = (id: string) => onChange({ open: id });
  const startFrom = (id: string) => onChange({ node: id, text: undefined, open: id }, false);
  const panel = open && <NodePanel key={open} id={open} onOpen={openNode} onStart={startFrom} />;

  return (
    <>
      <Controls
        look={look}
        shownText={seed ? pick(seed, "label") : look.text}
        view={asList ? "list" : "graph"}
        onChange={onChange}
      />
      {!asked && (
        <section className="panel">
          <EmptyState text={t("empty")} />
        </section>
      )}
      {asked && circle.error && !circle.isPlaceholderData && (
        <section className="panel">
          <ErrorState error={circle.error} onRetry={() => circle.refetch()} />
        </section>
      )}
      {asked && !circle.error && (
        <div className="graph-split">
          <section className="panel graph-panel" aria-label={t("explore")}>
            {circle.data ? (
              <div className={circle.isPlaceholderData ? "stale" : undefined}>
                <p className="muted num graph-count" role="status">
                  {t("shown", {
                    n: circle.data.nodes.length,
                    all: number(circle.data.reached, language),
                  })}
                </p>
                {asList ? (
                  <CircleList circle={circle.data} open={open} onOpen={openNode} />
                ) : (
                  <Suspense fallback={<LoadingState rows={14} />}>
                    <GraphCanvas circle={circle.data} open={open} onOpen={openNode} />
                  </Suspense>
                )}
              </div>
            ) : (
              <LoadingState rows={14} />
            )}
          </section>
          {!phone && (
            <section className="panel graph-side" aria-label={t("detail")}>
              {panel ? (
                <>
                  <Button
                    type="text"
                    className="graph-close"
                    icon={<CloseOutlined />}
                    aria-label={t("close")}
                    onClick={() => onChange({ open: undefined })}
                  />
                  {panel}
                </>
              ) : (
                <EmptyState text={t("pickNode")} />
              )}
            </section>
          )}
        </div>
      )}
      {phone && (
        <Drawer
          open={Boolean(open)}
          onClose={() => onChange({ open: undefined })}
          title={t("detail")}
          styles={{ wrapper: { width: "100vw" } }}
        >
          {panel}
        </Drawer>
      )}
    </>
  );
}

interface ControlsProps {
  look: Look;
  shownText: string;
  view: "graph" | "list";
  onChange: ExplorerProps["onChange"];
}

function Controls({ look, shownText, view, onChange }: ControlsProps) {
  const t = useWords(words);
  const [typed, setTyped] = useState(shownText);
  const [hops, setHops] = useState(look.hops);
  useEffect(() => setTyped(shownText), [shownText]);
  useEffect(() => setHops(look.hops), [look.hops]);
  const ask = (text: string) => {
    if (text.trim()) onChange({ text: text.trim(), node: undefined, open: undefined }, false);
  };
  return (
    <section className="panel graph-controls" aria-label={t("searchLabel")}>
      <Input.Search
        value={typed}
        maxLength={400}
        prefix={<SearchOutlined aria-hidden />}
        placeholder={t("searchHint")}
        aria-label={t("searchLabel")}
        enterButton={t("go")}
        onChange={(event) => setTyped(event.target.value)}
        onSearch={ask}
      />
      <p className="graph-examples">
        <span className="muted">{t("tryThese")}</span>
        {(["example1", "example2", "example3"] as const).map((example) => (
          <Button key={example} type="link" size="small" onClick={() => ask(t(example))}>
            {t(example)}
          </Button>
        ))}
      </p>
      <div className="graph-filters">
        <span className="graph-hops">
          <span id="graph-hops-label">
            {t("hops")} <span className="num muted">{t("hopsValue", { n: hops })}</span>
          </span>
          <Slider
            min={1}
            max={4}
            dots
            value={hops}
            ariaLabelledByForHandle="graph-hops-label"
            tooltip={{ open: false }}
            onChange={setHops}
            onChangeComplete={(value) => onChange({ hops: value === 2 ? undefined : value })}
          />
        </span>
        <Checkbox.Group
          aria-label={t("factors")}
          value={look.factors}
          onChange={(factors) => onChange({ factors: factors.join(",") || undefined })}
          options={FACTORS.map((factor) => ({
            value: factor,
            label: (
              <span className="factor-choice">
                <FactorSign group={factor} /> {t(factor)}
              </span>
            ),
          }))}
        />
        <Segmented
          aria-label={t("view")}
          value={view}
          onChange={(next) => onChange({ view: next })}
          options={[
            { value: "graph", label: t("asGraph") },
            { value: "list", label: t("asList") },
          ]}
        />
      </div>
    </section>
  );
}
