import { App, Button, Input, Modal, Pagination, Tag } from "antd";
import { useState } from "react";
import { usePhone } from "@/app/device";
import { moment, number } from "@/app/format";
import { useEither, useLanguage, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { lawName } from "./own/words";
import { AccessRows, useTerm } from "./parts";
import {
  type MyPrivacy,
  PAGE_SIZE,
  useConsent,
  useDo,
  useMine,
  useMyAccesses,
  useMyPosition,
} from "./queries";
import { Watermark } from "./Watermark";
import { words } from "./words";

/** What is kept of me, who looked, how I get it and how I have it erased. */
export default function MyPrivacyPage() {
  const t = useWords(words);
  const mine = useMine();
  return (
    <Watermark>
      <div className="page">
        <div className="page-head">
          <h1>{t("mineTitle")}</h1>
          <span className="muted">{t("mineLead")}</span>
        </div>
        <Loaded of={mine} rows={12}>
          {(data) => (
            <>
              <div className="privacy-grid">
                <Details mine={data} />
                <Consents />
              </div>
              <Looks total={data.accesses_total} />
              <Emergencies mine={data} />
              <KeptRows mine={data} />
              <div className="privacy-grid">
                <Exports mine={data} />
                <Erasure mine={data} />
              </div>
            </>
          )}
        </Loaded>
      </div>
    </Watermark>
  );
}

function Details({ mine }: { mine: MyPrivacy }) {
  const t = useWords(words);
  const { details } = mine;
  const health = details.health;
  const fit = health?.fit == null ? "" : t(health.fit ? "fit" : "unfit");
  const about = health ? [fit, ...(health.contraindications ?? []), health.note].filter(Boolean) : [];
  const facts: [string, string][] = [
    [t("identity"), details.identity_number],
    [t("phone"), details.phone],
    [t("birthYear"), details.birth_year ? String(details.birth_year) : ""],
    [t("health"), about.join(" · ")],
  ];
  return (
    <section className="panel" aria-labelledby="details-title">
      <h2 id="details-title">{t("details")}</h2>
      <dl className="privacy-facts">
        {facts.map(([name, value]) => (
          <div key={name} className="privacy-fact">
            <dt>{name}</dt>
            <dd className={value ? "num" : "muted"}>{value || t("notSaid")}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t("sealedWhy")}</p>
    </section>
  );
}

function Consents() {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const position = useMyPosition();
  const consent = useConsent();
  return (
    <section className="panel" aria-labelledby="consents-title">
      <h2 id="consents-title">{t("consents")}</h2>
      <p className="muted">{t("consentsWhy")}</p>
      <Loaded of={position} rows={2}>
        {(data) => (
          <ul className="line-rows">
            {(["alarm", "rescue"] as const).map((purpose) => {
              const given = data.consents.find((one) => one.purpose === purpose && !one.withdrawn_at);
              return (
                <li key={purpose}>
                  <span className="grow">
                    {t(`purpose_${purpose}`)}
                    <br />
                    <span className="muted num">
                      {given ? t("agreedSince", { at: moment(given.given_at) }) : t("notAgreed")}
                    </span>
                  </span>
                  <Button
                    loading={consent.isPending && consent.variables?.purpose === purpose}
                    aria-label={`${t(given ? "withdraw" : "agree")} ${t(`purpose_${purpose}`)}`}
                    onClick={() =>
                      consent.mutate(
                        { purpose, give: !given },
                        { onError: (error) => message.error(errorText(error)) },
                      )
                    }
                  >
                    {t(given ? "withdraw" : "agree")}
                  </Button>
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Looks({ total }: { total: number }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const phone = usePhone();
  const [page, setPage] = useState(1);
  const looks = useMyAccesses(page);
  return (
    <section className="panel" aria-labelledby="looks-title">
      <div className="panel-head">
        <h2 id="looks-title">{t("accesses")}</h2>
        <span className="muted num">{total > 0 && t("total", { n: number(total, language) })}</span>
      </div>
      <p className="muted">{t("accessesWhy")}</p>
      <Loaded of={looks} rows={4}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState text={t("noAccess")} />
          ) : (
            <>
              <AccessRows items={data.items} />
              {data.total > PAGE_SIZE && (
                <Pagination
                  align="end"
                  size="small"
                  simple={phone}
                  current={page}
                  pageSize={PAGE_SIZE}
                  total={data.total}
                  showSizeChanger={false}
                  onChange={setPage}
                />
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}

function Emergencies({ mine }: { mine: MyPrivacy }) {
  const t = useWords(words);
  const either = useEither();
  return (
    <section className="panel" aria-labelledby="emergencies-title">
      <h2 id="emergencies-title">{t("emergencies")}</h2>
      <p className="muted">{t("emergenciesWhy")}</p>
      {mine.emergencies.length === 0 ? (
        <p>{t("noEmergencies")}</p>
      ) : (
        <ul className="line-rows">
          {mine.emergencies.map((one) => (
            <li key={one.id}>
              <span className="grow">
                <strong>
                  {t("emergencyOf", {
                    who: either(one.person_name, one.person_name_en),
                    from: one.person_organisation,
                    what: one.organisation_name,
                  })}
                </strong>
                <br />
                {one.reason}
                <br />
                <span className="muted num">
                  {t(one.ended_at ? "emergencyTime" : "emergencyNow", {
                    from: moment(one.opened_at),
                    to: moment(one.ended_at ?? one.ends_at),
                    n: one.looks,
                  })}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function KeptRows({ mine }: { mine: MyPrivacy }) {
  const t = useWords(words);
  const either = useEither();
  const { language } = useLanguage();
  return (
    <section className="panel" aria-labelledby="kept-title">
      <h2 id="kept-title">{t("kept")}</h2>
      <p className="muted">{t("keptWhy")}</p>
      {mine.kept.length === 0 ? (
        <EmptyState text={t("none")} />
      ) : (
        <ul className="line-rows kept-rows">
          {mine.kept.map((one) => (
            <li key={one.record}>
              <span className="grow">
                <strong>{either(one.zh, one.en)}</strong>{" "}
                <span className="muted num">{t("total", { n: number(one.rows, language) })}</span>
              </span>
              <span className="muted">{lawName(one.law, language === "zh")}</span>
              <span>{either(one.keep_zh, one.keep_en)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Exports({ mine }: { mine: MyPrivacy }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const act = useDo();
  const term = useTerm();
  return (
    <section className="panel" aria-labelledby="exports-title">
      <div className="panel-head">
        <h2 id="exports-title">{t("exports")}</h2>
        <Button
          loading={act.isPending}
          disabled={mine.exports.some((one) => one.state === "waiting")}
          onClick={() =>
            act.mutate(
              { path: "/privacy/exports", body: {} },
              { onError: (error) => message.error(errorText(error)) },
            )
          }
        >
          {t("exportNow")}
        </Button>
      </div>
      <p className="muted">{t("exportsWhy")}</p>
      <ul className="line-rows">
        {mine.exports.map((one) => (
          <li key={one.id}>
            <span className="grow num">{moment(one.asked_at)}</span>
            <Tag color={one.state === "ready" ? "green" : undefined}>{term("state", one.state)}</Tag>
            {one.state === "ready" && <a href={`/api/privacy/exports/${one.id}/file`}>{t("download")}</a>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Erasure({ mine }: { mine: MyPrivacy }) {
  const t = useWords(words);
  const s = useWords(shared);
  const term = useTerm();
  const act = useDo();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  return (
    <section className="panel" aria-labelledby="erasure-title">
      <div className="panel-head">
        <h2 id="erasure-title">{t("erase")}</h2>
        <Button
          danger
          disabled={mine.erasures.some((one) => one.state === "asked")}
          onClick={() => setAsking(true)}
        >
          {t("eraseAsk")}
        </Button>
      </div>
      <p className="muted">{t("eraseWhy")}</p>
      <ul className="line-rows">
        {mine.erasures.map((one) => (
          <li key={one.id}>
            <span className="grow num">{moment(one.asked_at)}</span>
            <Tag color={one.state === "asked" ? "blue" : undefined}>{term("state", one.state)}</Tag>
            {one.answer && <span className="grow">{`${one.decided_by ?? ""} ${one.answer}`}</span>}
          </li>
        ))}
      </ul>
      <Modal
        open={asking}
        title={t("eraseAsk")}
        okText={t("eraseAsk")}
        cancelText={s("cancel")}
        okButtonProps={{ danger: true, loading: act.isPending }}
        onCancel={() => setAsking(false)}
        onOk={() =>
          act.mutate({ path: "/privacy/erasures", body: { reason } }, { onSuccess: () => setAsking(false) })
        }
      >
        <p>{t("eraseSure")}</p>
        <Input.TextArea
          aria-label={t("eraseReason")}
          placeholder={t("eraseReason")}
          rows={3}
          maxLength={300}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        {act.error && (
          <p role="alert" className="form-error">
            {errorText(act.error)}
          </p>
        )}
      </Modal>
    </section>
  );
}
