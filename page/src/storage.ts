// Storage for text. Where the browser refuses storage, it lasts as long as the page.

type Kind = "localStorage" | "sessionStorage";

class Notes {
  private readonly instead = new Map<string, string>();

  constructor(private readonly kind: Kind) {}

  getItem(name: string): string | null {
    try {
      return window[this.kind].getItem(name);
    } catch {
      return this.instead.get(name) ?? null;
    }
  }

  setItem(name: string, text: string): void {
    try {
      window[this.kind].setItem(name, text);
    } catch {
      this.instead.set(name, text);
    }
  }

  removeItem(name: string): void {
    try {
      window[this.kind].removeItem(name);
    } catch {
      this.instead.delete(name);
    }
  }
}

/** What belongs to a user, and is no one else's. */
const PERSONAL: readonly [Kind, string][] = [
  ["localStorage", "atelier.checkouts"],
  ["localStorage", "atelier.jobs"],
  ["localStorage", "atelier.sent"],
  ["localStorage", "atelier.sign-in"],
  ["sessionStorage", "atelier.continues"],
  ["sessionStorage", "atelier.buying"],
  ["sessionStorage", "atelier.pending"],
  ["sessionStorage", "atelier.tab"],
  ["sessionStorage", "atelier.uploading"],
  ["sessionStorage", "atelier.wants"],
];

/** For this browser, all its tabs. */
export const local = new Notes("localStorage");
/** For this tab, reloads included. */
export const session = new Notes("sessionStorage");

/** Removes what belongs to a user, for the next one. */
export function forgetPersonal(): void {
  for (const [kind, name] of PERSONAL) (kind === "localStorage" ? local : session).removeItem(name);
}
