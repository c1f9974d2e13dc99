import { useSyncExternalStore } from "react";

/** What a person wrote and photographed before choosing an answer. */
export interface Draft {
  note: string;
  kind: string;
  paperDate: string;
  photos: { blob: Blob; name: string; url: string }[];
}
export const emptyDraft: Draft = { note: "", kind: "", paperDate: "", photos: [] };

// Beside the components, so that looking at another item or page loses nothing.
let drafts: ReadonlyMap<number, Draft> = new Map();
const listeners = new Set<() => void>();

function set(item: number, draft: Draft): void {
  const before = drafts.get(item);
  for (const photo of before?.photos ?? []) {
    if (!draft.photos.includes(photo)) URL.revokeObjectURL(photo.url);
  }
  drafts = new Map(drafts).set(item, draft);
  for (const listener of listeners) listener();
}

export function useDrafts() {
  const all = useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => drafts,
  );
  return { of: (item: number) => all.get(item) ?? emptyDraft, set };
}
