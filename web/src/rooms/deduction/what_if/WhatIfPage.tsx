import { Alert } from "antd";
import { useParams } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, ErrorState, Loaded, LoadingState } from "@/app/states";
import { ChangeForm } from "./ChangeForm";
import { Head } from "./Head";
import { Moves } from "./Moves";
import { useChoices, useWhatIf } from "./queries";
import type { WhatIfChoices } from "./types";
import { words } from "./words";
import "./what-if.css";

/** What if: suppose a change at an enterprise and see its points and LEC scores move. */
export default function WhatIfPage() {
  const { id = "" } = useParams();
  const t = useWords(words);
  const choices = useChoices(id);
  const whatIf = useWhatIf(id);
  return (
    <div className="page">
      <Head enterpriseId={id} title={t("whatIf")} lead={t("lead")} />
      <Loaded of={choices} rows={10}>
        {(known) => (
          <div className="what-if-body">
            <div className="stack">
              <Unknown choices={known} />
              <ChangeForm
                choices={known}
                busy={whatIf.isPending}
                onRun={(supposed) => whatIf.mutate(supposed)}
              />
            </div>
            <section className="panel what-if-result" aria-labelledby="result-title" aria-live="polite">
              <div className="panel-head">
                <h2 id="result-title">{t("result")}</h2>
              </div>
              {whatIf.isPending ? (
                <LoadingState rows={8} />
              ) : whatIf.error ? (
                <ErrorState error={whatIf.error} />
              ) : whatIf.data ? (
                <Moves found={whatIf.data} />
              ) : (
                <EmptyState text={t("waiting")} />
              )}
            </section>
          </div>
        )}
      </Loaded>
    </div>
  );
}

function Unknown({ choices }: { choices: WhatIfChoices }) {
  const t = useWords(words);
  if (choices.unknown_equipment.length === 0) return null;
  const names = choices.unknown_equipment.map((one) =>
    t("nearest", { name: one.name, near: one.nearest.join(", ") }),
  );
  return <Alert type="info" showIcon title={t("unknown", { names: names.join("; ") })} />;
}
