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

/** For this browser, all its tabs. */
export const local = new Notes("localStorage");
/** For this tab, reloads included. */
export const session = new Notes("sessionStorage");
