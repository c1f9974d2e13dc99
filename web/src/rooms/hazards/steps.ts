import type { HazardDetail } from "@/app/types";

export type Step =
  | "assign"
  | "start"
  | "fix"
  | "check"
  | "confirm"
  | "accept"
  | "opinion_give"
  | "release"
  | "refuse"
  | "transfer"
  | "contest"
  | "reopen"
  | "opinion_ask"
  | "level";

/** The steps that stand open to this person, the one that moves the hazard on first. */
export function stepsFor({ may, state }: Pick<HazardDetail, "may" | "state">): Step[] {
  const steps: Step[] = [];
  if (may.opinion_give) steps.push("opinion_give");
  if (may.confirm) steps.push("confirm");
  if (may.contest) steps.push("accept", "contest");
  if (may.assign && state === "opened") steps.push("assign");
  if (may.fix) steps.push("fix");
  if (may.start) steps.push("start");
  if (may.check) steps.push("check");
  if (may.release) steps.push("release");
  if (may.assign && state !== "opened") steps.push("transfer");
  if (may.refuse) steps.push("refuse");
  if (may.reopen) steps.push("reopen");
  if (may.level) steps.push("level");
  if (may.opinion_ask) steps.push("opinion_ask");
  return steps;
}

/** What the server is asked for a step: its path, and the body made of what was filled in. */
export function requestOf(step: Step, entry: Entry): { path: string; body: object } {
  const note = entry.note?.trim() ?? "";
  switch (step) {
    case "assign":
    case "transfer":
      return { path: "assign", body: { to: entry.to, note, days: entry.days ?? null } };
    case "check":
      return { path: "check", body: { passed: entry.yes ?? true, note } };
    case "confirm":
      return { path: "reporter", body: { done: entry.yes ?? true, note } };
    case "accept":
      return { path: "reporter", body: { done: true, note } };
    case "contest":
      return { path: "reporter", body: { done: false, note } };
    case "opinion_ask":
      return { path: "opinions", body: { of: entry.to, question: note } };
    case "opinion_give":
      return { path: "opinion", body: { agrees: entry.yes ?? true, words: note } };
    case "level":
      return { path: "level", body: { level: entry.level } };
    default:
      return { path: step, body: { note } };
  }
}

export interface Entry {
  to?: number;
  days?: number | null;
  note?: string;
  yes?: boolean;
  level?: string;
}

/** Steps whose reason the server insists on. */
export function needsWhy(step: Step, yes: boolean): boolean {
  if (step === "check") return !yes;
  return step === "refuse" || step === "reopen" || step === "opinion_ask" || step === "contest";
}
