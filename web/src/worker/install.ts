import { useSyncExternalStore } from "react";

interface Prompt extends Event {
  prompt(): Promise<void>;
}
let prompt: Prompt | null = null;
const listeners = new Set<() => void>();

function now(next: Prompt | null): void {
  prompt = next;
  for (const listener of listeners) listener();
}
globalThis.addEventListener?.("beforeinstallprompt", (event) => {
  event.preventDefault();
  now(event as Prompt);
});
globalThis.addEventListener?.("appinstalled", () => now(null));

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How the app gets onto the home screen: by a question that the browser offers, or by hand on Apple's phones. */
export function useInstall(): { ask?: () => void; apple: boolean } {
  const offered = useSyncExternalStore(subscribe, () => prompt);
  const standalone = matchMedia("(display-mode: standalone)").matches || "standalone" in navigator;
  const apple = /iPhone|iPad/.test(navigator.userAgent) && !matchMedia("(display-mode: standalone)").matches;
  return {
    ask: offered && !standalone ? () => void offered.prompt().then(() => now(null)) : undefined,
    apple,
  };
}
