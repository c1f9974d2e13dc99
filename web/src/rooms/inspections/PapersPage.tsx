import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useEither, usePick, useWords } from "@/app/i18n";
import { LedgerMark, SyntheticTag } from "@/app/marks";
import { Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useKeepPaper, usePapers } from "./queries";
import type { DuePaper, Papers } from "./types";
import { words } from "./words";
import "./inspections.css";

/** Reports of special equipment and certificates of an enterprise: what is due, and what is on record. */
export default function PapersPage() {
  const { id = "" } = useParams();
  const t = useWords(words);
  const mayDo = useMay("inspections.do");
  const papers = usePapers(id);
  return (
    <div className="page inspections">
      <Link to={`/enterprises/${encodeURIComponent(id)}`} className="back-link">
        <ArrowLeftOutlined aria-hidden /> {t("toEnterprise")}
      </Link>
      <Loaded of={papers} rows={10}>
        {(found) => (
          <div className="stack">
            <div className="page-head">
              <h1>
                {found.enterprise_name} · {t("papersTitle")}
              </h1>
              {found.synthetic && <SyntheticTag />}
              <span className="muted">{t("papersLead")}</span>
            </div>
            <Due due={found.due} />
            {mayDo && <AddPaper papers={found} enterpriseId={id} />}
            <Kept papers={found} />
          </div>
        )}
      </Loaded>
    </div>
  );
}

function Due({ due }: { due: DuePaper[] }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  return (
    <section className="panel" aria-label={t("due")}>
      <h2>
        {t("due")} <span className="num muted">{due.length}</span>
      </h2>
      {due.length === 0 ? (
        <p className="muted">{t("noneDue")}</p>
      ) : (
        <ul className="paper-list">
          {due.map((one) => (
            <li key={`${one.kind}/${one.code}/${one.machine_key}/${one.holder}`}>
              <span className={`paper-state paper-${one.state}`}>{t(`paper_${one.state}`)}</span>{" "}
              <b>{[one.machine_name, pick(one, "name")].filter(Boolean).join(" · ")}</b>
              <p>
                {either(one.why_zh, one.why_en)} <span className="muted">{one.clause}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function AddPaper({ papers, enterpriseId }: { papers: Papers; enterpriseId: string }) {
  const t = useWords(words);
  const either = useEither();
  const errorText = useErrorText();
  const keep = useKeepPaper(enterpriseId);
  const [which, setWhich] = useState<number | null>(null);
  const [doneOn, setDoneOn] = useState("");
  const [until, setUntil] = useState("");
  const [holder, setHolder] = useState("");
  const chosen = which === null ? undefined : papers.choices[which];
  return (
    <form
      className="panel add-paper"
      aria-label={t("addPaper")}
      onSubmit={(event) => {
        event.preventDefault();
        if (!chosen || !doneOn) return;
        keep.mutate(
          {
            kind: chosen.kind,
            code: chosen.code,
            equipment_key: chosen.equipment_key,
            holder: chosen.kind === "certificate" ? holder.trim() : "",
            done_on: doneOn,
            valid_until: until || null,
          },
          { onSuccess: () => [setDoneOn, setUntil, setHolder].forEach((clear) => void clear("")) },
        );
      }}
    >
      <h2>{t("addPaper")}</h2>
      <label htmlFor="paper-which">
        <span>{t("whichPaper")}</span>
        <Select
          id="paper-which"
          showSearch={{ optionFilterProp: "label" }}
          value={which}
          aria-label={t("whichPaper")}
          placeholder={t("whichPaper")}
          onChange={setWhich}
          options={papers.choices.map((one, index) => ({
            value: index,
            label: [one.equipment_name, either(one.name_zh, one.name_en)].filter(Boolean).join(" · "),
          }))}
        />
      </label>
      <label htmlFor="paper-done">
        <span>{t("doneOn")}</span>
        <Input
          id="paper-done"
          type="date"
          value={doneOn}
          max={dayjs().format("YYYY-MM-DD")}
          onChange={(event) => setDoneOn(event.target.value)}
        />
      </label>
      <label htmlFor="paper-until">
        <span>{t("validUntil")}</span>
        <Input
          id="paper-until"
          type="date"
          value={until}
          onChange={(event) => setUntil(event.target.value)}
        />
      </label>
      {chosen?.kind === "certificate" && (
        <label htmlFor="paper-holder">
          <span>{t("holder")}</span>
          <Input
            id="paper-holder"
            value={holder}
            maxLength={80}
            onChange={(event) => setHolder(event.target.value)}
          />
        </label>
      )}
      <Button type="primary" htmlType="submit" disabled={!chosen || !doneOn} loading={keep.isPending}>
        {t("keepPaper")}
      </Button>
      {keep.error && (
        <p role="alert" className="form-error">
          {errorText(keep.error)}
        </p>
      )}
    </form>
  );
}

function Kept({ papers }: { papers: Papers }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  return (
    <section className="panel" aria-label={t("onRecord")}>
      <h2>
        {t("onRecord")} <span className="num muted">{papers.kept.length}</span>
      </h2>
      {papers.kept.length === 0 ? (
        <p className="muted">{t("noneKept")}</p>
      ) : (
        <ul className="paper-list">
          {papers.kept.map((one) => (
            <li key={one.id}>
              <b>{[one.equipment_name, pick(one, "name"), one.holder].filter(Boolean).join(" · ")}</b>{" "}
              <span className="num">
                {one.done_on}
                {one.valid_until && ` → ${one.valid_until}`}
              </span>{" "}
              <span className="muted">{either(one.by ?? "", one.by_en ?? "")}</span>{" "}
              <LedgerMark index={one.ledger_index} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
