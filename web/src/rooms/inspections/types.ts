import type { components } from "@/app/api";

type Schemas = components["schemas"];

export type PlanRow = Schemas["InspectionPlanRow"];
export type PlanPage = Schemas["InspectionPlanPage"];
export type Plan = Schemas["InspectionPlan"];
export type Stop = Schemas["InspectionStop"];
export type PlanItem = Schemas["InspectionItem"];
export type KeptAnswer = Schemas["InspectionAnswer"];
export type Result = KeptAnswer["result"];
export type Source = PlanItem["sources"][number];
export type Papers = Schemas["PapersOut"];
export type DuePaper = Schemas["DuePaperOut"];
export type PaperIn = Schemas["PaperIn"];
export type WeekChoice = Schemas["VisitChoiceOfWeek"];
export type Choice = Schemas["VisitChoice"];
export type Chosen = Schemas["ChosenEnterprise"];
export type OrderPage = Schemas["OrderPage"];
export type OrderRow = Schemas["OrderRow"];
export type Order = Schemas["OrderDetail"];
export type Orderable = Schemas["OrderableHazard"];
export type Rates = Schemas["InspectionRates"];
export type Rate = Schemas["InspectionRate"];
