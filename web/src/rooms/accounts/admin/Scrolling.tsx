import type { ReactNode } from "react";

interface Props {
  label: string;
  className: string;
  children: ReactNode;
}

/** A part of a page that scrolls by itself, reached by keyboard too. */
export function Scrolling({ label, className, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
