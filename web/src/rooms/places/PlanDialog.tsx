import { UploadOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Modal } from "antd";
import { useRef, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { PlacesOf, SitePlan } from "@/app/types";
import { position } from "./outline";
import { useAddPlan, useLocatePlan } from "./queries";
import { words } from "./words";

interface PlanDialogProps {
  places: PlacesOf;
  /** null to add one */
  plan: SitePlan | null;
  onDone: (id: number | null) => void;
}

interface Fields {
  name: string;
  name_en?: string;
  first?: string;
  second?: string;
}

/** A plan's picture, name and the positions of two corners. */
export function PlanDialog({ places, plan, onDone }: PlanDialogProps) {
  const t = useWords(words);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [form] = Form.useForm<Fields>();
  const [file, setFile] = useState<File | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const add = useAddPlan();
  const locate = useLocatePlan();
  const [missing, setMissing] = useState(false);
  const after = {
    onSuccess: (kept: SitePlan) => {
      message.success(t("saved"));
      onDone(kept.id);
    },
    onError: (error: unknown) => {
      message.error(errorText(error));
    },
  };
  const keep = (values: Fields) => {
    const first = position(values.first ?? "");
    const second = position(values.second ?? "");
    const corners: SitePlan["corners"] = first && second ? [first, second] : null;
    const name_en = values.name_en ?? "";
    if (plan) {
      locate.mutate({ id: plan.id, name: values.name, name_en, corners }, after);
      return;
    }
    setMissing(file === null);
    if (file === null) return;
    const body = new FormData();
    body.append("file", file);
    body.append("organisation_id", String(places.enterprise_id));
    body.append("name", values.name);
    body.append("name_en", name_en);
    body.append("corners", corners ? JSON.stringify(corners) : "");
    add.mutate(body, after);
  };
  const corner = [
    {
      validator: (_: unknown, text?: string) =>
        position(text ?? "") === undefined ? Promise.reject(new Error(t("cornerWrong"))) : Promise.resolve(),
    },
  ];
  return (
    <Modal
      open
      title={t(plan ? "editPlan" : "addPlan")}
      okText={t("save")}
      cancelText={t("cancel")}
      confirmLoading={add.isPending || locate.isPending}
      onOk={() => form.submit()}
      onCancel={() => onDone(null)}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={keep}
        initialValues={
          plan
            ? {
                name: plan.name,
                name_en: plan.name_en,
                first: plan.corners?.[0].join(", "),
                second: plan.corners?.[1].join(", "),
              }
            : {}
        }
      >
        {!plan && (
          <Form.Item
            label={t("planFile")}
            required
            validateStatus={missing ? "error" : ""}
            help={missing ? t("fileNeeded") : undefined}
          >
            <input
              ref={input}
              type="file"
              hidden
              accept="image/jpeg,image/png,image/webp"
              aria-label={t("planFile")}
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
            <Button icon={<UploadOutlined aria-hidden />} onClick={() => input.current?.click()}>
              {file?.name ?? t("pickFile")}
            </Button>
          </Form.Item>
        )}
        <Form.Item
          name="name"
          label={t("planName")}
          rules={[{ required: true, whitespace: true, message: t("needed") }]}
        >
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="name_en" label={t("planNameEn")}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="first" label={t("cornerOne")} rules={corner}>
          <Input placeholder="30.2560, 120.1480" />
        </Form.Item>
        <Form.Item name="second" label={t("cornerTwo")} rules={corner} extra={t("cornersWhy")}>
          <Input placeholder="30.2551, 120.1497" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
