import { useSyncExternalStore } from "react";

export type Route =
  | { page: "home" }
  | { page: "report"; token: string }
  | { page: "sent"; id: string }
  | { page: "follow"; code: string }
  | { page: "privacy" };

const MOVED = "yufang:moved";

/** The page that an address under `/w/` stands for. */
export function routeOf(path: string): Route {
  const [first = "", second = ""] = path
    .replace(/^\/w\/?/, "")
    .split("/")
    .map(plain);
  if (first === "follow" && second) return { page: "follow", code: second };
  if (first === "privacy") return { page: "privacy" };
  if (first === "sent" && second) return { page: "sent", id: second };
  return first && first !== "follow" && first !== "sent"
    ? { page: "report", token: first }
    : { page: "home" };
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What a person scanned or typed, as a token: the address of the code, or the token by itself. */
export function tokenIn(text: string): string | undefined {
  const found = /\/w\/([\w-]{6,})(?:[/?#]|$)/.exec(text.trim())?.[1] ?? /^[\w-]{6,}$/.exec(text.trim())?.[0];
  return found === "follow" || found === "privacy" ? undefined : found;
}

/** What a person typed, as a code to follow a report: case, spaces, dashes and the address around it do no harm. */
export function codeIn(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^.*\/follow\//, "")
    .replace(/[\s-]+/g, "")
    .toUpperCase();
  return /^[0-9A-Z]{12}$/.test(bare) ? bare.replace(/(.{4})(.{4})(.{4})/, "$1-$2-$3") : undefined;
}

export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  window.dispatchEvent(new Event(MOVED));
  window.scrollTo(0, 0);
}

function follow(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  window.addEventListener(MOVED, changed);
  return () => {
    window.removeEventListener("popstate", changed);
    window.removeEventListener(MOVED, changed);
  };
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(follow, () => location.pathname));
}
