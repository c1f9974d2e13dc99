import { useEffect, useRef, useState } from "react";
import { newId } from "@/offline/ids";
import { type DraftVoice, MOST_SECONDS } from "./draft";
import { useObjectUrl, useT } from "./hooks";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS = 24_000; // speech

interface Props {
  voice: DraftVoice | null;
  change: (voice: DraftVoice | null) => void;
}

/** A voice note of at most a minute, for whoever would rather speak than type. Absent where the phone can't record. */
export function VoiceNote({ voice, change }: Props) {
  const t = useT();
  const recorder = useRef<MediaRecorder | null>(null);
  const [seconds, setSeconds] = useState<number | null>(null);
  const [denied, setDenied] = useState(false);
  const url = useObjectUrl(voice?.bytes, voice?.type);

  useEffect(() => {
    if (seconds === null) return;
    const timer = setInterval(() => setSeconds((before) => (before ?? 0) + 1), 1000);
    if (seconds >= MOST_SECONDS) recorder.current?.stop();
    return () => clearInterval(timer);
  }, [seconds]);
  useEffect(() => () => recorder.current?.stop(), []);

  if (!("MediaRecorder" in window) || !navigator.mediaDevices) return null;

  const start = async () => {
    setDenied(false);
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      setDenied(true);
      return;
    }
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const made = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS });
    const parts: Blob[] = [];
    const began = Date.now();
    made.ondataavailable = (event) => parts.push(event.data);
    made.onstop = async () => {
      for (const track of stream.getTracks()) track.stop();
      recorder.current = null;
      setSeconds(null);
      const type = (made.mimeType || mimeType || "audio/webm").split(";")[0] ?? "audio/webm";
      const bytes = await new Blob(parts, { type }).arrayBuffer();
      const long = Math.max(1, Math.round((Date.now() - began) / 1000));
      if (bytes.byteLength > 0) change({ id: newId(), bytes, type, seconds: long });
    };
    recorder.current = made;
    made.start();
    setSeconds(0);
  };

  if (voice) {
    return (
      <div className="voice">
        {/* biome-ignore lint/a11y/useMediaCaption: one's own voice, just recorded */}
        <audio controls src={url} aria-label={t("voiceKept", { n: voice.seconds })} />
        <button type="button" className="link" onClick={() => change(null)}>
          {t("voiceRemove")}
        </button>
      </div>
    );
  }
  return (
    <div className="voice">
      <button
        type="button"
        className={seconds === null ? "soft" : "soft recording"}
        onClick={() => (seconds === null ? void start() : recorder.current?.stop())}
      >
        {seconds === null ? t("voiceStart", { n: MOST_SECONDS }) : t("voiceStop", { n: seconds })}
      </button>
      {denied && (
        <p className="trouble" role="alert">
          {t("voiceDenied")}
        </p>
      )}
    </div>
  );
}
