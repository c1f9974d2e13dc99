import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useLanguage, useWords } from "@/app/i18n";
import { Problem } from "@/offline/problem";
import { lawName, words as own } from "@/rooms/privacy/own/words";
import { useT, useTimes } from "./hooks";
import { type Look, type Mine, mine, type Position } from "./mine";
import { Frame, Notice, SureButton } from "./parts";

type Own = keyof typeof own;
const PACKING_MS = 3000;

/** What is kept of me, who looked, my consents, my data to take along, and asking for erasure: the page of a phone. */
export default function PrivacyPage() {
  const w = useWords(own);
  const t = useT();
  const [data, setData] = useState<Mine>();
  const [position, setPosition] = useState<Position>();
  const [problem, setProblem] = useState<Problem>();
  const load = useCallback(async () => {
    try {
      setData(await mine.all());
      setPosition(await mine.position());
      setProblem(undefined);
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  }, []);
  useEffect(() => void load(), [load]);
  const packing = data?.exports.some((one) => one.state === "waiting") ?? false;
  useEffect(() => {
    if (!packing) return;
    const timer = setInterval(() => void load(), PACKING_MS);
    return () => clearInterval(timer);
  }, [packing, load]);
  return (
    <Frame>
      <h1>{w("mineTitle")}</h1>
      <p className="hint">{w("mineLead")}</p>
      {!data && !problem && (
        <p className="hint" role="status">
          {t("loading")}
        </p>
      )}
      {problem && <Trouble problem={problem} retry={() => void load()} />}
      {data && (
        <>
          <Details data={data} />
          {position && <Consents position={position} done={load} />}
          <Looks total={data.accesses_total} first={data.accesses} />
          <Emergencies data={data} />
          <Kept data={data} />
          <Exports data={data} packing={packing} done={load} />
          <Erasure data={data} done={load} />
        </>
      )}
    </Frame>
  );
}

function Trouble({ problem, retry }: { problem: Problem; retry: () => void }) {
  const t = useT();
  const { language } = useLanguage();
  if (problem.status === 401)
    return (
      <Notice title={t("privacySignIn")}>
        <p>{t("privacySignInWhy")}</p>
        <a className="primary" href="/sign-in?next=/w/privacy">
          {t("signIn")}
        </a>
      </Notice>
    );
  return (
    <Notice title={problem.status === 0 ? t("privacyOffline") : t("privacyFailed")} role="alert">
      <p>{problem[language]}</p>
      <button type="button" className="soft" onClick={retry}>
        {t("retry")}
      </button>
    </Notice>
  );
}

function Card({ id, title, why, children }: { id: string; title: string; why: string; children: ReactNode }) {
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className="hint">{why}</p>
      {children}
    </section>
  );
}

function Details({ data }: { data: Mine }) {
  const w = useWords(own);
  const { details } = data;
  const { health } = details;
  const fit = health?.fit == null ? "" : w(health.fit ? "fit" : "unfit");
  const facts: [string, string][] = [
    [w("identity"), details.identity_number],
    [w("phone"), details.phone],
    [w("birthYear"), details.birth_year ? String(details.birth_year) : ""],
    [
      w("health"),
      health ? [fit, ...(health.contraindications ?? []), health.note].filter(Boolean).join(" · ") : "",
    ],
  ];
  return (
    <Card id="details" title={w("details")} why={w("sealedWhy")}>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="muted">{name}</dt>
            <dd>{value || w("notSaid")}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** Does something, and says beside it what went wrong. */
function useWork(done: () => Promise<void>) {
  const { language } = useLanguage();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const work = async (what: () => Promise<unknown>) => {
    setWorking(true);
    setProblem(undefined);
    try {
      await what();
      await done();
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    } finally {
      setWorking(false);
    }
  };
  const said = (
    <p className="trouble" role="status" aria-live="polite">
      {problem?.[language]}
    </p>
  );
  return { work, working, said };
}

function Consents({ position, done }: { position: Position; done: () => Promise<void> }) {
  const w = useWords(own);
  const { at } = useTimes();
  const { work, working, said } = useWork(done);
  return (
    <Card id="consents" title={w("consents")} why={w("consentsWhy")}>
      <ul className="own-rows">
        {(["alarm", "rescue"] as const).map((purpose) => {
          const given = position.consents.find((one) => one.purpose === purpose && !one.withdrawn_at);
          return (
            <li key={purpose}>
              <b>{w(`purpose_${purpose}`)}</b>
              <span className="muted">
                {given ? w("agreedSince", { at: at(given.given_at) }) : w("notAgreed")}
              </span>
              <button
                type="button"
                className="soft"
                disabled={working}
                aria-label={`${w(given ? "withdraw" : "agree")} ${w(`purpose_${purpose}`)}`}
                onClick={() => void work(() => mine.consent(purpose, !given))}
              >
                {w(given ? "withdraw" : "agree")}
              </button>
            </li>
          );
        })}
      </ul>
      {said}
    </Card>
  );
}

function Looks({ total, first }: { total: number; first: Look[] }) {
  const w = useWords(own);
  const t = useT();
  const { at } = useTimes();
  const [older, setOlder] = useState<Look[]>([]);
  const [page, setPage] = useState(0);
  const { work, working, said } = useWork(async () => undefined);
  const shown = page === 0 ? first.slice(0, 20) : older;
  const more = () =>
    work(async () => {
      const next = await mine.looks(page + 1 === 1 && first.length > 20 ? 1 : page + 1);
      setOlder((before) => [...before, ...next.items]);
      setPage((before) => before + 1);
    });
  return (
    <Card id="looks" title={w("accesses")} why={w("accessesWhy")}>
      {shown.length === 0 && <p>{w("noAccess")}</p>}
      <ul className="own-rows">
        {shown.map((row) => (
          <li key={row.id}>
            <b>
              {row.reader} · {`what_${row.what}` in own ? w(`what_${row.what}` as Own) : row.what}
            </b>
            {row.break_glass && <span className="state needs">{w("breakGlass")}</span>}
            <span className="muted">{[at(row.at), row.purpose].filter(Boolean).join(" · ")}</span>
          </li>
        ))}
      </ul>
      {shown.length < total && (
        <button type="button" className="soft" disabled={working} onClick={() => void more()}>
          {t("older")}
        </button>
      )}
      {said}
    </Card>
  );
}

function Emergencies({ data }: { data: Mine }) {
  const w = useWords(own);
  const { language } = useLanguage();
  const { at } = useTimes();
  return (
    <Card id="emergencies" title={w("emergencies")} why={w("emergenciesWhy")}>
      {data.emergencies.length === 0 && <p>{w("noEmergencies")}</p>}
      <ul className="own-rows">
        {data.emergencies.map((one) => (
          <li key={one.id}>
            <b>
              {w("emergencyOf", {
                who: language === "zh" ? one.person_name : one.person_name_en,
                from: one.person_organisation,
                what: one.organisation_name,
              })}
            </b>
            <span>{one.reason}</span>
            <span className="muted">
              {w(one.ended_at ? "emergencyTime" : "emergencyNow", {
                from: at(one.opened_at),
                to: at(one.ended_at ?? one.ends_at),
                n: one.looks,
              })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Kept({ data }: { data: Mine }) {
  const w = useWords(own);
  const { language } = useLanguage();
  const zh = language === "zh";
  return (
    <Card id="kept" title={w("kept")} why={w("keptWhy")}>
      <ul className="own-rows">
        {data.kept.map((one) => (
          <li key={one.record}>
            <b>
              {zh ? one.zh : one.en} · {one.rows}
            </b>
            <span className="muted">
              {lawName(one.law, zh)} · {zh ? one.keep_zh : one.keep_en}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Exports(props: { data: Mine; packing: boolean; done: () => Promise<void> }) {
  const w = useWords(own);
  const { at } = useTimes();
  const { work, working, said } = useWork(props.done);
  return (
    <Card id="exports" title={w("exports")} why={w("exportsWhy")}>
      <ul className="own-rows">
        {props.data.exports.map((one) => (
          <li key={one.id}>
            <span>
              {at(one.asked_at)} · {w(`state_${one.state}`)}
            </span>
            {one.state === "ready" && (
              <a className="soft" href={`/api/privacy/exports/${one.id}/file`}>
                {w("download")}
              </a>
            )}
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="soft"
        disabled={working || props.packing}
        onClick={() => void work(mine.pack)}
      >
        {w("exportNow")}
      </button>
      {said}
    </Card>
  );
}

function Erasure({ data, done }: { data: Mine; done: () => Promise<void> }) {
  const w = useWords(own);
  const { at } = useTimes();
  const [reason, setReason] = useState("");
  const { work, said } = useWork(done);
  const asked = data.erasures.some((one) => one.state === "asked");
  return (
    <Card id="erasure" title={w("erase")} why={w("eraseWhy")}>
      <ul className="own-rows">
        {data.erasures.map((one) => (
          <li key={one.id}>
            <span>
              {at(one.asked_at)} · {w(`state_${one.state}`)}
            </span>
            {one.answer && <span className="muted">{`${one.decided_by ?? ""} ${one.answer}`.trim()}</span>}
          </li>
        ))}
      </ul>
      {!asked && (
        <>
          <label className="field">
            <span>{w("eraseReason")}</span>
            <textarea
              rows={2}
              maxLength={300}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
          <SureButton
            ask={w("eraseAsk")}
            sure={w("eraseSure")}
            onSure={() => void work(() => mine.erase(reason.trim()))}
          />
        </>
      )}
      {said}
    </Card>
  );
}
