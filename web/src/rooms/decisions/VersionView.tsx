import { App, Button, Popconfirm, Tabs, Tag } from "antd";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import type { TableVersionDetail } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { ComparePanel, stateWord } from "./ComparePanel";
import { Editor } from "./Editor";
import { Findings } from "./Findings";
import { useOpenDraft, usePutAway, useVersion, type VersionId } from "./queries";
import { ReasonDialog } from "./ReasonDialog";
import { RuleList } from "./RuleList";
import { TrialPanel } from "./TrialPanel";
import { total } from "./trialOption";
import { words } from "./words";

/** One version: its rules, its trial, how it differs, and what may be done with it. */
export function VersionView({ id }: { id: VersionId }) {
  const t = useWords(words);
  const found = useVersion(id);
  return (
    <div className="page">
      <p>
        <Link to="/decisions">← {t("back")}</Link>
      </p>
      <Loaded of={found} rows={14}>
        {(detail) => <Version detail={detail} />}
      </Loaded>
    </div>
  );
}

function Version({ detail }: { detail: TableVersionDetail }) {
  const t = useWords(words);
  const phone = usePhone();
  const mayEdit = useMay("decisions.edit");
  const [search, setSearch] = useSearchParams();
  const [unsaved, setUnsaved] = useState(false);
  // A window that is made narrow keeps its editor: what was written in it must not go.
  const [wide, setWide] = useState(!phone);
  if (!phone && !wide) setWide(true);
  const row = detail.row;
  const draft = row?.state === "draft" && row.own;
  const editing = draft && mayEdit && wide && row;
  const rules = editing ? (
    <Editor key={row.id} row={row} detail={detail} onUnsaved={setUnsaved} />
  ) : (
    <div className="stack">
      <ReadOnlyWhy detail={detail} phone={phone} />
      {detail.findings.length > 0 && <Findings findings={detail.findings} />}
      {detail.document.tables.map((table) => (
        <RuleList key={table.key} table={table} />
      ))}
    </div>
  );
  const items = [
    { key: "rules", label: t("rules"), children: rules, forceRender: true },
    ...(row
      ? [
          {
            key: "trial",
            label: t("trial"),
            children: (
              <TrialPanel id={row.id} trial={detail.trial} draft={!!draft} may={mayEdit} unsaved={unsaved} />
            ),
          },
        ]
      : []),
    {
      key: "compare",
      label: t("compare"),
      children: <ComparePanel id={row?.id ?? null} document={detail.document} />,
    },
  ];
  return (
    <>
      <Head detail={detail} unsaved={unsaved} draft={!!draft} />
      <Tabs
        activeKey={search.get("tab") ?? "rules"}
        onChange={(tab) => setSearch(tab === "rules" ? {} : { tab }, { replace: true })}
        items={items}
      />
    </>
  );
}

function ReadOnlyWhy({ detail, phone }: { detail: TableVersionDetail; phone: boolean }) {
  const t = useWords(words);
  const mayEdit = useMay("decisions.edit");
  const row = detail.row;
  if (row && !row.own) return <p className="muted">{t("readOnlyAbove")}</p>;
  if (!mayEdit) return null;
  if (row?.state === "draft") return phone ? <p className="muted">{t("readOnlyPhone")}</p> : null;
  return <p className="muted">{t("readOnlyState")}</p>;
}

function Head({ detail, unsaved, draft }: { detail: TableVersionDetail; unsaved: boolean; draft: boolean }) {
  const t = useWords(words);
  const either = useEither();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const mayEdit = useMay("decisions.edit");
  const open = useOpenDraft();
  const phone = usePhone();
  const row = detail.row;
  return (
    <>
      <div className="page-head desk-head">
        <h1>{row ? t("number", { n: row.number }) : t("shippedName")}</h1>
        {row && <Tag>{t(stateWord(row.state))}</Tag>}
        <span className="muted">{detail.document.version}</span>
        {row && (
          <span className="muted">
            {[either(row.author, row.author_en), moment(row.saved_at), row.note].filter(Boolean).join(" · ")}
          </span>
        )}
        <span className="desk-links version-tools">
          <a href={`/api/decisions/${row?.id ?? "shipped"}/dmn`} download>
            {t("export")}
          </a>
          {mayEdit && !draft && !phone && (
            <Button
              loading={open.isPending}
              onClick={() =>
                open.mutate(row?.id ?? null, { onSuccess: (made) => navigate(`/decisions/${made.id}`) })
              }
            >
              {t("newDraft")}
            </Button>
          )}
          {draft && row && <DraftTools detail={detail} id={row.id} unsaved={unsaved} />}
        </span>
      </div>
      {open.error && (
        <p role="alert" className="form-error">
          {errorText(open.error)}
        </p>
      )}
    </>
  );
}

function DraftTools({ detail, id, unsaved }: { detail: TableVersionDetail; id: number; unsaved: boolean }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const mayEdit = useMay("decisions.edit");
  const mayPublish = useMay("decisions.publish");
  const putAway = usePutAway(id);
  const [publishing, setPublishing] = useState(false);
  const result = detail.trial?.result;
  const ready = !unsaved && detail.trial?.exact && result && result.below === 0;
  const number = detail.row?.number ?? 0;
  const [a, b] = result ? [total(result.before), total(result.after)] : [0, 0];
  const lost = result?.moved.dropped;
  return (
    <>
      {mayEdit && (
        <Popconfirm
          title={t("putAway")}
          description={t("putAwaySure")}
          onConfirm={() =>
            putAway.mutate(undefined, {
              onSuccess: () => {
                message.success(t("putAwayDone"));
                navigate("/decisions");
              },
              onError: (error) => message.error(errorText(error)),
            })
          }
        >
          <Button loading={putAway.isPending}>{t("putAway")}</Button>
        </Popconfirm>
      )}
      {mayPublish && (
        <Button
          type="primary"
          disabled={!ready}
          title={ready ? undefined : t("publishNeeds")}
          onClick={() => setPublishing(true)}
        >
          {t("publish")}
        </Button>
      )}
      {publishing && (
        <ReasonDialog
          step={{ kind: "publish", id }}
          title={t("publishTitle", { n: number })}
          okText={t("publish")}
          onClose={() => setPublishing(false)}
          onDone={() => {
            setPublishing(false);
            message.success(t("publishedNow", { n: number }));
          }}
        >
          <p>{t(a === b ? "publishSaysSame" : "publishSays", { a, b })}</p>
          {lost && lost.all > 0 && (
            <p>{t("publishLost", { n: lost.all, c: lost.confirmed, i: lost.injured })}</p>
          )}
          {result && (
            <p>
              {t("publishMoved", {
                l: result.moved.lowered?.all ?? 0,
                r: result.moved.raised?.all ?? 0,
                n: result.moved.new?.all ?? 0,
              })}
            </p>
          )}
          <p className="muted">{t("liveWhen")}</p>
        </ReasonDialog>
      )}
    </>
  );
}
