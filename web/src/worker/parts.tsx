import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLanguage } from "@/app/i18n";
import { useObjectUrl, useT } from "./hooks";
import { outbox, useOutbox } from "./outbox";
import { isOpen } from "./queue";
import { go } from "./route";
import { useUpdate } from "./update";

/** A link inside the app, that needs no network. */
export function Go({ to, className, children }: { to: string; className?: string; children: ReactNode }) {
  return (
    <a
      href={to}
      className={className}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

export function Frame({ home, children, foot }: { home?: boolean; children: ReactNode; foot?: ReactNode }) {
  const t = useT();
  const { language, setLanguage } = useLanguage();
  return (
    <div className={foot ? "frame has-foot" : "frame"}>
      <header className="bar">
        {home ? (
          <span className="brand">{t("product")}</span>
        ) : (
          <Go to="/w/" className="brand">
            <span aria-hidden="true">‹</span> {t("home")}
          </Go>
        )}
        <button
          type="button"
          className="language"
          lang={language === "zh" ? "en" : "zh-CN"}
          onClick={() => setLanguage(language === "zh" ? "en" : "zh")}
        >
          {t("otherLanguage")}
        </button>
      </header>
      <UpdateStrip />
      <main>{children}</main>
      {foot && <footer className="foot">{foot}</footer>}
    </div>
  );
}

function UpdateStrip() {
  const t = useT();
  const update = useUpdate();
  if (!update) return null;
  return (
    <div className="strip" role="status">
      <span>{t("update")}</span>
      <button type="button" className="small" onClick={update}>
        {t("updateNow")}
      </button>
    </div>
  );
}

/** What waits on this phone, said aloud when it changes. */
export function QueueStrip({ link = true }: { link?: boolean }) {
  const t = useT();
  const { parcels, sending, online, lasting, ready } = useOutbox();
  const waiting = parcels.filter(isOpen).length;
  const text = !ready
    ? ""
    : waiting > 0
      ? sending && online
        ? t("sendingNow")
        : t("waitingCount", { n: waiting })
      : "";
  return (
    <>
      {!online && <p className="strip quiet">{t("offline")}</p>}
      {!lasting && <p className="strip quiet">{t("notLasting")}</p>}
      <div className={text ? "strip" : "strip none"} role="status" aria-live="polite">
        {text && <span>{text}</span>}
        {text && !sending && online && (
          <button type="button" className="small" onClick={() => void outbox.wake()}>
            {t("retry")}
          </button>
        )}
        {text && link && (
          <Go to="/w/" className="small">
            {t("seeQueue")}
          </Go>
        )}
      </div>
    </>
  );
}

/** Does its work at the second tap, so that a slip of the thumb throws nothing away. */
export function SureButton({ ask, sure, onSure }: { ask: string; sure: string; onSure: () => void }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), 5000);
    return () => clearTimeout(timer);
  }, [asked]);
  return (
    <button
      type="button"
      className={asked ? "plain danger" : "plain"}
      onClick={() => (asked ? onSure() : setAsked(true))}
    >
      {asked ? sure : ask}
    </button>
  );
}

export function Notice({ title, children, role }: { title: string; children?: ReactNode; role?: "alert" }) {
  return (
    <section className="notice" role={role}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A photo of the story, fetched without cookies: an anonymous code stays apart from any sign-in of this phone. */
export function usePicture(address: string | undefined): string | undefined {
  const [blob, setBlob] = useState<Blob>();
  useEffect(() => {
    setBlob(undefined);
    if (!address) return;
    const stop = new AbortController();
    fetch(address, { credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal })
      .then(async (answer) => answer.ok && setBlob(await answer.blob()))
      .catch(() => undefined);
    return () => stop.abort();
  }, [address]);
  return useObjectUrl(blob);
}

/** Puts the reader at the top of what has just appeared. */
export function Arrived({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 tabIndex={-1} ref={heading}>
      {children}
    </h1>
  );
}
