import { App, Form, Input, Modal, Select } from "antd";
import { useRef } from "react";
import { Link } from "react-router";
import { ApiError } from "@/app/client";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { PlacesOf } from "@/app/types";
import { words as shared } from "@/app/words";
import { localInput } from "@/rooms/dispatch/week";
import type { Point } from "@/rooms/places/outline";
import { useLasting } from "./marks";
import { type PermitKind, useIssue, useKinds } from "./queries";
import { SpotPlan } from "./SpotPlan";
import { usualEnd } from "./times";
import { words } from "./words";

interface Draft {
  kind: string;
  area_id: number;
  spot: Point | null;
  starts_at: string;
  ends_at: string;
  work: string;
}

/** Fields of the API by the fields on screen. */
const FIELDS: Record<string, keyof Draft> = {
  kind: "kind",
  area_id: "area_id",
  x: "spot",
  y: "spot",
  starts_at: "starts_at",
  ends_at: "ends_at",
  work: "work",
};

interface IssueDialogProps {
  places: PlacesOf;
  onClose: () => void;
}

/** A new permit to work: what, where, from when until when. */
export function IssueDialog({ places, onClose }: IssueDialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const issue = useIssue();
  const kinds = useKinds();
  const [form] = Form.useForm<Draft>();
  return (
    <Modal
      open
      width={720}
      title={t("issue")}
      onCancel={onClose}
      okText={t("issue")}
      cancelText={s("cancel")}
      confirmLoading={issue.isPending}
      okButtonProps={{ disabled: places.areas.length === 0 || !kinds.data }}
      onOk={() => form.submit()}
    >
      {places.areas.length === 0 ? (
        <EmptyState text={t("noAreas")}>
          {places.may_manage && <Link to={`/places?enterprise=${places.enterprise_id}`}>{t("toAreas")}</Link>}
        </EmptyState>
      ) : (
        <Loaded of={kinds} rows={8}>
          {(known) => <IssueForm form={form} kinds={known} places={places} issue={issue} onDone={onClose} />}
        </Loaded>
      )}
    </Modal>
  );
}

interface IssueFormProps {
  form: ReturnType<typeof Form.useForm<Draft>>[0];
  kinds: PermitKind[];
  places: PlacesOf;
  issue: ReturnType<typeof useIssue>;
  onDone: () => void;
}

function IssueForm({ form, kinds, places, issue, onDone }: IssueFormProps) {
  const t = useWords(words);
  const pick = usePick();
  const lasting = useLasting();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const endIsOwn = useRef(false); // an end that somebody chose stays
  const chosen = Form.useWatch([], form) as Partial<Draft> | undefined;
  const kind = kinds.find((one) => one.code === chosen?.kind);
  const area = places.areas.find((one) => one.id === chosen?.area_id);
  const plan = places.plans.find((one) => one.id === area?.plan_id);
  const start = new Date();
  const open = places.areas.filter((one) => !one.closed);
  const span = Date.parse(chosen?.ends_at ?? "") - Date.parse(chosen?.starts_at ?? "");

  const changed = (change: Partial<Draft>, all: Draft) => {
    if ("ends_at" in change) endIsOwn.current = true;
    if ("area_id" in change) form.setFieldValue("spot", null);
    if (!("kind" in change || "starts_at" in change)) return;
    form.setFields([{ name: "ends_at", errors: [] }]); // what was wrong with it may be right now
    if (endIsOwn.current || !all.starts_at) return;
    const longest = kinds.find((one) => one.code === all.kind)?.hours;
    form.setFieldValue("ends_at", localInput(usualEnd(new Date(all.starts_at), longest)));
  };
  const refused = (error: unknown) => {
    const field = error instanceof ApiError ? FIELDS[error.field] : undefined;
    if (!field) return;
    form.setFields([{ name: field, errors: [errorText(error)] }]);
    form.scrollToField(field, { block: "center" });
  };
  const send = ({ spot, starts_at, ends_at, ...rest }: Draft) =>
    issue.mutate(
      {
        ...rest,
        x: spot?.[0] ?? null,
        y: spot?.[1] ?? null,
        starts_at: new Date(starts_at).toISOString(),
        ends_at: new Date(ends_at).toISOString(),
      },
      {
        onSuccess: (made) => {
          void message.success(
            t("issued", { kind: pick(made, "kind"), area: area ? pick(area, "name") : made.area }),
          );
          onDone();
        },
        onError: refused,
      },
    );
  const needed = (field: "kind" | "area" | "startsAt" | "endsAt") => [
    { required: true, message: t("needed", { field: t(field) }) },
  ];
  const elsewhere = issue.error && !(issue.error instanceof ApiError && FIELDS[issue.error.field]);
  return (
    <Form
      form={form}
      layout="vertical"
      scrollToFirstError
      initialValues={{
        area_id: open.length === 1 ? open[0]?.id : undefined,
        spot: null,
        starts_at: localInput(start),
        ends_at: localInput(usualEnd(start, undefined)),
        work: "",
      }}
      onValuesChange={changed}
      onFinish={send}
    >
      <Form.Item
        name="kind"
        label={t("kind")}
        rules={needed("kind")}
        extra={kind && <KindFacts kind={kind} />}
      >
        <Select
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("kindChoose")}
          options={kinds.map((one) => ({ value: one.code, label: `${pick(one, "name")} (${one.code})` }))}
        />
      </Form.Item>
      <Form.Item
        name="area_id"
        label={t("area")}
        rules={needed("area")}
        extra={area && !plan && t("spotNoPlan")}
      >
        <Select
          showSearch={{ optionFilterProp: "label" }}
          placeholder={t("areaChoose")}
          options={[...places.areas]
            .sort((a, b) => Number(a.closed) - Number(b.closed))
            .map((one) => ({
              value: one.id,
              label: one.closed ? t("areaClosed", { name: pick(one, "name") }) : pick(one, "name"),
            }))}
        />
      </Form.Item>
      {area && plan && (
        <>
          <h3>{t("spot")}</h3>
          <p className="muted gap-below-small">{t("spotWhy")}</p>
          <Form.Item name="spot">
            <SpotPlan plan={plan} areas={places.areas} area={area} />
          </Form.Item>
        </>
      )}
      <div className="permit-times">
        <Form.Item name="starts_at" label={t("startsAt")} rules={needed("startsAt")}>
          <Input type="datetime-local" />
        </Form.Item>
        <Form.Item
          name="ends_at"
          label={t("endsAt")}
          rules={needed("endsAt")}
          extra={span > 0 && <span className="num">{t("lasts", { time: lasting(span) })}</span>}
        >
          <Input type="datetime-local" />
        </Form.Item>
      </div>
      <Form.Item name="work" label={t("work")}>
        <Input.TextArea rows={2} maxLength={200} showCount placeholder={t("workHint")} />
      </Form.Item>
      {elsewhere && (
        <p className="form-error" role="alert">
          {errorText(issue.error)}
        </p>
      )}
    </Form>
  );
}

/** What the standard says of a kind of work. */
function KindFacts({ kind }: { kind: PermitKind }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const hours = number(kind.hours, language);
  return (
    <dl className="pairs permit-kind">
      <div>
        <dt>{t("scope")}</dt>
        <dd>{pick(kind, "scope")}</dd>
      </div>
      <div>
        <dt>{t("longest")}</dt>
        <dd className="num">{t(kind.hours_by_standard ? "longestStandard" : "longestOwn", { n: hours })}</dd>
      </div>
      <div>
        <dt>{t("approver")}</dt>
        <dd>{pick(kind, "approver")}</dd>
      </div>
      <div>
        <dt>{t("clause")}</dt>
        <dd>{kind.clause}</dd>
      </div>
    </dl>
  );
}
