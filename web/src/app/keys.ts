import { useEffect, useRef } from "react";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

function isCovered(): boolean {
  return [...document.querySelectorAll(".ant-drawer-open, .ant-modal")].some((layer) =>
    layer.checkVisibility(),
  );
}

/**
 * Single-key shortcuts of a page. They rest while a person types, and while a dialog or drawer lies on top.
 * Enter and space keep their own meaning on a focused button, link or tab.
 */
export function useKeys(bindings: Record<string, () => void>): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || isCovered()) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      const hasOwnEnter = target?.closest("button, a, [role=tab], [role=button], [role=option]");
      if (event.key === "Enter" && hasOwnEnter) return;
      // A key that is held down moves on, and decides nothing a second time.
      if (event.repeat && event.key !== "j" && event.key !== "k") return;
      const action = latest.current[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}
