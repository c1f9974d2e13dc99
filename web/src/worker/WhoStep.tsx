import type { Who } from "./draft";
import { useT } from "./hooks";

interface Props {
  who: Who;
  setWho: (who: Who) => void;
  signedIn: string | null;
}

/** Named or anonymous, each explained in one sentence. */
export function WhoStep({ who, setWho, signedIn }: Props) {
  const t = useT();
  const choice = (named: boolean, label: string) => (
    <label className="choice">
      <input
        type="radio"
        name="who"
        checked={who.named === named}
        onChange={() => setWho({ ...who, named })}
      />
      <span>{label}</span>
    </label>
  );
  return (
    <fieldset className="card who">
      <legend>{t("whoLabel")}</legend>
      <div className="choices">
        {choice(false, t("anonymous"))}
        {choice(true, t("named"))}
      </div>
      <p className="hint">{who.named ? t("namedWhy") : t("anonymousWhy")}</p>
      {who.named && signedIn && <p className="place">{t("signedInAs", { name: signedIn })}</p>}
      {who.named && (
        <div className="pair">
          {!signedIn && (
            <label className="field">
              <span>{t("name")}</span>
              <input
                id="report-name"
                autoComplete="name"
                maxLength={80}
                value={who.name}
                onChange={(event) => setWho({ ...who, name: event.target.value })}
              />
            </label>
          )}
          <label className="field">
            <span>{t("phone")}</span>
            <input
              type="tel"
              autoComplete="tel"
              maxLength={40}
              value={who.phone}
              onChange={(event) => setWho({ ...who, phone: event.target.value })}
            />
          </label>
        </div>
      )}
    </fieldset>
  );
}
