import { putFile, putReport } from "./api";
import { sendDue, type World, wakeAll } from "./sender";
import { openStore } from "./store";

/** Windows and the service worker tell each other on it that a report has moved. */
export const CHANNEL = "yufang.worker";
/** Under this name the browser calls the service worker when the network is back (Background Sync). */
export const SYNC_TAG = "yufang.reports";
const LOCK = "yufang.worker";

/** The world as it is, for a page and for the service worker alike. */
export function worldWith(changed: () => void): World {
  return {
    putReport,
    putFile,
    now: () => Date.now(),
    chance: () => Math.random(),
    // Without locks (no https) two windows may send the same; the server keeps it once.
    alone: (work) =>
      navigator.locks ? (navigator.locks.request(LOCK, work) as ReturnType<typeof work>) : work(),
    changed,
  };
}

/** Called by the service worker, with or without a page open. Says whether all that could be sent was. */
export async function sendInBackground(): Promise<boolean> {
  const store = await openStore();
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : undefined;
  await wakeAll(store);
  const due = await sendDue(
    store,
    worldWith(() => channel?.postMessage("changed")),
  );
  channel?.close();
  return due === undefined;
}
