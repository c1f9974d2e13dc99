import {
  CameraOutlined,
  CheckOutlined,
  CloseOutlined,
  LeftOutlined,
  MinusOutlined,
  RightOutlined,
  StopOutlined,
} from "@ant-design/icons";
import { App, Button, Input } from "antd";
import { type ReactNode, useRef } from "react";
import { useEither, useWords } from "@/app/i18n";
import { words as shared } from "@/app/words";
import { StatusMark } from "@/rooms/deduction/StatusMark";
import type { Draft } from "./drafts";
import { LARGEST, smaller } from "./photo";
import type { Place } from "./queue";
import type { Result } from "./types";
import { words } from "./words";

const NOTE_LIMIT = 2000;
const MOST_PHOTOS = 6;
const CHOICES: { result: Result; icon: ReactNode; key: string }[] = [
  { result: "confirmed", icon: <CheckOutlined aria-hidden />, key: "1" },
  { result: "not_found", icon: <MinusOutlined aria-hidden />, key: "2" },
  { result: "not_applicable", icon: <StopOutlined aria-hidden />, key: "3" },
];

interface AnswerBarProps {
  place: Place;
  draft: Draft;
  mayAnswer: boolean;
  onDraft: (draft: Draft) => void;
  onSay: (result: Result) => void;
  onTakeBack: (answer: string) => void;
  onAddPhotos: (answer: string, draft: Draft) => void;
  onMove: (step: number) => void;
}

/** Within a thumb's reach at the lower edge: photo, note, the three answers, back and forth. */
export function AnswerBar(props: AnswerBarProps) {
  const t = useWords(words);
  const { place, mayAnswer, onMove } = props;
  return (
    <div className="answer-bar">
      {place.result !== null ? (
        <Answered {...props} />
      ) : mayAnswer ? (
        <Asking {...props} />
      ) : (
        <p className="muted">{t("mayNot")}</p>
      )}
      <div className="answer-move">
        <Button type="text" icon={<LeftOutlined />} onClick={() => onMove(-1)}>
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

function Asking({ draft, onDraft, onSay }: AnswerBarProps) {
  const t = useWords(words);
  const s = useWords(shared);
  return (
    <>
      {draft.photos.length > 0 && (
        <ul className="photo-strip">
          {draft.photos.map((photo, index) => (
            <li key={photo.url}>
              <img src={photo.url} alt="" />
              <Button
                size="small"
                icon={<CloseOutlined />}
                aria-label={t("photoRemove", { n: index + 1 })}
                onClick={() => onDraft({ ...draft, photos: draft.photos.filter((one) => one !== photo) })}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="answer-extras">
        <PhotoButton
          taken={draft.photos.length}
          onPhotos={(photos) => onDraft({ ...draft, photos: [...draft.photos, ...photos] })}
        >
          {t("photo")}
        </PhotoButton>
        <Input.TextArea
          id="verify-note"
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
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a grid in every browser */}
      <div className="answer-choices" role="group" aria-label={t("answerGroup")}>
        {CHOICES.map(({ result, icon, key }) => (
          <button
            key={result}
            type="button"
            className={`choice choice-${result}`}
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

function Answered({ place, mayAnswer, onTakeBack, onAddPhotos }: AnswerBarProps) {
  const t = useWords(words);
  const either = useEither();
  const { slot, own } = place;
  const by = place.state === "kept" ? either(slot.answered_by ?? "", slot.answered_by_en ?? "") : "";
  const stands = { waiting: t("stateWaiting"), refused: t("stateRefused"), kept: t("stateKept"), open: "" };
  return (
    <div className="answer-given">
      <div className="mark-row">
        {place.result && <StatusMark status={place.result} />}
        <span className="muted">{stands[place.state]}</span>
        {by && <span className="muted">{by}</span>}
        {place.photos > 0 && <span className="muted num">{t("photoCount", { n: place.photos })}</span>}
      </div>
      {place.note && <p>{place.note}</p>}
      {mayAnswer && own && (
        <div className="answer-extras">
          <Button size="large" onClick={() => onTakeBack(own)}>
            {t("undo")}
          </Button>
          <PhotoButton taken={place.photos} onPhotos={(photos) => onAddPhotos(own, { note: "", photos })}>
            {t("addPhoto")}
          </PhotoButton>
        </div>
      )}
    </div>
  );
}

interface PhotoButtonProps {
  taken: number;
  onPhotos: (photos: Draft["photos"]) => void;
  children: ReactNode;
}

function PhotoButton({ taken, onPhotos, children }: PhotoButtonProps) {
  const t = useWords(words);
  const { message } = App.useApp();
  const box = useRef<HTMLInputElement>(null);
  const take = async (files: File[]) => {
    const room = MOST_PHOTOS - taken;
    if (files.length > room) message.warning(t("photoMost", { n: MOST_PHOTOS }));
    const photos: Draft["photos"] = [];
    for (const file of files.slice(0, Math.max(0, room))) {
      const made = await smaller(file);
      if (made.blob.size > LARGEST) message.error(t("photoLarge"));
      else photos.push({ ...made, url: URL.createObjectURL(made.blob) });
    }
    if (photos.length > 0) onPhotos(photos);
  };
  return (
    <>
      <input
        ref={box}
        id="verify-photo"
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
      <Button size="large" icon={<CameraOutlined />} onClick={() => box.current?.click()}>
        {children}
      </Button>
    </>
  );
}
