import { QueryClient } from "@tanstack/react-query";
import type { components } from "./api";

type Problem = components["schemas"]["Problem"];

/** What the server says is wrong, in both languages, with the way out. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly messageZh: string,
    readonly messageEn: string,
    /** The field of what was sent that it is about; empty where it is about none. */
    readonly field = "",
  ) {
    super(messageEn);
  }
}

const UNREACHABLE = [
  "连不上服务器。请检查网络后重试。",
  "The server cannot be reached. Check the network and try again.",
] as const;
const UNREADABLE = [
  "服务器出错（{s}）。请稍后重试。",
  "The server failed ({s}). Try again in a moment.",
] as const;

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function toError(response: Response): Promise<ApiError> {
  const status = response.status;
  try {
    const body = (await response.json()) as Partial<Problem>;
    if (body.message_zh && body.message_en) {
      return new ApiError(status, body.code ?? "error", body.message_zh, body.message_en, body.field ?? "");
    }
  } catch {
    // Not JSON: a proxy or a crash answered; fall through to the general message.
  }
  const [zh, en] = UNREADABLE;
  return new ApiError(status, "error", zh.replace("{s}", `${status}`), en.replace("{s}", `${status}`));
}

async function call<T>(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const isForm = body instanceof FormData; // the browser names its type and boundary itself
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      signal,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...(method !== "GET"
          ? {
              ...(isForm ? {} : { "Content-Type": "application/json" }),
              "X-CSRFToken": cookie("__Host-csrftoken") || cookie("csrftoken"),
            }
          : {}),
      },
      body: method === "GET" ? undefined : isForm ? body : JSON.stringify(body ?? {}),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", UNREACHABLE[0], UNREACHABLE[1]);
  }
  if (!response.ok) throw await toError(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>("GET", path, undefined, signal);
}

export function post<T>(path: string, body?: unknown): Promise<T> {
  return call<T>("POST", path, body);
}

export function put<T>(path: string, body?: unknown): Promise<T> {
  return call<T>("PUT", path, body);
}

export function del(path: string): Promise<void> {
  return call<void>("DELETE", path);
}

/** A form with a file in it. */
export function upload<T>(path: string, form: FormData): Promise<T> {
  return call<T>("POST", path, form);
}

/** `?a=1&b=2` from what is set; empty values are left out. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(values).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return text ? `?${text}` : "";
}

/** Only what may pass by itself is tried again: no connection, and 5xx. */
export function worthRetrying(failures: number, error: unknown): boolean {
  return failures < 1 && error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 15_000, retry: worthRetrying, refetchOnWindowFocus: false } },
});
