import { DatePicker, Form, Input, InputNumber, Modal, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Proposal, useDo, usePartners } from "./queries";
import { words } from "./words";

interface Entry extends Omit<Proposal, "until"> {
  until: Dayjs;
}

const DATASETS = ["hazard_statistics", "hazard_records", "warnings", "injury_aggregates"] as const;

/** What is offered to whom, why, by what right and until when. */
export function ProposeDialog({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const [form] = Form.useForm<Entry>();
  const partners = usePartners();
  const act = useDo();
  const needed = [{ required: true, message: t("needed") }];
  const text = [{ required: true, whitespace: true, min: 4, message: t("needed") }];
  return (
    <Modal
      open
      title={t("propose")}
      okText={t("propose")}
      cancelText={s("cancel")}
      confirmLoading={act.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ min_cell: 5 }}
        onFinish={(entry) =>
          act.mutate(
            {
              path: "/sharing/agreements",
              body: { ...entry, until: entry.until.endOf("day").toISOString() },
            },
            { onSuccess: onClose },
          )
        }
      >
        <Form.Item name="receiver_id" label={t("receiver")} rules={needed}>
          <Select
            showSearch={{ optionFilterProp: "label" }}
            loading={partners.isPending}
            notFoundContent={partners.error ? errorText(partners.error) : undefined}
            options={partners.data?.map((one) => ({ value: one.id, label: one.name }))}
          />
        </Form.Item>
        <Form.Item name="datasets" label={t("datasets")} rules={needed}>
          <Select mode="multiple" options={DATASETS.map((value) => ({ value, label: t(`ds_${value}`) }))} />
        </Form.Item>
        <Form.Item name="purpose" label={t("purpose")} rules={text}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
        <Form.Item name="legal_basis" label={t("legalBasis")} rules={text}>
          <Input maxLength={300} />
        </Form.Item>
        <div className="two-fields">
          <Form.Item name="until" label={t("until")} rules={needed}>
            <DatePicker className="full" minDate={dayjs().add(1, "day")} maxDate={dayjs().add(1095, "day")} />
          </Form.Item>
          <Form.Item name="min_cell" label={t("minCell")} extra={t("minCellWhy")} rules={needed}>
            <InputNumber className="full" min={3} max={100} precision={0} />
          </Form.Item>
        </div>
      </Form>
      {act.error && (
        <p role="alert" className="form-error">
          {errorText(act.error)}
        </p>
      )}
    </Modal>
  );
}
