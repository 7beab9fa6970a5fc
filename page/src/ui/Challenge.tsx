import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Challenge as Of } from "../api";
import { language } from "../i18n";
import { words } from "../i18n/account";

/** The parts of Cloudflare's script that are used here. */
interface Turnstile {
  render(into: HTMLElement, options: Record<string, unknown>): string;
  reset(widget: string): void;
  remove(widget: string): void;
}

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
let loading: Promise<Turnstile> | undefined;

function load(): Promise<Turnstile> {
  loading ??= new Promise<Turnstile>((done, fail) => {
    const script = document.createElement("script");
    const failed = () => {
      loading = undefined;
      script.remove();
      fail(new Error("the challenge cannot be loaded"));
    };
    script.src = SCRIPT;
    script.onerror = failed;
    script.onload = () => {
      const { turnstile } = window as { turnstile?: Turnstile };
      if (turnstile === undefined) failed();
      else done(turnstile);
    };
    document.head.append(script);
  });
  return loading;
}

/** The token of a challenge that was passed, for one request. */
export const challengeToken = signal<string | null>(null);
/** Whether the widget cannot be shown. */
export const isChallengeMissing = signal(false);
let reset = () => undefined as void;

/** Takes the token, and begins another challenge. */
export function takeChallenge(): string | null {
  const token = challengeToken.peek();
  challengeToken.value = null;
  reset();
  return token;
}

/** Cloudflare's widget, which is loaded with this alone. */
export function Challenge({ of }: { of: Of }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let widget: string | undefined;
    let end = () => undefined as void;
    let isOver = false;
    isChallengeMissing.value = false;
    load().then(
      (turnstile) => {
        if (isOver || place.current === null) return;
        widget = turnstile.render(place.current, {
          sitekey: of.site_key,
          action: of.action,
          language: language.peek() === "zh" ? "zh-cn" : "en",
          callback: (token: string) => (challengeToken.value = token),
          "expired-callback": () => (challengeToken.value = null),
          "error-callback": () => (isChallengeMissing.value = true),
        });
        const shown = widget;
        reset = () => turnstile.reset(shown);
        end = () => turnstile.remove(shown);
      },
      () => (isChallengeMissing.value = true),
    );
    return () => {
      isOver = true;
      reset = () => undefined;
      challengeToken.value = null;
      end();
    };
  }, [of.site_key]);
  const say = words().signIn;
  return (
    <>
      <div ref={place} role="group" aria-label={say.challenge} />
      {isChallengeMissing.value && (
        <p class="note bad small" role="alert">
          <strong>{say.challengeMissing}</strong> {say.challengeMissingHow}
        </p>
      )}
    </>
  );
}
