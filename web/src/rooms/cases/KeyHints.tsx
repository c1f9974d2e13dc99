import { Modal } from "antd";
import { useWords } from "@/app/i18n";
import { words } from "./words";

type Hint = [keys: string[], word: string];

function Hints({ hints }: { hints: Hint[] }) {
  return hints.map(([keys, word]) => (
    <li key={word}>
      {keys.map((key, index) => (
        <span key={key}>
          {index > 0 && (key === "9" ? "–" : " ")}
          <kbd>{key}</kbd>
        </span>
      ))}{" "}
      {word}
    </li>
  ));
}

/** The desk's most used keys; hidden where there is no keyboard. */
export function KeyHints() {
  const t = useWords(words);
  const hints: Hint[] = [
    [["Enter"], t("keyAccept")],
    [["1", "9"], t("keyNumber")],
    [["j", "k"], t("keyMove")],
    [["u"], t("keyUndo")],
    [["?"], t("keyHelp")],
  ];
  return (
    <ul className="key-hints" aria-label={t("keys")}>
      <Hints hints={hints} />
    </ul>
  );
}

/** Every key of the desk. */
export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useWords(words);
  const hints: Hint[] = [
    [["Enter"], t("keyAccept")],
    [["1", "9"], t("keyNumber")],
    [["0"], t("keyKeep")],
    [["c"], t("keyCorrect")],
    [["j", "k"], t("keyMove")],
    [["s"], t("keySkip")],
    [["u"], t("keyUndo")],
    [["/"], t("keySearch")],
    [["?"], t("keyHelp")],
  ];
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("help")} width={420}>
      <ul className="key-help">
        <Hints hints={hints} />
      </ul>
    </Modal>
  );
}
