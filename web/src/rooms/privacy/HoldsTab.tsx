import { App, Button, Input, Select } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useDo, useHolds, useRetention } from "./queries";
import { words } from "./words";

/** What stops erasure and retention, and who said so. */
export function HoldsTab() {
  const t = useWords(words);
  const either = useEither();
  const decides = useMay("privacy.decide");
  const holds = useHolds();
  const rules = useRetention();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const act = useDo();
  const name = (record: string) => {
    const rule = rules.data?.rules.find((one) => one.record === record);
    return rule ? either(rule.zh, rule.en) : record;
  };
  return (
    <section className="panel" aria-label={t("tabHolds")}>
      <p className="muted">{t("holdsWhy")}</p>
      {decides && <NewHold />}
      <Loaded of={holds} rows={4}>
        {(data) =>
          data.length === 0 ? (
            <EmptyState text={t("holdsNone")} />
          ) : (
            <ul className="line-rows">
              {data.map((one) => (
                <li key={one.id}>
                  <strong>{one.person ?? name(one.record)}</strong>
                  <span className="grow">{one.reason}</span>
                  <span className="muted num">
                    {one.by} {moment(one.at)}
                  </span>
                  {one.lifted_at ? (
                    <span className="muted num">{t("lifted", { at: moment(one.lifted_at) })}</span>
                  ) : (
                    decides && (
                      <Button
                        size="small"
                        onClick={() =>
                          act.mutate(
                            { path: `/privacy/holds/${one.id}/lift` },
                            { onError: (error) => message.error(errorText(error)) },
                          )
                        }
                      >
                        {t("lift")}
                      </Button>
                    )
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function NewHold() {
  const t = useWords(words);
  const either = useEither();
  const rules = useRetention();
  const errorText = useErrorText();
  const act = useDo();
  const [record, setRecord] = useState<string>();
  const [reason, setReason] = useState("");
  return (
    <form
      className="form-line"
      onSubmit={(event) => {
        event.preventDefault();
        act.mutate({ path: "/privacy/holds", body: { record, reason } }, { onSuccess: () => setReason("") });
      }}
    >
      <div className="form-field">
        <span aria-hidden="true">{t("holdRecord")}</span>
        <Select
          className="field-wide"
          aria-label={t("holdRecord")}
          value={record}
          onChange={setRecord}
          options={rules.data?.rules.map((one) => ({ value: one.record, label: either(one.zh, one.en) }))}
        />
      </div>
      <div className="form-field">
        <span aria-hidden="true">{t("holdReason")}</span>
        <Input
          aria-label={t("holdReason")}
          value={reason}
          maxLength={300}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <Button
        type="primary"
        htmlType="submit"
        loading={act.isPending}
        disabled={!record || reason.trim().length < 2}
      >
        {t("hold")}
      </Button>
      {act.error && (
        <p role="alert" className="form-error">
          {errorText(act.error)}
        </p>
      )}
    </form>
  );
}
