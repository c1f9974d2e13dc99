/** What answers given without a network have in common: those of a verification round and those of an inspection. */

/** Why the server refused something for good, in both languages. */
export interface Refusal {
  zh: string;
  en: string;
}

export interface Waiting {
  /** Made on this device: the id under which the server keeps it once. */
  id: string;
  /** The person whose act it is: another one who signs in on this device does not send it. */
  by: string;
  kind: "answer" | "photo" | "undo";
  /** The answer that a photo or an undo belongs to. */
  answer?: string;
  refusal?: Refusal;
}

/** The answer that an item belongs to; an answer belongs to itself. */
export function answerOf(item: Waiting): string {
  return item.kind === "answer" ? item.id : (item.answer ?? "");
}

/** What may be sent next: the oldest of this person that is not held up by a refused answer. */
export function nextToSend<T extends Waiting>(items: T[], by: string): T | undefined {
  const own = items.filter((item) => item.by === by);
  const stuck = new Set(own.filter((item) => item.refusal && item.kind === "answer").map(answerOf));
  return own.find((item) => !item.refusal && !stuck.has(answerOf(item)));
}

/** How many wait, which were refused and need a person, and how many are another person's. */
export function standing<T extends Waiting>(
  items: T[],
  by: string,
): { waiting: number; refused: T[]; others: number } {
  const own = items.filter((item) => item.by === by);
  const refused = own.filter((item) => item.refusal);
  return { waiting: own.length - refused.length, refused, others: items.length - own.length };
}

/** Everything that belongs to an answer: what goes when it is taken back before it was sent, or given up. */
export function belonging<T extends Waiting>(items: T[], answer: string): T[] {
  return items.filter((item) => answerOf(item) === answer);
}

/** The next place without an answer after `index`, from the start again at the end; null when all are answered. */
export function nextOpen(places: { result: unknown }[], index: number): number | null {
  for (let step = 1; step <= places.length; step += 1) {
    const at = (index + step) % places.length;
    if (places[at]?.result === null) return at;
  }
  return null;
}
