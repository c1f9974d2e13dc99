import { useWords } from "@/app/i18n";
import { words } from "./words";

/** The desk's keys; hidden where there is no keyboard. */
export function KeyHints() {
  const t = useWords(words);
  const hints: [keys: string[], word: string][] = [
    [["Enter"], t("keyAccept")],
    [["c"], t("keyCorrect")],
    [["1", "9"], t("keyNumber")],
    [["j", "k"], t("keyMove")],
    [["/"], t("keySearch")],
  ];
  return (
    <ul className="key-hints" aria-label={t("keys")}>
      {hints.map(([keys, word]) => (
        <li key={word}>
          {keys.map((key, index) => (
            <span key={key}>
              {index > 0 && (key === "9" ? "–" : " ")}
              <kbd>{key}</kbd>
            </span>
          ))}{" "}
          {word}
        </li>
      ))}
    </ul>
  );
}
