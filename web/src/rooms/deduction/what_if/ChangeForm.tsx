import { Button, Select } from "antd";
import { useState } from "react";
import { useEither, useWords } from "@/app/i18n";
import type { Choice, GuardState, Supposed, WhatIfChoices } from "./types";
import { words } from "./words";

type Draft = Required<Supposed>;
const EMPTY: Draft = {
  guards: [],
  shift: "",
  add_equipment: [],
  drop_equipment: [],
  add_processes: [],
  drop_processes: [],
  add_materials: [],
  drop_materials: [],
  n: 10,
};

interface ChangeFormProps {
  choices: WhatIfChoices;
  busy: boolean;
  onRun: (supposed: Supposed) => void;
}

/** What is to be supposed: states of parts, shift pattern, what comes and what goes. */
export function ChangeForm({ choices, busy, onRun }: ChangeFormProps) {
  const t = useWords(words);
  const either = useEither();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [asked, setAsked] = useState(false);
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const named = (list: Choice[]) => list.map((one) => ({ value: one.key, label: either(one.zh, one.en) }));
  const plain = (list: string[]) => list.map((name) => ({ value: name, label: name }));
  const chosen = { ...draft, guards: draft.guards.filter((guard) => guard.equipment && guard.state) };
  const empty =
    chosen.guards.length === 0 &&
    !chosen.shift &&
    (["add", "drop"] as const).every((way) =>
      (["equipment", "processes", "materials"] as const).every(
        (kind) => chosen[`${way}_${kind}`].length === 0,
      ),
    );
  const many = (
    label:
      | "addEquipment"
      | "dropEquipment"
      | "addProcesses"
      | "dropProcesses"
      | "addMaterials"
      | "dropMaterials",
    key: Exclude<keyof Draft, "guards" | "shift" | "n">,
    options: { value: string; label: string }[],
  ) =>
    options.length > 0 && (
      <div className="field">
        <label htmlFor={`what-if-${key}`}>{t(label)}</label>
        <Select
          id={`what-if-${key}`}
          mode="multiple"
          allowClear
          placeholder={t("none")}
          value={draft[key]}
          options={options}
          optionFilterProp="label"
          onChange={(value: string[]) => set({ [key]: value })}
        />
      </div>
    );
  return (
    <form
      className="panel what-if-form"
      aria-labelledby="suppose-title"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (!empty) onRun(chosen);
      }}
    >
      <div className="panel-head">
        <h2 id="suppose-title">{t("suppose")}</h2>
      </div>
      <Guards choices={choices} guards={draft.guards} onChange={(guards) => set({ guards })} />
      <div className="field">
        <label htmlFor="what-if-shift">{t("shift")}</label>
        <Select
          id="what-if-shift"
          value={draft.shift}
          options={[{ value: "", label: t("asNow") }, ...named(choices.shifts)]}
          onChange={(shift: string) => set({ shift })}
        />
      </div>
      {many("addEquipment", "add_equipment", named(choices.equipment_to_add))}
      {many(
        "dropEquipment",
        "drop_equipment",
        choices.machines.map((one) => ({ value: one.name, label: either(one.name, one.name_en) })),
      )}
      {many("addProcesses", "add_processes", named(choices.processes_to_add))}
      {many("dropProcesses", "drop_processes", plain(choices.processes))}
      {many("addMaterials", "add_materials", named(choices.materials_to_add))}
      {many("dropMaterials", "drop_materials", plain(choices.materials))}
      {asked && empty && (
        <p role="alert" className="form-trouble">
          {t("chooseFirst")}
        </p>
      )}
      <Button type="primary" htmlType="submit" loading={busy} block>
        {t("run")}
      </Button>
    </form>
  );
}

interface GuardsProps {
  choices: WhatIfChoices;
  guards: GuardState[];
  onChange: (guards: GuardState[]) => void;
}

function Guards({ choices, guards, onChange }: GuardsProps) {
  const t = useWords(words);
  const either = useEither();
  const first = choices.machines[0];
  if (!first) return <p className="muted">{t("noMachines")}</p>;
  const fresh: GuardState = { equipment: first.name, part: "", state: "" };
  const shown = guards.length > 0 ? guards : [fresh];
  const put = (place: number, part: Partial<GuardState>) =>
    onChange(shown.map((guard, at) => (at === place ? { ...guard, ...part } : guard)));
  return (
    <fieldset className="guards">
      <legend>{t("guard")}</legend>
      {shown.map((guard, place) => {
        const machine = choices.machines.find((one) => one.name === guard.equipment);
        return (
          // Rows have no name of their own; their place is what they are.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <div className="guard" key={place}>
            <Select
              aria-label={t("machine")}
              value={guard.equipment}
              options={choices.machines.map((one) => ({
                value: one.name,
                label: either(one.name, one.name_en),
              }))}
              onChange={(equipment: string) => put(place, { equipment, part: "" })}
            />
            <Select
              aria-label={t("part")}
              value={guard.part}
              options={[
                { value: "", label: t("everyPart") },
                ...(machine?.parts ?? []).map((part) => ({
                  value: part.key,
                  label: either(part.zh, part.en),
                })),
              ]}
              onChange={(part: string) => put(place, { part })}
            />
            <Select
              aria-label={t("state")}
              value={guard.state}
              options={[
                { value: "", label: t("asNow") },
                ...choices.states
                  .filter((state) => state.key !== "as_is")
                  .map((state) => ({ value: state.key, label: either(state.zh, state.en) })),
              ]}
              onChange={(state: string) => put(place, { state })}
            />
            {shown.length > 1 && (
              <Button size="small" onClick={() => onChange(shown.filter((_, at) => at !== place))}>
                {t("remove")}
              </Button>
            )}
          </div>
        );
      })}
      <Button size="small" onClick={() => onChange([...shown, fresh])}>
        {t("another")}
      </Button>
    </fieldset>
  );
}
