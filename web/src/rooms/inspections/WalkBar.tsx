import {
  CameraOutlined,
  CheckOutlined,
  CloseOutlined,
  ExclamationOutlined,
  LeftOutlined,
  RightOutlined,
  StopOutlined,
} from "@ant-design/icons";
import { App, Button, Input, Select } from "antd";
import { type ReactNode, useRef } from "react";
import { Link } from "react-router";
import { useEither, useWords } from "@/app/i18n";
import { words as shared } from "@/app/words";
import { smallJpeg } from "@/offline/photo";
import type { Draft } from "./drafts";
import { ResultMark } from "./marks";
import type { Place } from "./queue";
import type { Plan, Result } from "./types";
import { words } from "./words";

const NOTE_LIMIT = 2000;
const MOST_PHOTOS = 6;
const LARGEST = 15 * 1024 * 1024;
const CHOICES: { result: Result; icon: ReactNode; key: string }[] = [
  { result: "ok", icon: <CheckOutlined aria-hidden />, key: "1" },
  { result: "finding", icon: <ExclamationOutlined aria-hidden />, key: "2" },
  { result: "not_applicable", icon: <StopOutlined aria-hidden />, key: "3" },
];

interface BarProps {
  place: Place;
  plan: Plan;
  draft: Draft;
  mayDo: boolean;
  onDraft: (draft: Draft) => void;
  onSay: (result: Result) => void;
  onTakeBack: (answer: string) => void;
  onMove: (step: number) => void;
}

/** Within a thumb's reach at the lower edge: photo, note, kind, the three answers, back and forth. */
export function WalkBar(props: BarProps) {
  const t = useWords(words);
  const { place, mayDo, onMove } = props;
  return (
    <div className="walk-bar">
      {place.result !== null ? (
        <Answered {...props} />
      ) : mayDo ? (
        <Asking {...props} />
      ) : (
        <p className="muted">{t("mayNotDo")}</p>
      )}
      <div className="walk-move">
        <Button type="text" icon={<LeftOutlined aria-hidden />} onClick={() => onMove(-1)}>
          {t("previous")}
        </Button>
        <span className="key-hints muted">
          <kbd>j</kbd>
          <kbd>k</kbd> {t("keyMove")} <kbd>1</kbd>
          <kbd>2</kbd>
          <kbd>3</kbd> {t("keyAnswer")} <kbd>n</kbd> {t("keyNote")} <kbd>p</kbd> {t("keyPhoto")} <kbd>u</kbd>{" "}
          {t("keyUndo")}
        </span>
        <Button type="text" onClick={() => onMove(1)}>
          {t("next")} <RightOutlined aria-hidden />
        </Button>
      </div>
    </div>
  );
}

function Asking({ place, plan, draft, onDraft, onSay }: BarProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const { item } = place;
  const saysMore = draft.note !== "" || draft.photos.length > 0; // a finding is on its way: now its kind matters
  return (
    <>
      {draft.photos.length > 0 && (
        <ul className="walk-photos">
          {draft.photos.map((photo, index) => (
            <li key={photo.url}>
              <img src={photo.url} alt="" />
              <Button
                size="small"
                icon={<CloseOutlined aria-hidden />}
                aria-label={t("photoRemove", { n: index + 1 })}
                onClick={() => onDraft({ ...draft, photos: draft.photos.filter((one) => one !== photo) })}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="walk-extras">
        <PhotoButton
          taken={draft.photos.length}
          onPhotos={(photos) => onDraft({ ...draft, photos: [...draft.photos, ...photos] })}
        />
        <Input.TextArea
          id="walk-note"
          value={draft.note}
          className="grows"
          rows={1}
          maxLength={NOTE_LIMIT}
          aria-label={s("note")}
          placeholder={t("notePlaceholder")}
          onChange={(event) => onDraft({ ...draft, note: event.target.value })}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
      </div>
      <div className="walk-fields">
        {saysMore && item.hazard_id === null && (
          <label className="walk-field" htmlFor="walk-kind">
            <span className="muted">{t("kind")}</span>
            <Select
              id="walk-kind"
              value={draft.kind || item.kind}
              popupMatchSelectWidth={false}
              aria-label={t("kind")}
              onChange={(kind: string) => onDraft({ ...draft, kind })}
              options={plan.kinds.map((kind) => ({ value: kind.key, label: either(kind.zh, kind.en) }))}
            />
          </label>
        )}
        {item.paper_kind && (
          <label className="walk-field" htmlFor="walk-paper-date">
            <span className="muted">{t("paperDate")}</span>
            <Input
              id="walk-paper-date"
              type="date"
              value={draft.paperDate}
              onChange={(event) => onDraft({ ...draft, paperDate: event.target.value })}
            />
          </label>
        )}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a grid in every browser */}
      <div className="walk-choices" role="group" aria-label={t("answerGroup")}>
        {CHOICES.map(({ result, icon, key }) => (
          <button
            key={result}
            type="button"
            className={`walk-choice walk-choice-${result}`}
            aria-keyshortcuts={key}
            onClick={() => onSay(result)}
          >
            {icon}
            {t(result)}
          </button>
        ))}
      </div>
    </>
  );
}

function Answered({ place, mayDo, onTakeBack }: BarProps) {
  const t = useWords(words);
  const either = useEither();
  const kept = place.state === "kept" ? place.item.answer : null;
  const stands = { waiting: t("stateWaiting"), refused: t("stateRefused"), kept: t("stateKept"), open: "" };
  return (
    <div className="walk-given">
      <div className="walk-given-line">
        {place.result && <ResultMark result={place.result} />}
        <span className="muted">{stands[place.state]}</span>
        {kept && <span className="muted">{either(kept.by, kept.by_en)}</span>}
        {place.photos > 0 && <span className="muted num">{t("photoCount", { n: place.photos })}</span>}
        {kept?.hazard_id && (
          <Link to={`/hazards/${kept.hazard_id}`}>{t("becameHazard", { n: kept.hazard_id })}</Link>
        )}
      </div>
      {place.note && <p>{place.note}</p>}
      {mayDo && place.own && (
        <Button size="large" onClick={() => onTakeBack(place.own ?? "")}>
          {t("undo")}
        </Button>
      )}
    </div>
  );
}

function PhotoButton({ taken, onPhotos }: { taken: number; onPhotos: (photos: Draft["photos"]) => void }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const box = useRef<HTMLInputElement>(null);
  const take = async (files: File[]) => {
    const room = MOST_PHOTOS - taken;
    if (files.length > room) message.warning(t("photoMost", { n: MOST_PHOTOS }));
    const photos: Draft["photos"] = [];
    for (const file of files.slice(0, Math.max(0, room))) {
      const small = await smallJpeg(file);
      const blob = small ?? file; // what this browser can't draw the server looks at, and says so if it can't either
      if (blob.size > LARGEST) message.error(t("photoLarge"));
      else photos.push({ blob, name: small ? "photo.jpg" : file.name, url: URL.createObjectURL(blob) });
    }
    if (photos.length > 0) onPhotos(photos);
  };
  return (
    <>
      <input
        ref={box}
        id="walk-photo"
        type="file"
        accept="image/*"
        capture="environment"
        multiple
        hidden
        onChange={(event) => {
          void take([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <Button size="large" icon={<CameraOutlined aria-hidden />} onClick={() => box.current?.click()}>
        {t("photo")}
      </Button>
    </>
  );
}
