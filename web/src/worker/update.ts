import { useSyncExternalStore } from "react";

const PATH = "/w/sw.js";
const LOOK_EVERY_MS = 60 * 60_000;

let waiting: ServiceWorker | null = null;
const listeners = new Set<() => void>();

function ready(worker: ServiceWorker | null): void {
  waiting = worker;
  for (const listener of listeners) listener();
}

/** Registers the service worker, and notices when a newer one has all its files and waits. */
export async function install(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  // Read before: the first installation takes over too, and needs no reload.
  const had = navigator.serviceWorker.controller !== null;
  let reloading = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!had || reloading) return;
    reloading = true;
    location.reload();
  });
  try {
    const registration = await navigator.serviceWorker.register(PATH, {
      scope: "/w/",
      updateViaCache: "none",
    });
    const look = () => {
      const next = registration.installing;
      next?.addEventListener("statechange", () => {
        if (next.state === "installed" && navigator.serviceWorker.controller) ready(next);
      });
    };
    if (registration.waiting && navigator.serviceWorker.controller) ready(registration.waiting);
    registration.addEventListener("updatefound", look);
    look();
    setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS);
  } catch {
    // No https, or the browser won't: the app works as long as there is a network.
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Call to change to the newer version; undefined while there is none. What was typed is kept when the page is left. */
export function useUpdate(): (() => void) | undefined {
  const worker = useSyncExternalStore(subscribe, () => waiting);
  return worker ? () => worker.postMessage("take over") : undefined;
}
