import { App, Button, Form, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { HazardDetail, MajorCriterion } from "@/app/types";
import { words as shared } from "@/app/words";
import { useCriteria, useHazardStep } from "./queries";
import { words } from "./words";

/** Whether it is a major hazard: criteria that may fit, and what a named person decided. */
export function MajorPanel({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const either = useEither();
  const [deciding, setDeciding] = useState(false);
  const decided = hazard.major !== null;
  if (!decided && hazard.criteria.length === 0 && !hazard.may.decide_major) return null;
  const who = hazard.major_by ? either(hazard.major_by.name, hazard.major_by.name_en) : "–";
  return (
    <section className="panel" aria-labelledby="hazard-major">
      <div className="panel-head">
        <h2 id="hazard-major">{t("majorTitle")}</h2>
      </div>
      {decided && (
        <p>
          <strong>{hazard.major ? t("majorYes") : t("majorNo")}</strong>{" "}
          <span className="muted">{t("majorBy", { name: who, at: moment(hazard.major_at) })}</span>
          {hazard.released_at && <span> · {t("majorReleased", { at: moment(hazard.released_at) })}</span>}
        </p>
      )}
      {hazard.criterion && <Criterion found={hazard.criterion} />}
      {!decided && <p>{hazard.criteria.length > 0 ? t("majorMay") : t("majorNone")}</p>}
      {!decided && hazard.criteria.map((found) => <Criterion key={found.code} found={found} />)}
      {(hazard.criterion || hazard.criteria.length > 0) && <p className="muted">{t("ownWords")}</p>}
      {hazard.may.decide_major && (
        <div className="actions">
          <Button onClick={() => setDeciding(true)}>{t("decideMajor")}</Button>
        </div>
      )}
      {deciding && <DecideMajor hazard={hazard} onClose={() => setDeciding(false)} />}
    </section>
  );
}

function Criterion({ found }: { found: MajorCriterion }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <div className="hazard-criterion">
      <strong>{pick(found, "cited")}</strong> {pick(found, "name")}
      {found.words.length > 0 && (
        <div className="muted" lang="zh">
          {t("matched", { w: found.words.join(", ") })}
        </div>
      )}
    </div>
  );
}

interface Entry {
  major: boolean;
  criterion?: string;
  why: string;
}

function DecideMajor({ hazard, onClose }: { hazard: HazardDetail; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const criteria = useCriteria(true);
  const [form] = Form.useForm<Entry>();
  const major = Form.useWatch("major", form) ?? true;
  const take = useHazardStep(hazard.id);
  const suggested = hazard.criteria.map((found) => found.code);
  const all = [
    ...hazard.criteria,
    ...(criteria.data ?? []).filter((found) => !suggested.includes(found.code)),
  ];
  const finish = (entry: Entry) =>
    take.mutate(
      { path: "major", body: { ...entry, criterion: entry.major ? (entry.criterion ?? "") : "" } },
      {
        onSuccess: () => {
          message.success(t("done"));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("decideMajor")}
      okText={t("decideMajor")}
      cancelText={s("cancel")}
      confirmLoading={take.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ major: true, criterion: suggested[0] }}
        onFinish={finish}
      >
        <Form.Item name="major" label={t("majorTitle")}>
          <Radio.Group
            options={[
              { value: true, label: t("isMajor") },
              { value: false, label: t("isNotMajor") },
            ]}
          />
        </Form.Item>
        {major && (
          <Form.Item
            name="criterion"
            label={t("criterion")}
            rules={[{ required: true, message: t("criterionNeeded") }]}
          >
            <Select
              showSearch={{ optionFilterProp: "label" }}
              options={all.map((found) => ({
                value: found.code,
                label: `${pick(found, "cited")} ${pick(found, "name")}`,
              }))}
            />
          </Form.Item>
        )}
        <Form.Item
          name="why"
          label={t("why")}
          rules={[{ required: true, whitespace: true, message: t("whyNeeded") }]}
        >
          <Input.TextArea rows={3} maxLength={2000} />
        </Form.Item>
      </Form>
      {take.error && (
        <p role="alert" className="form-error">
          {errorText(take.error)}
        </p>
      )}
    </Modal>
  );
}
