import { Problem } from "@/offline/problem";
import { words } from "@/offline/words";
import type { Place, Story, Suggestion, Taken } from "./types";

const SHORT_MS = 12_000;
const FILE_MS = 120_000;

interface Call {
  method?: "GET" | "PUT" | "POST";
  json?: unknown;
  bytes?: ArrayBuffer;
  type?: string;
  /** Anonymous calls carry no cookie, so no session of this phone can be laid beside them. */
  cookies?: boolean;
  within?: number;
  signal?: AbortSignal;
}

async function problemOf(response: Response): Promise<Problem> {
  const status = response.status;
  const waitMs = Number(response.headers.get("Retry-After") ?? 0) * 1000 || 0;
  try {
    const body = (await response.json()) as { code?: string; message_zh?: string; message_en?: string };
    if (body.message_zh && body.message_en) {
      return new Problem(status, body.code ?? "error", body.message_zh, body.message_en, waitMs);
    }
  } catch {
    // Not JSON: something between the phone and the server answered.
  }
  const [zh, en] = words.unreadable;
  return new Problem(
    status,
    "unreadable",
    zh.replace("{s}", `${status}`),
    en.replace("{s}", `${status}`),
    waitMs,
  );
}

async function call<T>(path: string, options: Call = {}): Promise<T> {
  const { method = "GET", json, bytes, type, cookies = false, within = SHORT_MS, signal } = options;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), within);
  const leave = () => stop.abort();
  signal?.addEventListener("abort", leave);
  try {
    const response = await fetch(`/api/report${path}`, {
      method,
      credentials: cookies ? "same-origin" : "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      redirect: "error", // a network that asks to sign in first must not look like an answer
      signal: stop.signal,
      headers: {
        Accept: "application/json",
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...(bytes ? { "Content-Type": type || "application/octet-stream" } : {}),
      },
      body: bytes ?? (json === undefined ? undefined : JSON.stringify(json)),
    });
    if (!response.ok) throw await problemOf(response);
    if (!response.headers.get("Content-Type")?.includes("json")) throw await problemOf(response);
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof Problem || signal?.aborted) throw error;
    throw new Problem(0, "unreachable", ...words.unreachable);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
  }
}

const part = encodeURIComponent;

export const getPlace = (token: string, cookies: boolean, within?: number) =>
  call<Place>(`/places/${part(token)}`, { cookies, within });

export const suggest = (token: string, words: string, signal?: AbortSignal) =>
  call<Suggestion>("/suggest", { method: "POST", json: { token, words }, signal });

export const putReport = (id: string, body: { named: boolean }) =>
  call<Taken>(`/reports/${part(id)}`, { method: "PUT", json: body, cookies: body.named });

export const putFile = (id: string, file: string, bytes: ArrayBuffer, type: string, named: boolean) =>
  call<Taken>(`/reports/${part(id)}/files/${part(file)}`, {
    method: "PUT",
    bytes,
    type,
    cookies: named,
    within: FILE_MS,
  });

export const getStory = (code: string) => call<Story>(`/follow/${part(code)}`);

export const confirm = (code: string, done: boolean, note: string) =>
  call<Story>(`/follow/${part(code)}/confirm`, { method: "POST", json: { done, note } });
