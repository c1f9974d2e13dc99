import { App, Button, Form, Input, InputNumber, Modal, Select } from "antd";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { usePlaces } from "@/rooms/places/queries";
import { type Desired, useOpenNode, useSetDesired } from "./queries";
import type { EdgeNode, EdgeNodes, NewNode } from "./types";
import { words } from "./words";

interface NewNodeDialogProps {
  enterpriseId: string;
  onClose: () => void;
  onMade: (made: NewNode) => void;
}

export function NewNodeDialog({ enterpriseId, onClose, onMade }: NewNodeDialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const open = useOpenNode();
  const [form] = Form.useForm<{ name: string; organisation_id: number }>();
  const places = usePlaces(enterpriseId).data;
  return (
    <Modal
      open
      title={t("nodeAdd")}
      onCancel={onClose}
      okText={t("nodeAdd")}
      cancelText={s("cancel")}
      confirmLoading={open.isPending}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ organisation_id: Number(enterpriseId) }}
        onFinish={(body) => open.mutate(body, { onSuccess: onMade })}
      >
        <Form.Item
          name="name"
          label={t("nodeName")}
          extra={t("nodeNameWhy")}
          rules={[
            { required: true, pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/, message: t("nodeNameWhy") },
          ]}
        >
          <Input maxLength={40} autoComplete="off" />
        </Form.Item>
        <Form.Item name="organisation_id" label={t("nodeWhere")} rules={[{ required: true }]}>
          <Select
            options={(places?.organisations ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
        </Form.Item>
        {open.error && (
          <p className="form-error" role="alert">
            {errorText(open.error)}
          </p>
        )}
      </Form>
    </Modal>
  );
}

/** The token, this once, with the command that uses it. */
export function TokenDialog({ made, onClose }: { made: NewNode; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { message } = App.useApp();
  const command = `yufang edge enrol node.yaml --token ${made.token}`;
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    void message.success(t("copied"));
  };
  return (
    <Modal
      open
      title={`${made.node.name} · ${t("nodeToken")}`}
      onCancel={onClose}
      footer={[
        <Button key="copy" onClick={() => void copy()}>
          {t("copy")}
        </Button>,
        <Button key="close" type="primary" onClick={onClose}>
          {s("close")}
        </Button>,
      ]}
    >
      <p className="gap-below-small">{t("nodeTokenWhy")}</p>
      <pre className="node-token mono">{command}</pre>
      {made.node.token_until && (
        <p className="muted">{t("nodeTokenUntil", { time: moment(made.node.token_until) })}</p>
      )}
    </Modal>
  );
}

interface ConfigureDialogProps {
  node: EdgeNode;
  all: EdgeNodes;
  onClose: () => void;
}

const FIELDS = [
  ["batch_s", "batchS", 0.1, 600],
  ["commit_s", "commitS", 0.1, 60],
  ["keep_sent_h", "keepSentH", 0, 2160],
] as const;

/** What a node should be like; it takes it when it is next heard, and says whether it did. */
export function ConfigureDialog({ node, all, onClose }: ConfigureDialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const save = useSetDesired();
  const [form] = Form.useForm<Desired>();
  const settings = (node.desired.settings ?? {}) as Partial<Desired>;
  const push = (body: Desired) =>
    save.mutate(
      { id: node.id, ...body },
      {
        onSuccess: (after) => {
          void message.success(t("pushed", { n: after.desired_version }));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("configureTitle", { name: node.name })}
      onCancel={onClose}
      okText={t("push")}
      cancelText={s("cancel")}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ ...settings, bundles: (node.desired.bundles as string[] | undefined) ?? [] }}
        onFinish={push}
      >
        {FIELDS.map(([name, word, min, max]) => (
          <Form.Item key={name} name={name} label={t(word)}>
            <InputNumber className="node-number" min={min} max={max} placeholder={t("byDefault")} />
          </Form.Item>
        ))}
        <Form.Item name="bundles" label={t("bundleUse")} extra={t("bundleWhy")}>
          <Select
            mode="multiple"
            placeholder={t("bundlesNone")}
            options={all.bundles.map((bundle) => ({
              value: bundle.sha256,
              label: `${bundle.kind} ${bundle.name} ${bundle.version}`,
            }))}
          />
        </Form.Item>
        {save.error && (
          <p className="form-error" role="alert">
            {errorText(save.error)}
          </p>
        )}
      </Form>
    </Modal>
  );
}
