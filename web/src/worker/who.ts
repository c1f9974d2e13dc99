import type { Who } from "./draft";

const KEY = "yufang.worker.who";

/** How this phone's owner reported last; anonymously where nothing is known. */
export function knownWho(): Who {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Who>;
    return { named: kept.named === true, name: String(kept.name ?? ""), phone: String(kept.phone ?? "") };
  } catch {
    return { named: false, name: "", phone: "" };
  }
}

export function keepWho(who: Who): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(who));
  } catch {
    // Storing forbidden: it is asked again next time.
  }
}
