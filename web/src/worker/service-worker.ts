import { SYNC_TAG, sendInBackground } from "./background";

// Put in by the build: the app's files, and a name that changes with them.
declare const __SHELL__: string[];
declare const __VERSION__: string;

// The types of a service worker and those of a page can't be loaded together.
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Syncing extends Lasting {
  readonly tag: string;
}
interface Events {
  install: Lasting;
  activate: Lasting;
  fetch: Fetching;
  sync: Syncing;
  message: MessageEvent;
}
interface Scope {
  addEventListener<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
}
const scope = self as unknown as Scope;

const OURS = "yufang-w-";
const CACHE = `${OURS}${__VERSION__}`;
const PAGE = "/w/";

/** The page and its files, all of one version: a page that names other files is not kept. */
async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(__SHELL__);
  const page = await fetch(PAGE, { cache: "reload", credentials: "omit" });
  const scripts = [...(await page.clone().text()).matchAll(/<script[^>]+src="([^"]+)"/g)].map(
    (found) => found[1],
  );
  if (!page.ok || scripts.length === 0 || scripts.some((one) => !__SHELL__.includes(one ?? ""))) {
    throw new Error("the page is of another version");
  }
  await cache.put(PAGE, page);
}

async function forgetOld(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(OURS) && name !== CACHE) await caches.delete(name);
  }
  await scope.clients.claim();
}

async function fromShell(request: Request, key: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(key)) ?? fetch(request);
}

scope.addEventListener("install", (event) => event.waitUntil(keepShell()));
scope.addEventListener("activate", (event) => event.waitUntil(forgetOld()));
scope.addEventListener("message", (event) => {
  if (event.data === "take over") void scope.skipWaiting();
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.location.origin) return;
  // Whatever stands behind /w/ is the same page; the API is the app's own to ask and to remember.
  if (request.mode === "navigate") event.respondWith(fromShell(request, PAGE));
  else if (__SHELL__.includes(url.pathname)) event.respondWith(fromShell(request, url.pathname));
});
scope.addEventListener("sync", (event) => {
  if (event.tag !== SYNC_TAG) return;
  // A rejection tells the browser to call again later.
  event.waitUntil(
    sendInBackground().then((all) => {
      if (!all) throw new Error("some still wait");
    }),
  );
});
