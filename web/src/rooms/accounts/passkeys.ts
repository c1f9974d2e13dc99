import { post } from "@/app/client";

interface Options<T> {
  publicKey: T;
}

/** Whether this browser can do it: a secure address, and WebAuthn with its JSON helpers. */
export function passkeysWork(): boolean {
  return (
    typeof PublicKeyCredential !== "undefined" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function"
  );
}

/** Makes a passkey on this device; null when the person or the device refused. */
export async function makePasskey(name: string): Promise<{ codes: string[] } | null> {
  const { publicKey } = await post<Options<PublicKeyCredentialCreationOptionsJSON>>("/auth/passkeys/options");
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  const made = await refusable(navigator.credentials.create({ publicKey: options }));
  return made && post<{ codes: string[] }>("/auth/passkeys", { name, credential: made.toJSON() });
}

/** Asks the device for a passkey and sends it to `path`; null when the person or the device refused. */
export async function showPasskey<T>(path: string): Promise<T | null> {
  const before = path.endsWith("/passkey") ? `${path}-options` : path;
  const { publicKey } = await post<Options<PublicKeyCredentialRequestOptionsJSON>>(before);
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
  const shown = await refusable(navigator.credentials.get({ publicKey: options }));
  return shown && post<T>(path, { credential: shown.toJSON() });
}

async function refusable(asked: Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await asked) as PublicKeyCredential | null;
  } catch (error) {
    // The device says no more than this, so that a page can't learn which passkeys there are.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
