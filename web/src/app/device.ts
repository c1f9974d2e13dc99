import { useSyncExternalStore } from "react";

const PHONE = window.matchMedia("(max-width: 767px)");

function follow(changed: () => void): () => void {
  PHONE.addEventListener("change", changed);
  return () => PHONE.removeEventListener("change", changed);
}

/** Whether the window is as narrow as a phone's. */
export function usePhone(): boolean {
  return useSyncExternalStore(follow, () => PHONE.matches);
}
