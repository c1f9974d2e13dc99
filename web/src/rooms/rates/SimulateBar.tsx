import { Alert, App, Button, Progress, Select, Upload } from "antd";
import { useState } from "react";
import { usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { RatesDesk } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { useAddTable, useLoadFile, useSimulate } from "./queries";
import { words } from "./words";

const INCOMES = { neutral: 0, asTable: null, plus5: 0.05, minus5: -0.05 } as const;
type Income = keyof typeof INCOMES;

/** Load records, choose a table and a target, and have the pool simulated. */
export function SimulateBar({ desk }: { desk: RatesDesk }) {
  const t = useWords(words);
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const may = useMay("rates.simulate");
  const [table, setTable] = useState<number | null>(null);
  const [income, setIncome] = useState<Income>("neutral");
  const simulate = useSimulate();
  const load = useLoadFile();
  const add = useAddTable();
  const run = desk.running;
  const busy = run?.state === "queued" || run?.state === "running";
  const problem = load.error ?? add.error ?? simulate.error;
  const read = (file: File, use: (text: string) => void) => {
    void file.text().then(use);
    return false; // the browser's own upload is not wanted
  };
  return (
    <>
      {may && (
        <div className="rates-bar">
          <Select
            value={table}
            onChange={setTable}
            aria-label={t("table")}
            popupMatchSelectWidth={false}
            options={desk.tables.map((one) => ({ value: one.id, label: pick(one, "name") }))}
          />
          <Select<Income>
            value={income}
            onChange={setIncome}
            aria-label={t("income")}
            popupMatchSelectWidth={false}
            options={(Object.keys(INCOMES) as Income[]).map((key) => ({ value: key, label: t(key) }))}
          />
          <Button
            type="primary"
            disabled={busy || desk.years.length === 0}
            loading={simulate.isPending}
            onClick={() => simulate.mutate({ table_id: table, income_change: INCOMES[income] })}
          >
            {t("simulate")}
          </Button>
          <Upload
            accept=".csv,text/csv"
            showUploadList={false}
            beforeUpload={(file) =>
              read(file, (text) =>
                load.mutate(
                  { name: file.name, text },
                  {
                    onSuccess: (done) => message.success(t("uploaded", { n: done.taken, r: done.refused })),
                  },
                ),
              )
            }
          >
            <Button loading={load.isPending}>{t("upload")}</Button>
          </Upload>
          <Upload
            accept=".yaml,.yml"
            showUploadList={false}
            beforeUpload={(file) =>
              read(file, (text) =>
                add.mutate(text, {
                  onSuccess: (done) => {
                    setTable(done.id);
                    message.success(t("tableAdded", { name: pick(done, "name") }));
                  },
                }),
              )
            }
          >
            <Button loading={add.isPending}>{t("ownTable")}</Button>
          </Upload>
        </div>
      )}
      {problem && <Alert type="error" showIcon message={errorText(problem)} role="alert" />}
      {busy && run && (
        <div className="rates-progress" role="status">
          <span>{t(run.state === "queued" ? "queued" : "simulating")}</span>
          <Progress percent={run.total ? Math.round((100 * run.done) / run.total) : 0} size="small" />
        </div>
      )}
      {run?.state === "failed" && (
        <Alert type="warning" showIcon message={t("failed")} description={pick(run, "problem")} />
      )}
    </>
  );
}
