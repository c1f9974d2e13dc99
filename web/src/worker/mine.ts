import type { components } from "@/app/api";
import { Problem } from "@/offline/problem";
import { words } from "@/offline/words";

type Schemas = components["schemas"];
export type Mine = Schemas["MyPrivacy"];
export type Position = Schemas["MyPosition"];
export type Look = Schemas["AccessOut"];

const PATIENCE_MS = 20_000;

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** One's own data belong to the account that is signed in on this phone: unlike a report, this carries the cookie. */
async function ask<T>(path: string, method: "GET" | "POST" | "DELETE" = "GET", body?: unknown): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(`/api${path}`, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: stop.signal,
      headers: {
        Accept: "application/json",
        ...(method === "GET"
          ? {}
          : {
              "Content-Type": "application/json",
              "X-CSRFToken": cookie("__Host-csrftoken") || cookie("csrftoken"),
            }),
      },
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
    });
    const told =
      response.status === 204 ? undefined : await response.json().catch(() => ({}) as Record<string, string>);
    if (response.ok) return told as T;
    const [zh, en] = words.unreadable;
    const status = `${response.status}`;
    throw new Problem(
      response.status,
      told?.code ?? "error",
      told?.message_zh ?? zh.replace("{s}", status),
      told?.message_en ?? en.replace("{s}", status),
      0,
    );
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(0, "unreachable", ...words.unreachable);
  } finally {
    clearTimeout(timer);
  }
}

export const mine = {
  /** Also brings the cookie that a change has to carry. */
  all: async () => {
    await ask("/auth/me");
    return ask<Mine>("/privacy/mine");
  },
  looks: (page: number) => ask<Schemas["Accesses"]>(`/privacy/mine/accesses?page=${page}&size=20`),
  position: () => ask<Position>("/positions/mine"),
  consent: (purpose: string, give: boolean) =>
    give
      ? ask("/positions/mine/consents", "POST", { purpose })
      : ask(`/positions/mine/consents/${purpose}`, "DELETE"),
  pack: () => ask("/privacy/exports", "POST", {}),
  erase: (reason: string) => ask("/privacy/erasures", "POST", { reason }),
};
