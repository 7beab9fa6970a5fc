// Where the focus goes, and where a page is scrolled to, when something else is shown.

export const isFocusLost = (): boolean => document.activeElement === null || document.activeElement === document.body;

/** Puts the focus on a heading: a screen reader reads it, and Tab goes on from there. */
export function focusHeading(within: ParentNode | null): void {
  const heading = within?.querySelector("h1");
  if (heading == null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

const SETTLED_MS = 100;
let settling = 0;

// Each step of the browser's history knows how far down it was.
window.addEventListener(
  "scroll",
  () => {
    clearTimeout(settling);
    settling = window.setTimeout(() => history.replaceState({ y: window.scrollY }, ""), SETTLED_MS);
  },
  { passive: true },
);

/** Scrolls to where one was, if one comes back, and otherwise to the top. */
export function scrollToPlace(): void {
  const state: unknown = history.state;
  const isBack = typeof state === "object" && state !== null && "y" in state && typeof state.y === "number";
  window.scrollTo(0, isBack ? (state.y as number) : 0);
}
