import { useLanguage } from "@/app/i18n";
import { useT } from "./hooks";
import { useOutbox } from "./outbox";
import { Code, FollowLink, Pieces, WaysOn } from "./ParcelCard";
import { Arrived, Frame, Go, Notice, QueueStrip } from "./parts";
import { standing } from "./queue";

const TITLES = {
  complete: "sentTitle",
  waiting: "keptTitle",
  refused: "refusedTitle",
  file_refused: "fileRefusedTitle",
} as const;

/** Where a report is on its way, from the tap on “send” on. */
export function SentPage({ id }: { id: string }) {
  const t = useT();
  const { language } = useLanguage();
  const { parcels, ready, sending, online } = useOutbox();
  const parcel = parcels.find((one) => one.id === id);
  if (!ready) return <Frame>{null}</Frame>;
  if (!parcel) {
    return (
      <Frame>
        <Notice title={t("noReports")} />
      </Frame>
    );
  }
  const state = standing(parcel);
  const title = state === "waiting" && online ? (sending ? "onItsWay" : "keptOnline") : TITLES[state];
  return (
    <Frame>
      <div className={`sent ${state}`}>
        <Arrived>{t(title)}</Arrived>
        <p role="status" aria-live="polite">
          {state === "complete" && t(parcel.joined ? "sentJoined" : "sentWhy")}
          {state === "waiting" && t("keptWhy")}
        </p>
        {parcel.note && <p className="hint">{parcel.note[language]}</p>}
      </div>
      <section className="card">
        <h2>{language === "zh" ? parcel.place.zh : parcel.place.en || parcel.place.zh}</h2>
        <p className="quote">{parcel.body.words || t("withoutWords")}</p>
        <Pieces parcel={parcel} />
        <WaysOn parcel={parcel} />
      </section>
      {parcel.code && <Code code={parcel.code} />}
      <div className="row wide">
        {parcel.code && <FollowLink code={parcel.code} />}
        <Go to={`/w/${encodeURIComponent(parcel.body.token)}`} className="soft">
          {t("reportMore")}
        </Go>
      </div>
      {state === "waiting" && online && <QueueStrip link={false} />}
    </Frame>
  );
}
