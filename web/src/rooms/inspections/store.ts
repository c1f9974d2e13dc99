import { keeping, type Stored as StoredOf } from "@/offline/keeping";
import type { Item } from "./queue";
import type { Plan } from "./types";

/** The queue of a walk, and the plans that were opened here. */
const kept = keeping<Item, Plan>("yufang.inspections", "plans");

export type Stored = StoredOf<Item>;
export const { readItems, addItem, changeItem, dropItem } = kept;
export const readPlan = kept.readPage;
export const keepPlan = (by: string, plan: Plan) => kept.keepPage(by, String(plan.id), plan);
export const forgetOthersPlans = kept.forgetOthersPages;
