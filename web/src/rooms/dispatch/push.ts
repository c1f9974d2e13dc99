import { words } from "./words";

/** Why this browser can't be woken. */
export class PushRefused extends Error {
  constructor(readonly word: "pushDenied" | "pushFailed") {
    super(words[word][1]);
  }
}

export function canBePushed(): boolean {
  return window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window;
}

/** base64url to the bytes that `subscribe` wants. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n += 1) bytes[n] = text.charCodeAt(n);
  return bytes;
}

/** Asks for the person's leave, and for an address at the browser's push service. */
export async function subscribe(key: string) {
  if ((await Notification.requestPermission()) !== "granted") throw new PushRefused("pushDenied");
  try {
    const worker = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}push.js`);
    const made = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: keyBytes(key),
    });
    const { endpoint, keys } = made.toJSON();
    return { endpoint, keys, name: browserName() };
  } catch {
    throw new PushRefused("pushFailed");
  }
}

function browserName(): string {
  const known = ["Edg", "Firefox", "Chrome", "Safari"].find((one) => navigator.userAgent.includes(one));
  return known === "Edg" ? "Edge" : (known ?? "");
}
