/**
 * What must outlast a closed page, in IndexedDB: a queue of what waits to be sent, and the newest of each page that was
 * opened here. Where a browser forbids it (private windows of some), it lasts as long as the page does.
 */
const ITEMS = "items";

export interface Stored<Item> {
  key: IDBValidKey;
  item: Item;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The queue and the pages (`pages`: the name of their store) in the database `name`; nothing is opened before use. */
export function keeping<Item, Page>(name: string, pages: string) {
  let opening: Promise<IDBDatabase | null> | undefined;
  let passing = 0; // keys where nothing can be stored

  function database(): Promise<IDBDatabase | null> {
    opening ??= new Promise((resolve) => {
      let request: IDBOpenDBRequest;
      try {
        request = indexedDB.open(name, 1);
      } catch {
        resolve(null);
        return;
      }
      request.onupgradeneeded = () => {
        request.result.createObjectStore(ITEMS, { autoIncrement: true });
        request.result.createObjectStore(pages);
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    });
    return opening;
  }

  async function inStore<T>(
    store: string,
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T | undefined> {
    const db = await database();
    return db ? done(work(db.transaction(store, mode).objectStore(store))) : undefined;
  }

  return {
    /** All items, oldest first. */
    async readItems(): Promise<Stored<Item>[]> {
      const db = await database();
      if (!db) return [];
      const store = db.transaction(ITEMS).objectStore(ITEMS);
      const [keys, items] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
      return keys.map((key, index) => ({ key, item: items[index] as Item }));
    },
    async addItem(item: Item): Promise<Stored<Item>> {
      const key = await inStore(ITEMS, "readwrite", (store) => store.add(item));
      passing -= 1;
      return { key: key ?? passing, item };
    },
    async changeItem({ key, item }: Stored<Item>): Promise<void> {
      await inStore(ITEMS, "readwrite", (store) => store.put(item, key));
    },
    async dropItem(key: IDBValidKey): Promise<void> {
      await inStore(ITEMS, "readwrite", (store) => store.delete(key));
    },
    /** The page as it was last seen by this person, for when there is no network. */
    async readPage(by: string, id: string): Promise<Page | undefined> {
      return inStore<Page | undefined>(pages, "readonly", (store) => store.get(`${by}/${id}`));
    },
    async keepPage(by: string, id: string, page: Page): Promise<void> {
      await inStore(pages, "readwrite", (store) => store.put(page, `${by}/${id}`));
    },
    /** Pages of other people don't stay on a device that changed hands. Their unsent answers do. */
    async forgetOthersPages(by: string): Promise<void> {
      const keys = (await inStore(pages, "readonly", (store) => store.getAllKeys())) ?? [];
      for (const key of keys) {
        if (!String(key).startsWith(`${by}/`))
          await inStore(pages, "readwrite", (store) => store.delete(key));
      }
    },
  };
}
