import { App, Checkbox, Input, Modal } from "antd";
import dayjs from "dayjs";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { ApiError } from "@/app/client";
import { usePick, useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import { newId } from "@/offline/ids";
import { useIssue, useOrderable } from "./queries";
import type { Orderable, Plan } from "./types";
import { words } from "./words";

const USUAL_DAYS = 15;

interface Asked {
  chosen: boolean;
  requirement: string;
}

/** Choose hazards, say what is asked and by when. What this inspection found is chosen to begin with. */
export function IssueOrder({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const hazards = useOrderable(plan.enterprise_id, plan.id, true);
  const issue = useIssue(plan.enterprise_id);
  const id = useRef(newId()); // one order, however often the button is pressed on a slow line
  const [changed, setChanged] = useState<ReadonlyMap<number, Asked>>(new Map());
  const [basis, setBasis] = useState("");
  const [deadline, setDeadline] = useState(dayjs().add(USUAL_DAYS, "day").format("YYYY-MM-DD"));
  const of = (one: Orderable): Asked => changed.get(one.id) ?? { chosen: one.of_plan, requirement: "" };
  const items = (hazards.data ?? [])
    .filter((one) => of(one).chosen)
    .map((one) => ({ hazard_id: one.id, requirement: of(one).requirement.trim() }));
  return (
    <Modal
      open
      width={640}
      title={`${t("issueOrder")} · ${plan.enterprise_name}`}
      okText={t("issue")}
      okButtonProps={{ disabled: items.length === 0 || !deadline, loading: issue.isPending }}
      onOk={() =>
        issue.mutate(
          { client_id: id.current, items, deadline, basis: basis.trim(), plan_id: plan.id },
          {
            onSuccess: (order) => {
              message.success(t("issued"));
              navigate(`/inspections/orders/${order.id}`);
            },
            // Refused: nothing was kept, and what is sent next is another order. Lost: it may be there already.
            onError: (error) => {
              if (error instanceof ApiError && error.status >= 400 && error.status < 500)
                id.current = newId();
            },
          },
        )
      }
      onCancel={onClose}
    >
      <div className="issue-form">
        <Loaded of={hazards} rows={4}>
          {(found) =>
            found.length === 0 ? (
              <p className="muted">{t("noOrderable")}</p>
            ) : (
              <fieldset>
                <legend>{t("pickHazards")}</legend>
                {found.map((one) => (
                  <HazardLine
                    key={one.id}
                    one={one}
                    asked={of(one)}
                    onChange={(asked) => setChanged(new Map(changed).set(one.id, asked))}
                  />
                ))}
              </fieldset>
            )
          }
        </Loaded>
        <label htmlFor="issue-deadline">
          <span>{t("deadline")}</span>
          <Input
            id="issue-deadline"
            type="date"
            value={deadline}
            min={dayjs().format("YYYY-MM-DD")}
            onChange={(event) => setDeadline(event.target.value)}
          />
        </label>
        <label htmlFor="issue-basis">
          <span>{t("basis")}</span>
          <Input.TextArea
            id="issue-basis"
            rows={2}
            maxLength={2000}
            placeholder={t("basisHint")}
            value={basis}
            onChange={(event) => setBasis(event.target.value)}
          />
        </label>
        {issue.error && (
          <p role="alert" className="form-error">
            {errorText(issue.error)}
          </p>
        )}
      </div>
    </Modal>
  );
}

function HazardLine({
  one,
  asked,
  onChange,
}: {
  one: Orderable;
  asked: Asked;
  onChange: (asked: Asked) => void;
}) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <div className="issue-line">
      <Checkbox
        checked={asked.chosen}
        onChange={(event) => onChange({ ...asked, chosen: event.target.checked })}
      >
        {pick(one, "title")}{" "}
        <small className="muted num">
          {one.of_plan ? `${t("ofPlan")} · ` : ""}
          {one.opened_on}
        </small>
      </Checkbox>
      {asked.chosen && (
        <Input
          size="small"
          maxLength={500}
          aria-label={`${t("requirement")}: ${pick(one, "title")}`}
          placeholder={t("requirement")}
          value={asked.requirement}
          onChange={(event) => onChange({ ...asked, requirement: event.target.value })}
        />
      )}
    </div>
  );
}
