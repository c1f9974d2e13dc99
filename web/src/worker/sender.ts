import { maybeLater, Problem } from "@/offline/problem";
import { words } from "@/offline/words";
import {
  answered,
  awake,
  failed,
  nextDue,
  nextStep,
  type Piece,
  refusedBy,
  type Step,
  unknownThere,
} from "./queue";
import type { Store } from "./store";
import type { Taken } from "./types";

/** What sending needs from the world: a page has it, the service worker has it, a test makes it up. */
export interface World {
  putReport(id: string, body: { named: boolean }): Promise<Taken>;
  putFile(id: string, file: string, bytes: ArrayBuffer, type: string, named: boolean): Promise<Taken>;
  now(): number;
  chance(): number;
  /** Two windows, or a window and the service worker, send one after the other. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Something in the store has changed. */
  changed(): void;
}

/**
 * Sends what is due until nothing is. Each answer is stored before the next try, so it may be stopped anywhere.
 * Gives the time (ms) at which it should be called again; undefined where nothing waits.
 */
export async function sendDue(store: Store, world: World): Promise<number | undefined> {
  return world.alone(async () => {
    for (;;) {
      const step = nextStep(await store.parcels(), world.now());
      if (!step) break;
      const reached = await take(store, world, step);
      world.changed();
      if (!reached) break;
    }
    return nextDue(await store.parcels());
  });
}

/** Everything that waits is due at once. */
export async function wakeAll(store: Store): Promise<void> {
  for (const parcel of await store.parcels()) if (parcel.notBefore > 0) await store.put(awake(parcel));
}

/** Whether the server was reached: where it wasn't, the next report would fare no better. */
async function take(store: Store, world: World, { parcel, piece }: Step): Promise<boolean> {
  try {
    const taken = piece ? await sendFile(store, world, parcel.id, piece, parcel.body.named) : null;
    const word = taken ?? (await world.putReport(parcel.id, parcel.body));
    let after = answered(parcel, word);
    // A server that took a file and still misses it, or has all and is not done, would be asked for ever.
    const stuck = piece
      ? word.missing.includes(piece.id)
      : parcel.report === "taken" && !after.complete && after.pieces.every((one) => one.state !== "waiting");
    if (stuck) after = failed({ ...after, tries: parcel.tries }, world.now(), world.chance());
    await store.put(after);
    if (after.complete) await store.dropFiles(after);
    return true;
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem(0, "unreachable", "", "");
    if (piece && problem.status === 404) {
      await store.put(failed(unknownThere(parcel), world.now(), world.chance()));
    } else if (maybeLater(problem) || problem.code === "wrong_bytes") {
      await store.put(failed(parcel, world.now(), world.chance(), problem.waitMs));
    } else {
      await store.put(refusedBy(parcel, piece, { zh: problem.zh, en: problem.en }));
    }
    return problem.status !== 0;
  }
}

async function sendFile(
  store: Store,
  world: World,
  id: string,
  piece: Piece,
  named: boolean,
): Promise<Taken> {
  const bytes = await store.file(id, piece.id);
  if (!bytes) throw new Problem(410, "file_gone", ...words.fileGone);
  return world.putFile(id, piece.id, bytes, piece.type, named);
}
