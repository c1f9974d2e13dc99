import { Button, Form, Input, Modal, Radio } from "antd";
import { useState } from "react";
import type { components } from "@/app/api";
import { post } from "@/app/client";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { clock } from "./marks";
import { usePresent } from "./queries";
import type { PeoplePresent } from "./types";
import { words } from "./words";

type Concerned = PeoplePresent["concerned"][number];
type Fix = components["schemas"]["FixOut"];

/** How many people are where. Names stand here only where an alarm concerns somebody. */
export function PeoplePanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const pick = usePick();
  const mayLook = useMay("sensing.personal");
  const [looking, setLooking] = useState<Concerned | null>(null);
  const found = usePresent(enterpriseId).data;
  if (!found || (found.areas.length === 0 && found.unseen === 0 && found.concerned.length === 0)) return null;
  const outside = found.areas.find((row) => row.area_id === null)?.people ?? 0;
  return (
    <section className="panel" aria-labelledby="live-people">
      <div className="panel-head">
        <h2 id="live-people">{t("layerPeople")}</h2>
        <span className="muted">{t("peopleWhy")}</span>
      </div>
      <ul className="people-counts">
        {found.areas
          .filter((row) => row.area_id !== null)
          .map((row) => (
            <li key={row.area_id}>
              <span>{row.area}</span> <strong className="num">{t("people", { n: row.people })}</strong>
            </li>
          ))}
        {outside > 0 && <li className="muted">{t("peopleOutside", { n: outside })}</li>}
        {found.unseen > 0 && <li className="muted">{t("peopleUnseen", { n: found.unseen })}</li>}
      </ul>
      {found.concerned.length > 0 && (
        <>
          <h3>{t("concerned")}</h3>
          <ul className="item-list">
            {found.concerned.map((one) => (
              <li key={one.episode_id} className="people-concerned">
                <strong>{one.person ?? t("someone", { device: one.device })}</strong>
                <span>{one.area ?? t("lookNoArea")}</span>
                <span className="muted num">{clock(one.since)}</span>
                <span className="people-why">{pick(one, "reason")}</span>
                {mayLook && one.person_id !== null && (
                  <Button size="small" onClick={() => setLooking(one)}>
                    {t("lookAt")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {looking && <LookDialog one={looking} onClose={() => setLooking(null)} />}
    </section>
  );
}

/** A look at where somebody is: with a reason, and written down where the person reads it. */
function LookDialog({ one, onClose }: { one: Concerned; onClose: () => void }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const errorText = useErrorText();
  const [state, setState] = useState<{ busy?: boolean; fix?: Fix; error?: unknown }>({});
  const go = async (body: { purpose: "alarm" | "rescue"; reason: string }) => {
    setState({ busy: true });
    try {
      setState({ fix: await post<Fix>(`/positions/people/${one.person_id}/looks`, body) });
    } catch (error) {
      setState({ error });
    }
  };
  const { fix } = state;
  return (
    <Modal
      open
      title={t("lookTitle", { name: one.person ?? one.device })}
      onCancel={onClose}
      footer={null}
      destroyOnHidden
    >
      <p className="muted gap-below-small">{t("lookWhy")}</p>
      {fix ? (
        <p role="status" className="strong">
          {fix.blurred
            ? t("lookBlurred", { area: fix.area ?? t("lookNoArea") })
            : t("lookFound", {
                area: fix.area ?? t("lookNoArea"),
                time: clock(fix.at),
                m: number(fix.sd_m, language, 1),
              })}
        </p>
      ) : (
        <Form layout="vertical" initialValues={{ purpose: "alarm" }} onFinish={go}>
          <Form.Item name="purpose" label={t("lookPurpose")}>
            <Radio.Group
              options={[
                { value: "alarm", label: t("lookAlarm") },
                { value: "rescue", label: t("lookRescue") },
              ]}
            />
          </Form.Item>
          <Form.Item name="reason" label={t("lookReason")} rules={[{ required: true, min: 4, max: 300 }]}>
            <Input.TextArea rows={2} maxLength={300} />
          </Form.Item>
          {state.error !== undefined && (
            <p className="form-error gap-below-small" role="alert">
              {errorText(state.error)}
            </p>
          )}
          <Button type="primary" htmlType="submit" loading={state.busy}>
            {t("lookGo")}
          </Button>
        </Form>
      )}
    </Modal>
  );
}
