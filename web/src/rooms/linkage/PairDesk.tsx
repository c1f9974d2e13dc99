import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useState } from "react";
import { moment, percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { RecordField, RecordPairDetail } from "@/app/types";
import { words as common } from "@/app/words";
import { ClusterDrawer } from "./ClusterDrawer";
import { usePair } from "./queries";
import { barOf, scaleOf, signed } from "./weights";
import { words } from "./words";

interface PairDeskProps {
  id: string;
  busy: boolean;
  onSay: (same: boolean, note: string) => void;
  onStep: (by: number) => void;
  onBack: (() => void) | undefined;
}

/** Both records side by side, what each field says, and the two answers. */
export function PairDesk({ id, busy, onSay, onStep, onBack }: PairDeskProps) {
  const t = useWords(words);
  const found = usePair(id);
  return (
    <section className="panel detail-panel" aria-label={t("detail")}>
      <div className="desk-bar">
        {onBack && (
          <Button type="link" className="back-link" icon={<ArrowLeftOutlined />} onClick={onBack}>
            {t("back")}
          </Button>
        )}
        <PairKeys />
        <span className="desk-steps">
          <Button size="small" onClick={() => onStep(-1)}>
            {t("previous")}
          </Button>
          <Button size="small" onClick={() => onStep(1)}>
            {t("next")}
          </Button>
        </span>
      </div>
      <Loaded of={found} rows={12}>
        {(pair) => <PairInHand pair={pair} busy={busy} onSay={onSay} />}
      </Loaded>
    </section>
  );
}

function PairKeys() {
  const t = useWords(words);
  const hints: [key: string, word: string][] = [
    ["j k", t("keyMove")],
    ["y", t("keySame")],
    ["n", t("keyDifferent")],
    ["s", t("keySkip")],
  ];
  return (
    <ul className="key-hints" aria-label={t("keys")}>
      {hints.map(([key, word]) => (
        <li key={key}>
          <kbd>{key}</kbd> {word}
        </li>
      ))}
    </ul>
  );
}

interface PairInHandProps {
  pair: RecordPairDetail;
  busy: boolean;
  onSay: (same: boolean, note: string) => void;
}

function PairInHand({ pair, busy, onSay }: PairInHandProps) {
  const t = useWords(words);
  const c = useWords(common);
  const either = useEither();
  const [note, setNote] = useState("");
  const [cluster, setCluster] = useState<string | null>(null);
  const sides = [
    { key: pair.left_cluster, size: pair.left_size, source: pair.left_source },
    { key: pair.right_cluster, size: pair.right_size, source: pair.right_source },
  ];
  return (
    <>
      <p className="pair-verdict">
        <strong className="num">{percent(pair.probability)}</strong> {t("chance")}
        {pair.state !== "desk" && <span className="pair-state">{t(pair.state)}</span>}
      </p>
      <Fields pair={pair} />
      <div className="pair-answer">
        <Button type="primary" loading={busy} onClick={() => onSay(true, note)} aria-keyshortcuts="y">
          {t("isSame")}
        </Button>
        <Button danger loading={busy} onClick={() => onSay(false, note)} aria-keyshortcuts="n">
          {t("isDifferent")}
        </Button>
        <Input
          value={note}
          maxLength={2000}
          placeholder={t("noteHint")}
          aria-label={t("noteHint")}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <p className="pair-clusters">
        {sides
          .filter((side, index) => index === 0 || side.key !== pair.left_cluster)
          .map((side) => (
            <Button key={side.key} type="link" size="small" onClick={() => setCluster(side.key)}>
              {t("cluster", { id: side.key, n: side.size })}
            </Button>
          ))}
      </p>
      {pair.decisions.length > 0 && (
        <>
          <h3>{t("decisions")}</h3>
          <ul className="pair-decisions">
            {pair.decisions.map((one) => (
              <li key={one.ledger_index}>
                <span className="num">{moment(one.at)}</span> {either(one.by, one.by_en)}:{" "}
                {t(one.same ? "one" : "two")}
                {one.note && ` · ${one.note}`}{" "}
                <span className="muted num">{c("ledgerIndex", { n: one.ledger_index })}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="muted">
        {c("model")} <code>{pair.model_version}</code>
      </p>
      <ClusterDrawer clusterKey={cluster} onClose={() => setCluster(null)} />
    </>
  );
}

function Fields({ pair }: { pair: RecordPairDetail }) {
  const t = useWords(words);
  const scale = scaleOf([...pair.fields.map((field) => field.bits), pair.prior_bits]);
  return (
    <table className="pair-table">
      <thead>
        <tr>
          <th scope="col">{t("field")}</th>
          <th scope="col">
            {t("recordA")} <small>{pair.left_source}</small>
          </th>
          <th scope="col">
            {t("recordB")} <small>{pair.right_source}</small>
          </th>
          <th scope="col">{t("evidence")}</th>
        </tr>
      </thead>
      <tbody>
        {pair.fields.map((field) => (
          <FieldRow key={field.field} field={field} scale={scale} />
        ))}
        <tr className="pair-sum">
          <th scope="row" colSpan={3}>
            {t("prior")}
          </th>
          <td>
            <Bar bits={pair.prior_bits} scale={scale} />
          </td>
        </tr>
        <tr className="pair-sum">
          <th scope="row" colSpan={3}>
            {t("sum")}
          </th>
          <td className="num">
            <strong>{signed(pair.weight)}</strong>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function FieldRow({ field, scale }: { field: RecordField; scale: number }) {
  const t = useWords(words);
  const pick = usePick();
  const value = (text: string) =>
    text ? field.differs ? <mark>{text}</mark> : text : <span className="muted">{t("empty")}</span>;
  return (
    <tr className={field.differs ? "pair-differs" : undefined}>
      <th scope="row">
        {pick(field, "field")}
        {field.differs && <small className="muted"> {t("differs")}</small>}
      </th>
      <td data-label={t("recordA")}>{value(field.left)}</td>
      <td data-label={t("recordB")}>{value(field.right)}</td>
      <td data-label={t("evidence")}>
        {field.level_en && (
          <>
            <Bar bits={field.bits} scale={scale} />
            <small className="muted">{pick(field, "level")}</small>
          </>
        )}
      </td>
    </tr>
  );
}

/** Bits to the right of the middle speak for one thing, to the left for two. */
function Bar({ bits, scale }: { bits: number; scale: number }) {
  const t = useWords(words);
  const { left, width } = barOf(bits, scale);
  const told = t(bits < 0 ? "speaksAgainst" : "speaksFor", { n: Math.abs(bits).toFixed(1) });
  return (
    <span className="bits" title={told}>
      <span className="bits-track" aria-hidden="true">
        <span className={bits < 0 ? "bits-bar bits-against" : "bits-bar bits-for"} style={{ left, width }} />
      </span>
      <span className="num">{signed(bits)}</span>
    </span>
  );
}
