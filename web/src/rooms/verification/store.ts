import { keeping, type Stored as StoredOf } from "@/offline/keeping";
import type { Item } from "./queue";
import type { RoundOfDay } from "./types";

/** The queue of a round, and the newest list of each enterprise. */
const kept = keeping<Item, RoundOfDay>("yufang.verification", "lists");

export type Stored = StoredOf<Item>;
export const { readItems, addItem, changeItem, dropItem } = kept;
export const readList = kept.readPage;
export const keepList = kept.keepPage;
export const forgetOthersLists = kept.forgetOthersPages;
