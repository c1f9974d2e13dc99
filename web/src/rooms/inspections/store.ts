import type { Item } from "./queue";
import type { Plan } from "./types";

/**
 * What must outlast a closed page: the queue and the plans that were opened here, in IndexedDB.
 * Where a browser forbids it (private windows of some), it lasts as long as the page does.
 */
const NAME = "yufang.inspections";
const ITEMS = "items";
const PLANS = "plans";

let opening: Promise<IDBDatabase | null> | undefined;

function database(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    let request: IDBOpenDBRequest;
    try {
      request = indexedDB.open(NAME, 1);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ITEMS, { autoIncrement: true });
      request.result.createObjectStore(PLANS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opening;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  const db = await database();
  return db ? done(work(db.transaction(name, mode).objectStore(name))) : undefined;
}

export interface Stored {
  key: IDBValidKey;
  item: Item;
}
let passing = 0; // keys where nothing can be stored

/** All items, oldest first. */
export async function readItems(): Promise<Stored[]> {
  const db = await database();
  if (!db) return [];
  const store = db.transaction(ITEMS).objectStore(ITEMS);
  const [keys, items] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
  return keys.map((key, index) => ({ key, item: items[index] as Item }));
}

export async function addItem(item: Item): Promise<Stored> {
  const key = await inStore(ITEMS, "readwrite", (store) => store.add(item));
  passing -= 1;
  return { key: key ?? passing, item };
}

export async function changeItem({ key, item }: Stored): Promise<void> {
  await inStore(ITEMS, "readwrite", (store) => store.put(item, key));
}

export async function dropItem(key: IDBValidKey): Promise<void> {
  await inStore(ITEMS, "readwrite", (store) => store.delete(key));
}

/** The plan as it was last seen by this person, for when there is no network. */
export async function readPlan(by: string, planId: string): Promise<Plan | undefined> {
  return inStore<Plan | undefined>(PLANS, "readonly", (store) => store.get(`${by}/${planId}`));
}

export async function keepPlan(by: string, plan: Plan): Promise<void> {
  await inStore(PLANS, "readwrite", (store) => store.put(plan, `${by}/${plan.id}`));
}

/** Plans of other people don't stay on a device that changed hands. Their unsent answers do. */
export async function forgetOthersPlans(by: string): Promise<void> {
  const keys = (await inStore(PLANS, "readonly", (store) => store.getAllKeys())) ?? [];
  for (const key of keys) {
    if (!String(key).startsWith(`${by}/`)) await inStore(PLANS, "readwrite", (store) => store.delete(key));
  }
}
