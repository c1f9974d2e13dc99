import type { WarningState } from "@/app/types";
import type { Step } from "./queries";

/** What may come next, the usual step first. The server has the last word. */
export function allowedSteps(state: WarningState, mayAcknowledge: boolean, mayHandOn: boolean): Step[] {
  const next: Record<WarningState, Step[]> = {
    raised: ["acknowledge", "hand_on", "resolve"],
    acknowledged: ["hand_on", "resolve"],
    handed_on: ["acknowledge", "hand_on", "resolve"],
    resolved: [],
  };
  return next[state].filter((step) => (step === "hand_on" ? mayHandOn : mayAcknowledge));
}
