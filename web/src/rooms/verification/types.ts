import type { components } from "@/app/api";
import type { PointRow } from "@/app/types";

type Schemas = components["schemas"];

export type Slot = Omit<Schemas["SlotOut"], "lec"> & { lec: PointRow["lec"] };
export type Round = Omit<Schemas["RoundOut"], "slots"> & { slots: Slot[] };
export type RoundOfDay = Omit<Schemas["RoundOrNone"], "round"> & { round: Round | null };
export type KeptAnswer = Schemas["AnswerOut"];
export type Result = KeptAnswer["result"];
export type OnSite = Schemas["OnSiteIn"];

export type Rates = Schemas["VerifiedRates"];
export type RateRow = Schemas["VerifiedRow"];
export type Share = Schemas["VerifiedShare"];
export type Dimension = Rates["by"];
