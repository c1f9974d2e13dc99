import { Button } from "antd";
import { useLanguage, useWords } from "./i18n";
import { words } from "./words";

export function LanguageSwitch() {
  const { language, setLanguage } = useLanguage();
  const t = useWords(words);
  return (
    <Button
      type="text"
      className="language-switch"
      aria-label={`${t("otherLanguage")} (${t("switchLanguage")})`}
      lang={language === "zh" ? "en" : "zh-CN"}
      onClick={() => setLanguage(language === "zh" ? "en" : "zh")}
    >
      {t("otherLanguage")}
    </Button>
  );
}
