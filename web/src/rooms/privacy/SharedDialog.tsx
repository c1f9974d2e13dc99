import { Button, Modal, Select } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { useMe } from "@/rooms/accounts/session";
import { useTerm } from "./parts";
import { type Agreement, type SharedRows, useShared } from "./queries";
import { columnsOf, csvOf } from "./shared";
import { Watermark } from "./Watermark";
import { words } from "./words";

const COUNTS = ["hazards", "closed", "cases"];

/** The rows that an agreement gives. Each page that is asked for stands in the giver's log. */
export function SharedDialog({ agreement, onClose }: { agreement: Agreement; onClose: () => void }) {
  const t = useWords(words);
  const term = useTerm();
  const [dataset, setDataset] = useState<string | null>(null);
  const [after, setAfter] = useState(0);
  const rows = useShared(agreement.id, dataset, after);
  return (
    <Modal open width={900} title={t("look")} footer={null} onCancel={onClose}>
      <p>
        <Select
          className="field-wide"
          aria-label={t("datasets")}
          placeholder={t("datasets")}
          value={dataset}
          onChange={(value) => {
            setDataset(value);
            setAfter(0);
          }}
          options={agreement.datasets.map((value) => ({ value, label: term("ds", value) }))}
        />
      </p>
      {dataset && (
        <Loaded of={rows} rows={8}>
          {(data) =>
            data.rows.length === 0 ? (
              <EmptyState text={t("noRows")} />
            ) : (
              <Rows data={data} onMore={data.next ? () => setAfter(data.next ?? 0) : undefined} />
            )
          }
        </Loaded>
      )}
    </Modal>
  );
}

function Rows({ data, onMore }: { data: SharedRows; onMore?: () => void }) {
  const t = useWords(words);
  const me = useMe();
  const term = useTerm();
  const names = columnsOf(data.rows);
  // Of a count, nothing means that it is too small; of anything else, that there is none.
  const shown = (name: string, value: unknown) =>
    value !== null && value !== undefined
      ? String(value)
      : COUNTS.includes(name)
        ? t("hiddenCount", { n: data.min_cell })
        : "–";
  const save = () => {
    const mark = t("exportMark", {
      by: `${me.name} (${me.username})`,
      at: moment(new Date().toISOString()),
      purpose: data.purpose,
    });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csvOf(mark, data.rows)], { type: "text/csv" }));
    link.download = `${data.dataset}-${data.agreement_id}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Watermark>
      <p className="agreement-head">
        <Button onClick={save}>{t("csv")}</Button>
        {onMore && <Button onClick={onMore}>{t("more")}</Button>}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-scroll shared-rows" tabIndex={0} aria-label={t("look")}>
        <table className="rows">
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name}>{term("col", name)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={JSON.stringify(row)}>
                {names.map((name) => (
                  <td key={name} className="num">
                    {shown(name, row[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Watermark>
  );
}
