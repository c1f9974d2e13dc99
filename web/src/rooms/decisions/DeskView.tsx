import { Button, Tag, Upload } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { usePhone } from "@/app/device";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { LedgerMark, SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { DecisionDesk, TableVersion } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { stateWord } from "./ComparePanel";
import { useDesk, useImport, useOpenDraft } from "./queries";
import { ReasonDialog } from "./ReasonDialog";
import { words } from "./words";

/** Which rules are at work, the versions, who published what. */
export function DeskView() {
  const t = useWords(words);
  const desk = useDesk();
  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("title")}</h1>
        {desk.data?.synthetic && <SyntheticTag />}
        <span className="muted desk-lead">{t("lead")}</span>
      </div>
      <Loaded of={desk} rows={12}>
        {(found) => (
          <div className="stack">
            <Standing desk={found} />
            <Versions desk={found} />
            <History desk={found} />
          </div>
        )}
      </Loaded>
    </div>
  );
}

function Standing({ desk }: { desk: DecisionDesk }) {
  const t = useWords(words);
  const navigate = useNavigate();
  const errorText = useErrorText();
  const phone = usePhone();
  const may = useMay("decisions.edit") && !phone;
  const draft = useOpenDraft();
  const take = useImport();
  const standing = desk.standing;
  const open = (version: TableVersion) => navigate(`/decisions/${version.id}`);
  const error = draft.error ?? take.error;
  return (
    <section className="panel" aria-labelledby="standing-title">
      <div className="panel-head">
        <h2 id="standing-title">{t("standing")}</h2>
      </div>
      <p className="standing-name">
        {standing
          ? standing.own
            ? t("standingOwn", { n: standing.number })
            : t("standingAbove", { org: standing.organisation || t("authority"), n: standing.number })
          : t("standingShipped", { v: desk.shipped_version })}
        {standing?.published_at && (
          <span className="muted"> · {t("since", { at: moment(standing.published_at) })}</span>
        )}
      </p>
      <p className="muted gap-below-small">{t("liveWhen")}</p>
      <div className="trial-bar">
        <Button onClick={() => navigate(`/decisions/${standing?.id ?? "shipped"}`)}>{t("look")}</Button>
        {may && (
          <Button
            type="primary"
            loading={draft.isPending}
            onClick={() => draft.mutate(null, { onSuccess: open })}
          >
            {t("newDraft")}
          </Button>
        )}
        {may && (
          <Upload
            accept=".dmn,.xml"
            showUploadList={false}
            beforeUpload={(file) => {
              take.mutate(file, { onSuccess: open });
              return false;
            }}
          >
            <Button loading={take.isPending}>{t("import")}</Button>
          </Upload>
        )}
        <a href={`/api/decisions/${standing?.id ?? "shipped"}/dmn`} download>
          {t("export")}
        </a>
      </div>
      {error && (
        <p role="alert" className="form-error">
          {errorText(error)}
        </p>
      )}
    </section>
  );
}

function Versions({ desk }: { desk: DecisionDesk }) {
  const t = useWords(words);
  const either = useEither();
  return (
    <section className="panel" aria-labelledby="versions-title">
      <div className="panel-head">
        <h2 id="versions-title">{t("versions")}</h2>
      </div>
      {desk.versions.length === 0 ? (
        <EmptyState text={t("versionsNone")} />
      ) : (
        <div className="table-scroll">
          <table className="rows version-table">
            <thead>
              <tr>
                <th>{t("versionColumn")}</th>
                <th>{t("stateColumn")}</th>
                {desk.region && <th>{t("organisation")}</th>}
                <th className="right">{t("rulesCount")}</th>
                <th>{t("author")}</th>
                <th>{t("saved")}</th>
                <th>{t("noteColumn")}</th>
              </tr>
            </thead>
            <tbody>
              {desk.versions.map((version) => (
                <tr key={version.id} className={version.state === "published" ? "row-active" : undefined}>
                  <td className="nowrap">
                    <Link to={`/decisions/${version.id}`}>{t("number", { n: version.number })}</Link>
                    {version.version && <span className="muted"> {version.version}</span>}
                  </td>
                  <td className="nowrap">
                    <Tag>{t(stateWord(version.state))}</Tag>
                    {version.state === "draft" && (
                      <span className="muted">{t(version.tried ? "tried" : "untried")}</span>
                    )}
                  </td>
                  {desk.region && <td className="nowrap">{version.organisation}</td>}
                  <td className="right num">{version.rules}</td>
                  <td className="nowrap">{either(version.author, version.author_en)}</td>
                  <td className="num nowrap">{moment(version.saved_at)}</td>
                  <td className="break">{version.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function History({ desk }: { desk: DecisionDesk }) {
  const t = useWords(words);
  const either = useEither();
  const may = useMay("decisions.publish");
  const [returning, setReturning] = useState(false);
  return (
    <section className="panel" aria-labelledby="history-title">
      <div className="panel-head">
        <h2 id="history-title">{t("history")}</h2>
        {may && desk.can_roll_back && (
          <span className="panel-tools">
            <Button onClick={() => setReturning(true)}>{t("rollBack")}</Button>
          </span>
        )}
      </div>
      {desk.changes.length === 0 && <p className="muted">{t("historyNone")}</p>}
      <ol className="change-list">
        {desk.changes.map((change) => (
          <li key={change.ledger_index}>
            <span className="num nowrap">{moment(change.at)}</span>
            <span>
              {either(change.by, change.by_en)}{" "}
              {change.kind === "published"
                ? t("didPublish", { n: change.number ?? "" })
                : change.number === null
                  ? t("didReturnShipped")
                  : t("didReturn", { n: change.number })}
              {change.previous_number !== null && (
                <span className="muted"> ({t("replaced", { n: change.previous_number })})</span>
              )}
              <span className="change-reason">{change.reason}</span>
            </span>
            <LedgerMark index={change.ledger_index} />
          </li>
        ))}
      </ol>
      {returning && (
        <ReasonDialog
          step={{ kind: "rollBack" }}
          title={t("rollBackTitle")}
          okText={t("rollBack")}
          onClose={() => setReturning(false)}
          onDone={() => setReturning(false)}
        >
          {t("rollBackWhy")}
        </ReasonDialog>
      )}
    </section>
  );
}
