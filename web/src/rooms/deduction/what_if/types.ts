import type { components } from "@/app/api";
import type { Colour } from "@/app/types";

type Schemas = components["schemas"];
type With<Shape, Narrowed> = Omit<Shape, keyof Narrowed> & Narrowed;
type Lec = With<Schemas["LecOut"], { colour: Colour }>;

export type DeducedPoint = With<Schemas["DeducedPoint"], { lec: Lec }>;
export type Choice = Schemas["Choice"];
export type Machine = Schemas["MachineOut"];
export type WhatIfChoices = Schemas["WhatIfChoices"];
export type Supposed = Schemas["WhatIfIn"];
export type GuardState = Schemas["GuardIn"];
export type Scored = With<Schemas["ScoredOut"], { lec: Lec }>;
export type Move = "new" | "gone" | "up" | "down" | "same";
export type PointChange = With<
  Schemas["PointChangeOut"],
  { move: Move; before: Scored | null; after: Scored | null }
>;
export type WhatIf = With<
  Schemas["WhatIfOut"],
  { before: DeducedPoint[]; after: DeducedPoint[]; moved: PointChange[] }
>;
export type Check = With<Schemas["CheckOut"], { point: DeducedPoint }>;
export type Stop = With<Schemas["StopOut"], { checks: Check[] }>;
export type Visit = With<Schemas["VisitOut"], { stops: Stop[]; left_out: DeducedPoint[] }>;
