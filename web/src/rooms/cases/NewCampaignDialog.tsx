import { Checkbox, Form, Input, InputNumber, Modal, Select } from "antd";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { Campaign } from "@/app/types";
import { words as shared } from "@/app/words";
import { type NewCampaign, useCoders, useOpenCampaign, useProgress } from "./queries";
import { words } from "./words";

const USUAL_SIZE = 50;

/** What is coded, by whom, and how many cases. */
export function NewCampaignDialog({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: Campaign) => void;
}) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const either = useEither();
  const errorText = useErrorText();
  const [form] = Form.useForm<NewCampaign>();
  const coders = useCoders();
  const progress = useProgress();
  const open = useOpenCampaign((made) => {
    onMade(made);
    onClose();
  });
  const needed = [{ required: true, message: t("required") }];
  const people = (coders.data ?? []).map((one) => ({
    value: one.id,
    label: either(one.name, one.name_en),
  }));
  return (
    <Modal
      open
      title={t("campaignNew")}
      okText={t("open")}
      cancelText={s("cancel")}
      confirmLoading={open.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ size: USUAL_SIZE, show_suggestions: false }}
        onFinish={(values) => open.mutate(values)}
      >
        <Form.Item name="title" label={t("campaignTitle")} rules={[{ ...needed[0], whitespace: true }]}>
          <Input maxLength={120} autoFocus />
        </Form.Item>
        <Form.Item name="facet" label={t("facet")} rules={needed}>
          <Select
            options={(progress.data?.facets ?? []).map((one) => ({
              value: one.facet,
              label: pick({ name_zh: one.facet_zh, name_en: one.facet_en }, "name"),
            }))}
          />
        </Form.Item>
        <Form.Item name="first_coder" label={t("firstCoder")} rules={needed}>
          <Select options={people} loading={coders.isFetching} />
        </Form.Item>
        <Form.Item name="second_coder" label={t("secondCoder")} rules={needed}>
          <Select options={people} loading={coders.isFetching} />
        </Form.Item>
        <Form.Item name="size" label={t("size")} rules={needed}>
          <InputNumber min={1} max={500} precision={0} />
        </Form.Item>
        <Form.Item name="show_suggestions" valuePropName="checked">
          <Checkbox>{t("showSuggestions")}</Checkbox>
        </Form.Item>
      </Form>
      {open.error && (
        <p role="alert" className="form-error">
          {errorText(open.error)}
        </p>
      )}
    </Modal>
  );
}
