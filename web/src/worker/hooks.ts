import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLanguage, useWords } from "@/app/i18n";
import { maybeLater, Problem } from "@/offline/problem";
import { getPlace, getStory, suggest } from "./api";
import { type Draft, emptyDraft, isEmpty } from "./draft";
import { outbox } from "./outbox";
import type { KnownPlace } from "./store";
import { stretch, when } from "./time";
import type { Place, Story, Suggestion } from "./types";
import { words } from "./words";

export function useT() {
  return useWords(words);
}

/** The present minute, so that what counts down does. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useTimes() {
  const { language } = useLanguage();
  const t = useT();
  const now = useNow();
  return {
    now,
    at: (iso: string | number) => when(iso, language, now),
    long: (ms: number) => {
      const { unit, n } = stretch(ms);
      return t(unit, { n });
    },
  };
}

/** An address for bytes that the page holds. */
export function useObjectUrl(bytes: ArrayBuffer | Blob | undefined, type = "image/jpeg"): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!bytes) return setUrl(undefined);
    const made = URL.createObjectURL(bytes instanceof Blob ? bytes : new Blob([bytes], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url;
}

export interface PlaceState {
  known?: KnownPlace;
  /** The network gave it just now; else it is as of `known.seenAt`. */
  fresh: boolean;
  problem?: Problem;
  loading: boolean;
}

async function planOf(place: Place, before?: KnownPlace): Promise<KnownPlace["plan"]> {
  if (!place.plan) return undefined;
  if (before?.plan && before.place.plan?.image === place.plan.image) return before.plan;
  try {
    const answer = await fetch(place.plan.image, { credentials: "omit" });
    if (!answer.ok) return undefined;
    return { bytes: await answer.arrayBuffer(), type: answer.headers.get("Content-Type") ?? "image/png" };
  } catch {
    return undefined;
  }
}

/** A place: what this phone remembers of it at once, and the network's word as soon as it comes. */
export function usePlace(token: string): PlaceState & { reload: () => void } {
  const [state, setState] = useState<PlaceState>({ fresh: false, loading: true });
  const load = useCallback(async () => {
    await outbox.start();
    const before = (await outbox.store.places()).find((one) => one.token === token);
    setState({ known: before, fresh: false, loading: true });
    try {
      const place = await getPlace(token, false);
      const now = Date.now();
      const known = { token, place, plan: before?.plan, seenAt: now, openedAt: now };
      setState({ known, fresh: true, loading: false });
      const whole = { ...known, plan: await planOf(place, before) };
      await outbox.store.putPlace(whole).catch(() => undefined);
      setState({ known: whole, fresh: true, loading: false });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "unreachable", "", "");
      setState({ known: maybeLater(problem) ? before : undefined, fresh: false, problem, loading: false });
    }
  }, [token]);
  useEffect(() => {
    void load();
    window.addEventListener("online", load);
    return () => window.removeEventListener("online", load);
  }, [load]);
  return { ...state, reload: () => void load() };
}

/** Who is signed in on this phone; asked only once a person chose to give a name. */
export function useSignedIn(token: string, named: boolean): string | null {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    if (!named) return setName(null);
    let gone = false;
    getPlace(token, true).then(
      (place) => !gone && setName(place.signed_in_as),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [token, named]);
  return name;
}

const SAVE_AFTER_MS = 350;

/** The draft of a place, kept in the store a moment after each change and when the page is left. */
export function useDraft(token: string) {
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(token));
  const [found, setFound] = useState(false);
  const [ready, setReady] = useState(false);
  const latest = useRef(draft);
  const unsaved = useRef(false);
  latest.current = draft;

  const save = useCallback(async () => {
    if (!unsaved.current) return;
    unsaved.current = false;
    const now = latest.current;
    await (isEmpty(now) ? outbox.store.dropDraft(now.token) : outbox.store.putDraft(now)).catch(
      () => undefined,
    );
  }, []);

  useEffect(() => {
    let gone = false;
    void outbox.start().then(async () => {
      const kept = await outbox.store.draft(token).catch(() => undefined);
      if (gone) return;
      if (kept && !unsaved.current) {
        setDraft(kept);
        setFound(true);
      }
      setReady(true);
    });
    const leave = () => void save();
    document.addEventListener("visibilitychange", leave);
    window.addEventListener("pagehide", leave);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", leave);
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [token, save]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the draft starts the wait anew
  useEffect(() => {
    const timer = setTimeout(() => void save(), SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [draft, save]);

  const change = useCallback((part: Partial<Draft> | ((before: Draft) => Partial<Draft>)) => {
    unsaved.current = true;
    setDraft((before) => ({ ...before, ...(typeof part === "function" ? part(before) : part) }));
  }, []);

  const drop = useCallback(async () => {
    unsaved.current = false;
    setFound(false);
    setDraft(emptyDraft(token));
    await outbox.store.dropDraft(token).catch(() => undefined);
  }, [token]);

  return { draft, change, drop, found, ready, setFound };
}

const THINK_MS = 400;
const NOTHING: Suggestion = { kinds: [], similar: [] };

/** What the server would say to the words, once a person stops typing; nothing without a network. */
export function useSuggestion(token: string, text: string, online: boolean): Suggestion {
  const [suggestion, setSuggestion] = useState(NOTHING);
  const said = text.trim();
  useEffect(() => {
    if (!online || said.length < 2) return setSuggestion(NOTHING);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      suggest(token, said, stop.signal).then(setSuggestion, () => undefined);
    }, THINK_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [token, said, online]);
  return suggestion;
}

export interface StoryState {
  story?: Story;
  seenAt: number;
  fresh: boolean;
  problem?: Problem;
  loading: boolean;
}

const ASK_EVERY_MS = 20_000;

/** How a report stands: the last that this phone heard, and the network's word; asked again while the page is open. */
export function useStory(code: string, keep: boolean) {
  const [state, setState] = useState<StoryState>({ seenAt: 0, fresh: false, loading: true });
  const hear = useCallback(
    async (story: Story) => {
      const seenAt = Date.now();
      setState({ story, seenAt, fresh: true, loading: false });
      const before = (await outbox.store.stories()).find((one) => one.code === code);
      await outbox.store
        .putStory({ code, story, seenAt, added: before?.added ?? keep })
        .catch(() => undefined);
    },
    [code, keep],
  );
  const load = useCallback(async () => {
    await outbox.start();
    const before = (await outbox.store.stories()).find((one) => one.code === code);
    if (before) {
      setState((now) =>
        now.fresh ? now : { story: before.story, seenAt: before.seenAt, fresh: false, loading: true },
      );
    }
    try {
      await hear(await getStory(code));
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "unreachable", "", "");
      setState((now) => ({ ...now, fresh: false, problem, loading: false }));
    }
  }, [code, hear]);
  useEffect(() => {
    void load();
    const ask = () => document.visibilityState === "visible" && void load();
    const timer = setInterval(ask, ASK_EVERY_MS);
    window.addEventListener("online", ask);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", ask);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [load]);
  return useMemo(() => ({ ...state, load, hear }), [state, load, hear]);
}
