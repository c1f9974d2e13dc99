import { App, Button, Input, Popconfirm, Tag } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useMay } from "@/rooms/accounts/session";
import { useTerm } from "./parts";
import { type Erasure, useDo, useErasures } from "./queries";
import { words } from "./words";

/** Requests for erasure: what waits for a decision, and what was done with the others. */
export function ErasuresTab() {
  const t = useWords(words);
  const requests = useErasures();
  return (
    <section className="panel" aria-label={t("tabErasures")}>
      <Loaded of={requests} rows={6}>
        {(data) =>
          data.length === 0 ? (
            <EmptyState text={t("noErasures")} />
          ) : (
            <ul className="line-rows">
              {data.map((one) => (
                <Request key={one.id} one={one} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Request({ one }: { one: Erasure }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const term = useTerm();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const decides = useMay("privacy.decide");
  const act = useDo();
  const [answer, setAnswer] = useState("");
  const decide = (accept: boolean) =>
    act.mutate(
      { path: `/privacy/erasures/${one.id}/decision`, body: { accept, answer } },
      {
        onSuccess: () => message.success(t("done")),
        onError: (error) => message.error(errorText(error)),
      },
    );
  return (
    <li>
      <span className="grow">
        <strong>{one.person}</strong> <span className="muted num">{moment(one.asked_at)}</span>
        {one.reason && <p className="muted">{one.reason}</p>}
        {one.decided_by && <p>{t("answered", { by: one.decided_by, answer: one.answer || "–" })}</p>}
        {one.outcome.length > 0 && (
          <details>
            <summary>{t("outcome")}</summary>
            <ul>
              {one.outcome.map((row) => (
                <li key={row.record}>
                  {either(row.zh, row.en)} <span className="num">({row.rows})</span>:{" "}
                  {either(row.why_zh, row.why_en)}
                </li>
              ))}
            </ul>
          </details>
        )}
      </span>
      <Tag color={one.state === "asked" ? "blue" : undefined}>{term("state", one.state)}</Tag>
      {one.state === "asked" && decides && (
        <span className="form-line">
          <Input
            aria-label={t("answer")}
            placeholder={t("answer")}
            maxLength={300}
            value={answer}
            onChange={(event) => setAnswer(event.target.value)}
          />
          <Popconfirm
            title={t("grantSure", { name: one.person })}
            okText={t("grant")}
            cancelText={s("cancel")}
            onConfirm={() => decide(true)}
          >
            <Button danger loading={act.isPending}>
              {t("grant")}
            </Button>
          </Popconfirm>
          <Button disabled={!answer.trim()} loading={act.isPending} onClick={() => decide(false)}>
            {t("refuse")}
          </Button>
        </span>
      )}
    </li>
  );
}
