import { useEffect, useState } from "react";
import { useLanguage } from "@/app/i18n";
import { newId } from "@/offline/ids";
import { useT } from "./hooks";
import { outbox } from "./outbox";
import { Go, SureButton } from "./parts";
import { type Parcel, type Piece, type Said, standing, withoutRefused } from "./queue";
import { go } from "./route";
import type { KnownPlace } from "./store";

/** What went and what waits of a report, piece by piece, with the reason and the way on where one was refused. */
export function Pieces({ parcel }: { parcel: Parcel }) {
  const t = useT();
  const whole = parcel.complete || parcel.report === "taken" || parcel.code !== undefined;
  let photo = 0;
  const rows: { key: string; name: string; state: Piece["state"]; said?: Said }[] = [
    {
      key: "report",
      name: t("partReport"),
      state: parcel.report === "refused" ? "refused" : whole ? "sent" : "waiting",
      said: parcel.refusal,
    },
    ...parcel.pieces.map((piece) => {
      if (piece.kind === "photo") photo += 1;
      const name = piece.kind === "photo" ? t("partPhoto", { n: photo }) : t("partVoice");
      return { key: piece.id, name, state: piece.state, said: piece.refusal };
    }),
  ];
  const { language } = useLanguage();
  return (
    <ul className="pieces">
      {rows.map((row) => (
        <li key={row.key} className={row.state}>
          <span className="mark" aria-hidden="true">
            {row.state === "sent" ? "✓" : row.state === "refused" ? "!" : "…"}
          </span>
          {row.name}
          <span className="muted">
            {t(
              row.state === "sent" ? "stateSent" : row.state === "refused" ? "stateRefused" : "stateWaiting",
            )}
          </span>
          {row.said && <p>{row.said[language]}</p>}
        </li>
      ))}
    </ul>
  );
}

/** The ways on from a refusal. Nothing goes without a tap. */
export function WaysOn({ parcel }: { parcel: Parcel }) {
  const t = useT();
  const { language } = useLanguage();
  const [working, setWorking] = useState(false);
  const [elsewhere, setElsewhere] = useState<KnownPlace[]>([]);
  const state = standing(parcel);
  const token = parcel.body.token;
  useEffect(() => {
    if (state !== "refused") return;
    void outbox.store
      .places()
      .then((known) => setElsewhere(known.filter((one) => one.token !== token).slice(0, 3)));
  }, [state, token]);
  if (state !== "refused" && state !== "file_refused") return null;

  const again = async () => {
    setWorking(true);
    const id = newId();
    const next = withoutRefused(parcel, id);
    await outbox.replace(parcel, next);
    go(`/w/sent/${id}`, true);
  };
  const edit = async (token: string) => {
    setWorking(true);
    await outbox.intoDraft(parcel, token);
    go(`/w/${encodeURIComponent(token)}`, true);
  };
  return (
    <div className="row">
      {state === "file_refused" && (
        <button type="button" className="soft" disabled={working} onClick={() => void again()}>
          {t("sendWithout")}
        </button>
      )}
      {state === "refused" && (
        <button
          type="button"
          className="soft"
          disabled={working}
          onClick={() => void edit(parcel.body.token)}
        >
          {t("editAgain")}
        </button>
      )}
      {state === "refused" &&
        elsewhere.map(({ token, place }) => (
          <button
            key={token}
            type="button"
            className="soft"
            disabled={working}
            onClick={() => void edit(token)}
          >
            {t("sendElsewhere", { area: language === "zh" ? place.area_zh : place.area_en || place.area_zh })}
          </button>
        ))}
      <SureButton
        ask={t("discard")}
        sure={t("discardSure")}
        onSure={() => void outbox.drop(parcel).then(() => go("/w/", true))}
      />
    </div>
  );
}

/** The private code, to copy for another phone. */
export function Code({ code }: { code: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      setCopied(true);
    } catch {
      setCopied(false); // it can be selected and copied by hand
    }
  };
  return (
    <div className="code">
      <span className="muted">{t("yourCode")}</span>
      <b>{code}</b>
      <button type="button" className="soft" onClick={() => void copy()}>
        {copied ? t("copied") : t("copy")}
      </button>
      <p className="hint" role="status">
        {t("codeWhy")}
      </p>
    </div>
  );
}

export function followPath(code: string): string {
  return `/w/follow/${encodeURIComponent(code)}`;
}

export function FollowLink({ code }: { code: string }) {
  const t = useT();
  return (
    <Go to={followPath(code)} className="soft">
      {t("followIt")}
    </Go>
  );
}
