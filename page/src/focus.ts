// The focus and the scroll position when another page is shown.

export const isFocusLost = (): boolean => document.activeElement === null || document.activeElement === document.body;

/** Focuses a heading: a screen reader reads it, and Tab continues from there. */
export function focusHeading(within: ParentNode | null): void {
  const heading = within?.querySelector("h1");
  if (heading == null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

const SETTLED_MS = 100;
let settling = 0;

// Each entry of the browser's history has its scroll position.
window.addEventListener(
  "scroll",
  () => {
    clearTimeout(settling);
    settling = window.setTimeout(() => history.replaceState({ y: window.scrollY }, ""), SETTLED_MS);
  },
  { passive: true },
);

/** Restores the scroll position when going back, and otherwise scrolls to the top. */
export function scrollToPlace(): void {
  const state: unknown = history.state;
  const isBack = typeof state === "object" && state !== null && "y" in state && typeof state.y === "number";
  window.scrollTo(0, isBack ? (state.y as number) : 0);
}
