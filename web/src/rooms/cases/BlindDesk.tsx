import { App, Button, Input, Select } from "antd";
import { useState } from "react";
import { day, percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { SyntheticTag } from "@/app/marks";
import { Loaded, useErrorText } from "@/app/states";
import type { BlindTask, Campaign } from "@/app/types";
import { words as shared } from "@/app/words";
import { useBlindTask, useCodeBlind, useCodes } from "./queries";
import { words } from "./words";

/** The next case that the person codes blind, or the next disagreement to settle. */
export function BlindDesk({ campaign }: { campaign: Campaign }) {
  const t = useWords(words);
  const task = useBlindTask(campaign.id);
  return (
    <Loaded of={task} rows={6}>
      {(found) =>
        found ? (
          <TaskInHand key={found.item_id} campaign={campaign} task={found} />
        ) : (
          <p className="muted">{t("taskNone")}</p>
        )
      }
    </Loaded>
  );
}

function TaskInHand({ campaign, task }: { campaign: Campaign; task: BlindTask }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const third = campaign.role === "third";
  const [code, setCode] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const codes = useCodes(campaign.list_key || null);
  const save = useCodeBlind(third, (kept) => message.success(t("saved", { code: kept })));
  const offered = third ? task.given : task.suggestions;
  const choices = codes.data ?? offered;
  useKeys(Object.fromEntries(offered.map((one, index) => [`${index + 1}`, () => setCode(one.code)])));
  return (
    <form
      className="blind-task"
      onSubmit={(event) => {
        event.preventDefault();
        if (code && !save.isPending) save.mutate({ item: task.item_id, code, note: note.trim() });
      }}
    >
      <p className="record-head">
        <b className="num">{t("taskOf", { n: task.number, left: campaign.mine })}</b>
        <span className="muted">{t(third ? "taskThird" : "taskBlind")}</span>
        {task.synthetic && <SyntheticTag />}
      </p>
      <p className="narrative">{task.narrative}</p>
      <p className="muted item-line">
        <span className="num">{day(task.occurred_on)}</span>
        <span>{task.job}</span>
        <span>{task.equipment}</span>
      </p>
      <Offered task={task} third={third} onTake={setCode} />
      <Select
        showSearch={{
          filterOption: (typed, option) => option?.hay.includes(typed.trim().toLowerCase()) ?? false,
        }}
        aria-label={t("pickerHint")}
        placeholder={t("pickerHint")}
        notFoundContent={codes.error ? errorText(codes.error) : t("pickerNone")}
        loading={codes.isFetching}
        value={code}
        onChange={setCode}
        options={choices.map((one) => ({
          value: one.code,
          label: `${one.code} ${pick(one, "name")}`,
          hay: `${one.code} ${one.name_zh} ${one.name_en}`.toLowerCase(),
        }))}
      />
      <Input.TextArea
        rows={2}
        maxLength={2000}
        aria-label={s("note")}
        placeholder={t("notePlaceholder")}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="actions">
        <Button type="primary" htmlType="submit" disabled={!code} loading={save.isPending}>
          {t("saveCode")}
        </Button>
      </div>
      {save.error && (
        <p role="alert" className="form-error">
          {errorText(save.error)}
        </p>
      )}
    </form>
  );
}

interface OfferedProps {
  task: BlindTask;
  third: boolean;
  onTake: (code: string) => void;
}

/** What the two gave, for the third person; the machine's suggestions, where the campaign shows them. */
function Offered({ task, third, onTake }: OfferedProps) {
  const pick = usePick();
  const either = useEither();
  if (third) {
    return (
      <ol className="suggestions">
        {task.given.map((one, index) => (
          <li key={`${one.by} ${one.code}`}>
            <button type="button" className="suggestion" onClick={() => onTake(one.code)}>
              <kbd>{index + 1}</kbd>
              <span className="num muted">{one.code}</span>
              <span className="suggestion-name">
                {pick(one, "name")} {one.note && <small className="muted">{one.note}</small>}
              </span>
              <span className="muted">{either(one.by ?? "", one.by_en ?? "")}</span>
            </button>
          </li>
        ))}
      </ol>
    );
  }
  return (
    <ol className="suggestions">
      {task.suggestions.map((one, index) => (
        <li key={one.code}>
          <button type="button" className="suggestion" onClick={() => onTake(one.code)}>
            <kbd>{index + 1}</kbd>
            <span className="num muted">{one.code}</span>
            <span className="suggestion-name">{pick(one, "name")}</span>
            <span className="num">{percent(one.probability)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
