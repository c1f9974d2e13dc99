import { App, Button, Form, Input, Popconfirm, Select, Switch } from "antd";
import { usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { AreaDraft, Place, PlacesOf } from "@/app/types";
import type { Outline } from "./outline";
import { useRemoveArea, useRenewCode, useSaveArea } from "./queries";
import { words } from "./words";

const KINDS = ["workshop", "store", "yard", "utility", "office", "construction", "other"] as const;

interface AreaFormProps {
  places: PlacesOf;
  /** null for a new one */
  area: Place | null;
  planId: number | null;
  outline: Outline;
  drawing: boolean;
  onDraw: () => void;
  onClear: () => void;
  onPlan: (id: number | null) => void;
  onDone: (id: number | null) => void;
}

/** What an area is called, who works there, whether it is closed; its outline is drawn on the plan beside. */
export function AreaForm(props: AreaFormProps) {
  const { places, area, planId, outline, drawing, onDraw, onClear, onPlan, onDone } = props;
  const t = useWords(words);
  const pick = usePick();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [form] = Form.useForm<AreaDraft>();
  const closed = Form.useWatch("closed", form) ?? area?.closed ?? false;
  const save = useSaveArea();
  const remove = useRemoveArea();
  const fail = (error: unknown) => message.error(errorText(error));

  const keep = (values: AreaDraft) => {
    const body: AreaDraft = {
      ...values,
      name_en: values.name_en ?? "",
      closed_why: values.closed ? (values.closed_why ?? "") : "",
      team_id: values.team_id ?? null,
      plan_id: planId,
      outline: planId === null ? [] : outline,
      lat: area?.lat ?? null,
      lon: area?.lon ?? null,
    };
    save.mutate(
      { id: area?.id ?? null, body },
      {
        onSuccess: (kept) => {
          message.success(t("saved"));
          onDone(kept.id);
        },
        onError: fail,
      },
    );
  };
  const rule = [{ required: true, whitespace: true, message: t("needed") }];
  return (
    <Form
      form={form}
      layout="vertical"
      className="area-form"
      onFinish={keep}
      initialValues={
        area ?? {
          kind: "workshop",
          organisation_id: places.organisations[0]?.id,
          closed: false,
          closed_why: "",
        }
      }
    >
      <div className="area-fields">
        <Form.Item name="name_zh" label={t("nameZh")} rules={rule}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="name_en" label={t("nameEn")}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="key" label={t("key")} rules={rule} extra={t("keyWhy")}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="kind" label={t("kind")}>
          <Select options={KINDS.map((value) => ({ value, label: t(value) }))} />
        </Form.Item>
        <Form.Item name="organisation_id" label={t("belongs")}>
          <Select options={places.organisations.map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        <Form.Item name="team_id" label={t("team")} extra={t("teamWhy")}>
          <Select
            allowClear
            placeholder={t("noTeam")}
            options={places.teams.map((one) => ({ value: one.id, label: one.name }))}
          />
        </Form.Item>
      </div>
      {places.plans.length > 0 && (
        <Form.Item label={t("drawnOn")} htmlFor="area-plan">
          <div className="area-outline">
            <Select
              id="area-plan"
              allowClear
              value={planId}
              placeholder={t("noPlan")}
              onChange={(id?: number) => onPlan(id ?? null)}
              options={places.plans.map((one) => ({
                value: one.id,
                label: pick({ name_zh: one.name, name_en: one.name_en }, "name"),
              }))}
            />
            <Button disabled={planId === null} type={drawing ? "primary" : "default"} onClick={onDraw}>
              {t(outline.length > 0 ? "drawAgain" : "draw")}
            </Button>
            {outline.length > 0 && (
              <Button type="text" onClick={onClear}>
                {t("clear")}
              </Button>
            )}
            <span className="muted num">
              {outline.length > 0 ? t("corners", { n: outline.length }) : t("notDrawn")}
            </span>
          </div>
        </Form.Item>
      )}
      <Form.Item name="closed" label={t("closedSwitch")} valuePropName="checked" extra={t("closedKept")}>
        <Switch />
      </Form.Item>
      {closed && (
        <Form.Item name="closed_why" label={t("closedWhy")} rules={rule}>
          <Input.TextArea maxLength={500} className="grows" rows={2} />
        </Form.Item>
      )}
      <div className="area-buttons">
        <Button
          type="primary"
          htmlType="submit"
          loading={save.isPending}
          disabled={drawing && outline.length < 3}
        >
          {t("save")}
        </Button>
        <Button onClick={() => onDone(area?.id ?? null)}>{t("cancel")}</Button>
        {area && (
          <Popconfirm
            title={t("removeSure")}
            okText={t("remove")}
            cancelText={t("cancel")}
            onConfirm={() =>
              remove.mutate(area.id, {
                onSuccess: () => {
                  message.success(t("removed"));
                  onDone(null);
                },
                onError: fail,
              })
            }
          >
            <Button danger type="text" className="area-remove">
              {t("remove")}
            </Button>
          </Popconfirm>
        )}
      </div>
    </Form>
  );
}

/** An area as it stands: facts and its code. */
export function AreaFacts({
  area,
  mayManage,
  onEdit,
}: {
  area: Place;
  mayManage: boolean;
  onEdit: () => void;
}) {
  const t = useWords(words);
  const pick = usePick();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const renew = useRenewCode();
  const name = pick(area, "name");
  const facts: [string, string][] = [
    [t("key"), area.key],
    [t("kind"), t(area.kind)],
    [t("belongs"), area.organisation_name],
    [t("team"), area.team_name ?? t("noTeam")],
  ];
  if (area.closed) facts.push([t("closed"), area.closed_why]);
  return (
    <div className="area-facts">
      <dl>
        {facts.map(([word, value]) => (
          <div key={word}>
            <dt className="muted">{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {mayManage && (
        <div className="area-code">
          <img
            src={`/api/places/areas/${area.id}/code.svg?${renew.submittedAt}`}
            alt={t("codeOf", { name })}
            width={136}
            height={136}
          />
          <span className="area-code-tools">
            <Button type="primary" onClick={onEdit}>
              {t("edit")}
            </Button>
            <a href={`/api/places/areas/${area.id}/code.png`} download={`${area.key}.png`}>
              {t("download")}
            </a>
            <Popconfirm
              title={t("renewWhy")}
              okText={t("renew")}
              cancelText={t("cancel")}
              onConfirm={() =>
                renew.mutate(area.id, {
                  onSuccess: () => message.success(t("renewed")),
                  onError: (error) => message.error(errorText(error)),
                })
              }
            >
              <Button type="link" className="area-renew" loading={renew.isPending}>
                {t("renew")}
              </Button>
            </Popconfirm>
          </span>
        </div>
      )}
    </div>
  );
}
