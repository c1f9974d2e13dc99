/** What the server says is wrong, in both languages, with the way out; status 0 where it could not be asked. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    /** How long the server asks to wait, in ms. */
    readonly waitMs = 0,
  ) {
    super(en);
  }
}

/** May pass by itself: no connection, a slow or busy or failing server, a proxy that asks to sign in to the network. */
export function maybeLater(problem: unknown): boolean {
  if (!(problem instanceof Problem)) return true;
  return (
    problem.status === 0 ||
    [401, 408, 425, 429].includes(problem.status) ||
    problem.status >= 500 ||
    problem.code === "unreadable"
  );
}
