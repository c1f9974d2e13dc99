import { useEffect, useRef, useState } from "react";
import { useT } from "./hooks";
import { go, tokenIn } from "./route";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorClass = new (options: { formats: string[] }) => Detector;
const LOOK_EVERY_MS = 250;

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** Reads the code of a place where the browser can; where it can't, the phone's own camera does. */
export function Scan() {
  const t = useT();
  const [on, setOn] = useState(false);
  const [trouble, setTrouble] = useState("");
  if (!detectorClass() || !navigator.mediaDevices) return <p className="hint">{t("scanHelp")}</p>;
  return (
    <>
      <button
        type="button"
        className="primary"
        onClick={() => {
          setTrouble("");
          setOn(!on);
        }}
      >
        {on ? t("scanStop") : t("scan")}
      </button>
      {on && (
        <Viewer
          onTrouble={(text) => {
            setTrouble(text);
            setOn(false);
          }}
        />
      )}
      {trouble && (
        <p className="trouble" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}

function Viewer({ onTrouble }: { onTrouble: (text: string) => void }) {
  const t = useT();
  const video = useRef<HTMLVideoElement>(null);
  const tell = useRef({ onTrouble, t });
  tell.current = { onTrouble, t };
  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setInterval> | undefined;
    let gone = false;
    const begin = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        return tell.current.onTrouble(tell.current.t("scanDenied"));
      }
      const view = video.current;
      const Detect = detectorClass();
      if (gone || !view || !Detect) return stop();
      view.srcObject = stream;
      await view.play().catch(() => undefined);
      const detector = new Detect({ formats: ["qr_code"] });
      timer = setInterval(async () => {
        const found = await detector.detect(view).catch(() => []);
        const text = found[0]?.rawValue;
        if (!text || gone) return;
        const token = tokenIn(text);
        if (token) go(`/w/${encodeURIComponent(token)}`);
        else tell.current.onTrouble(tell.current.t("scanNone"));
      }, LOOK_EVERY_MS);
    };
    const stop = () => {
      clearInterval(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    void begin();
    return () => {
      gone = true;
      stop();
    };
  }, []);
  return <video ref={video} className="viewer" muted playsInline aria-label={t("scan")} />;
}
