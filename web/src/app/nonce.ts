/** The page's nonce: only style elements that carry it count (Content-Security-Policy). "" where none was given. */
export const NONCE = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

/**
 * Gives the nonce to every style element that a script of ours makes. Ant Design takes it from its ConfigProvider, but
 * what locks the scrolling under a dialog and what draws the graph make style elements without asking anybody.
 * Markup that somebody slips into the page is parsed, not made this way, and gets none.
 */
export function giveNonce(): void {
  const make = document.createElement.bind(document);
  document.createElement = ((tag: string, options?: ElementCreationOptions) => {
    const made = make(tag, options);
    if (tag.toLowerCase() === "style") made.nonce = NONCE;
    return made;
  }) as typeof document.createElement;
}
