import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button, InputNumber, Tag } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { percent } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { LedgerMark, RiskMark } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { ColourOrNone } from "@/app/types";
import { useChoice, useChoose, useMakePlan } from "./queries";
import type { Choice, Chosen, WeekChoice } from "./types";
import { words } from "./words";

/** Whom the authority visits in a week: by risk, by how long nobody looked, and a share that is drawn. */
export function ChoosePanel() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const week = search.get("week") ?? "";
  const choice = useChoice(week);
  const go = (to: string) => setSearch({ tab: "choose", week: to }, { replace: true });
  const shown = choice.data?.week;
  return (
    <section className="panel" aria-label={t("tab_choose")}>
      <div className="panel-head">
        <h2>{t("tab_choose")}</h2>
        {shown && (
          <div className="week-move">
            <Button
              size="small"
              icon={<LeftOutlined aria-hidden />}
              aria-label={t("previousWeek")}
              onClick={() => go(dayjs(shown).subtract(7, "day").format("YYYY-MM-DD"))}
            />
            <span className="num">
              {t("weekOf", { from: shown, to: dayjs(shown).add(4, "day").format("MM-DD") })}
            </span>
            <Button
              size="small"
              icon={<RightOutlined aria-hidden />}
              aria-label={t("nextWeek")}
              onClick={() => go(dayjs(shown).add(7, "day").format("YYYY-MM-DD"))}
            />
          </div>
        )}
      </div>
      <Loaded of={choice} rows={8}>
        {(found) => <Body key={found.week} found={found} queryWeek={week} />}
      </Loaded>
    </section>
  );
}

function Body({ found, queryWeek }: { found: WeekChoice; queryWeek: string }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const choose = useChoose(queryWeek);
  const [capacity, setCapacity] = useState<number | null>(found.choice?.capacity ?? found.suggested);
  const ask = (
    <form
      className="choose-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (capacity) choose.mutate({ week: found.week, capacity, anew: found.choice !== null });
      }}
    >
      <label htmlFor="choose-capacity">{t("capacity")}</label>
      <InputNumber
        id="choose-capacity"
        value={capacity}
        min={1}
        max={60}
        precision={0}
        onChange={(value) => setCapacity(value === null ? null : Number(value))}
      />
      <Button
        type={found.choice ? "default" : "primary"}
        htmlType="submit"
        disabled={!capacity}
        loading={choose.isPending}
      >
        {found.choice ? t("chooseAnew") : t("choose")}
      </Button>
      {choose.error && (
        <p role="alert" className="form-error">
          {errorText(choose.error)}
        </p>
      )}
    </form>
  );
  if (!found.choice)
    return (
      <>
        <EmptyState text={t("noChoice")}>
          <p className="muted">{t("noChoiceLead")}</p>
        </EmptyState>
        {ask}
      </>
    );
  return (
    <>
      {ask}
      <ChosenList choice={found.choice} />
    </>
  );
}

function ChosenList({ choice }: { choice: Choice }) {
  const t = useWords(words);
  const days = [...new Set(choice.places.map((place) => place.day))];
  return (
    <>
      <p className="muted num">
        {t("chosenOf", {
          n: choice.considered,
          m: choice.places.length,
          k: choice.places.filter((place) => place.explore).length,
        })}{" "}
        <LedgerMark index={choice.ledger_index} />
      </p>
      {days.map((day) => (
        <section key={day} className="chosen-day">
          <h3 className="num">{day}</h3>
          <ol className="chosen-list">
            {choice.places
              .filter((place) => place.day === day)
              .map((place) => (
                <ChosenLine key={place.enterprise_id} place={place} />
              ))}
          </ol>
        </section>
      ))}
    </>
  );
}

function ChosenLine({ place }: { place: Chosen }) {
  const t = useWords(words);
  const either = useEither();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const make = useMakePlan();
  return (
    <li className="chosen-line">
      <div className="chosen-name">
        <span className="num muted">{place.position}</span>
        <Link to={`/enterprises/${place.enterprise_id}`}>{place.enterprise_name}</Link>
        <RiskMark colour={place.colour as ColourOrNone} />
        {place.explore && (
          <Tag className="explore-tag" title={t("drawnWhy", { p: percent(place.propensity) })}>
            {t("explore")} {percent(place.propensity)}
          </Tag>
        )}
        <span className="muted">{place.district}</span>
      </div>
      <p className="chosen-reasons">
        <b className="num">
          {t("priority")} {percent(place.priority)}
        </b>{" "}
        {place.reasons.map((reason) => either(reason.zh, reason.en)).join(" · ")}
      </p>
      <div className="chosen-do">
        {place.plan_id ? (
          <Link to={`/inspections/plans/${place.plan_id}`}>{t("openPlan")}</Link>
        ) : (
          <Button
            size="small"
            loading={make.isPending}
            onClick={() =>
              make.mutate(
                { enterpriseId: place.enterprise_id, minutes: 120, anew: false },
                { onSuccess: (plan) => navigate(`/inspections/plans/${plan.id}`) },
              )
            }
          >
            {t("makeHere")}
          </Button>
        )}
        {make.error && (
          <p role="alert" className="form-error">
            {errorText(make.error)}
          </p>
        )}
      </div>
    </li>
  );
}
