import { App, Form, Input, Modal } from "antd";
import { ApiError } from "@/app/client";
import { moment } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { Place, SitePlan } from "@/app/types";
import { words as shared } from "@/app/words";
import { localInput } from "@/rooms/dispatch/week";
import { type Permit, useClose, useExtend } from "./queries";
import { SpotPlan } from "./SpotPlan";
import { words } from "./words";

interface DialogProps {
  permit: Permit;
  area: string;
  onClose: () => void;
}

function Which({ permit, area }: { permit: Permit; area: string }) {
  const pick = usePick();
  return (
    <p className="gap-below-small">
      <strong>{pick(permit, "kind")}</strong> · {area}
      {permit.work && ` · ${permit.work}`}
    </p>
  );
}

/** Lets a permit hold longer, up to `latest`. */
export function ExtendDialog({ permit, area, latest, onClose }: DialogProps & { latest: Date }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const extend = useExtend();
  const [form] = Form.useForm<{ ends_at: string }>();
  const atField = extend.error instanceof ApiError && extend.error.field === "ends_at";
  const send = ({ ends_at }: { ends_at: string }) =>
    extend.mutate(
      { id: permit.id, ends_at: new Date(ends_at).toISOString() },
      {
        onSuccess: (after) => {
          void message.success(t("extended", { end: moment(after.ends_at) }));
          onClose();
        },
        onError: (error) => {
          if (error instanceof ApiError && error.field === "ends_at")
            form.setFields([{ name: "ends_at", errors: [errorText(error)] }]);
        },
      },
    );
  return (
    <Modal
      open
      title={t("extendTitle")}
      onCancel={onClose}
      okText={t("extend")}
      cancelText={s("cancel")}
      confirmLoading={extend.isPending}
      onOk={() => form.submit()}
    >
      <Which permit={permit} area={area} />
      <p className="muted gap-below-small">
        {t("extendWhy", { end: moment(permit.ends_at), latest: moment(latest.toISOString()) })}
      </p>
      <Form form={form} layout="vertical" initialValues={{ ends_at: localInput(latest) }} onFinish={send}>
        <Form.Item
          name="ends_at"
          label={t("extendUntil")}
          rules={[{ required: true, message: t("needed", { field: t("extendUntil") }) }]}
        >
          <Input type="datetime-local" />
        </Form.Item>
      </Form>
      {extend.error && !atField && (
        <p className="form-error" role="alert">
          {errorText(extend.error)}
        </p>
      )}
    </Modal>
  );
}

/** Ends a permit, after a second thought. */
export function CloseDialog({ permit, area, onClose }: DialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const close = useClose();
  const [form] = Form.useForm<{ note: string }>();
  return (
    <Modal
      open
      title={t("closeTitle")}
      onCancel={onClose}
      okText={t("closeDo")}
      okButtonProps={{ danger: true }}
      cancelText={s("cancel")}
      confirmLoading={close.isPending}
      onOk={() => form.submit()}
    >
      <Which permit={permit} area={area} />
      <p className="gap-below-small">{t("closeWhy")}</p>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ note: "" }}
        onFinish={({ note }) =>
          close.mutate(
            { id: permit.id, note },
            {
              onSuccess: () => {
                void message.success(t("closedDone", { kind: pick(permit, "kind"), area }));
                onClose();
              },
            },
          )
        }
      >
        <Form.Item name="note" label={t("closeNote")}>
          <Input.TextArea rows={2} maxLength={200} showCount placeholder={t("closeHint")} />
        </Form.Item>
      </Form>
      {close.error && (
        <p className="form-error" role="alert">
          {errorText(close.error)}
        </p>
      )}
    </Modal>
  );
}

interface SpotDialogProps {
  permit: Permit;
  area: Place;
  areas: Place[];
  plan: SitePlan;
  onClose: () => void;
}

/** Where on the plan the work of a permit is. */
export function SpotDialog({ permit, area, areas, plan, onClose }: SpotDialogProps) {
  const t = useWords(words);
  const pick = usePick();
  const spot: [number, number] | null = permit.x === null || permit.y === null ? null : [permit.x, permit.y];
  return (
    <Modal
      open
      width={900}
      title={t("spotOf", { area: pick(area, "name") })}
      footer={null}
      onCancel={onClose}
    >
      <Which permit={permit} area={pick(area, "name")} />
      <SpotPlan plan={plan} areas={areas} area={area} value={spot} />
    </Modal>
  );
}
