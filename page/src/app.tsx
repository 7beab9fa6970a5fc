import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isSignedOut } from "./client";
import { focusHeading, scrollToPlace } from "./focus";
import { choose, language, LANGUAGES, t, type Language } from "./i18n";
import { credits } from "./state/credits";
import { jobOf } from "./state/jobs";
import { isAsArrived, links, route, type Route } from "./state/route";
import { Announcer, unseen } from "./ui/Announcer";
import { Composer } from "./ui/Composer";
import { Recent } from "./ui/Recent";
import { Stage } from "./ui/Stage";

type Page = () => JSX.Element;

/** A page that could not be loaded: the connection is lost, or there is a newer version of it. */
function NotLoaded() {
  const say = t().problems;
  return (
    <div class="note bad spread" role="alert">
      <p>{say.notLoaded}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        {say.reload}
      </button>
    </div>
  );
}

const loaded = new Map<() => Promise<Page>, Page>();

/** A page that is loaded when it is first opened. */
function Later({ load }: { load: () => Promise<Page> }) {
  const Page = loaded.get(load);
  const [, setLoaded] = useState<Page>();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    if (loaded.has(load)) return;
    void load().then(
      (page) => {
        loaded.set(load, page);
        setLoaded(() => page);
      },
      () => setFailed(true),
    );
  }, [load]);
  // While a page loads, the window is scrolled to its top.
  useEffect(() => {
    if (Page === undefined) return;
    scrollToPlace();
    if (document.activeElement?.id === "main") focusHeading(document.activeElement);
  }, [Page]);
  if (hasFailed) return <NotLoaded />;
  return Page === undefined ? null : <Page />;
}

const loadHistory = () => import("./ui/History").then((module) => module.History);
const loadCreditsPage = () => import("./ui/CreditsPage").then((module) => module.CreditsPage);

function Bar() {
  const say = t();
  const { page } = route.value;
  const here = (name: typeof page) => (page === name ? ("page" as const) : undefined);
  const have = credits.value;
  const other: Language = language.value === "en" ? "zh" : "en";
  return (
    <header class="bar">
      <a class="wordmark" href={links.dress}>
        Atelier
      </a>
      <nav aria-label={say.nav.label}>
        <a href={links.dress} aria-current={here("dress")}>
          {say.nav.dress}
        </a>
        <a href={links.history} aria-current={here("history")}>
          {say.nav.history}
        </a>
        <a href={links.credits} aria-current={here("credits")}>
          {say.nav.credits}
        </a>
      </nav>
      <div class="end">
        {have !== null && (
          <a class="balance numbers" href={links.credits}>
            {say.credits(have.available)}
            {have.held > 0 && <span class="muted">{say.held(have.held)}</span>}
          </a>
        )}
        <button type="button" class="tongue" lang={other} onClick={() => void choose(other)}>
          {LANGUAGES[other]}
        </button>
      </div>
    </header>
  );
}

function Dress() {
  const at = route.value.page === "dress" ? route.value.job : null;
  const stage = <Stage key="stage" id={at} />;
  const composer = <Composer key="composer" isFirst={at === null} />;
  return (
    <div class="dressing">
      {at === null ? [composer, stage] : [stage, composer]}
      <Recent />
    </div>
  );
}

function SignedOut() {
  const say = t().problems;
  return (
    <div class="note bad" role="alert">
      <strong>{say.signedOut}</strong> {say.signedOutHow}
    </div>
  );
}

/** The tab's title: the page, or what ended while the tab was hidden. */
function titleOf(at: Route): string {
  const say = t();
  if (unseen.value !== null) return unseen.value.status === "completed" ? say.result.title : say.failure.title;
  if (at.page !== "dress") return at.page === "history" ? say.history.title : say.money.title;
  const job = at.job === null ? undefined : jobOf(at.job);
  return job === undefined ? say.title : say.status[job.status];
}

export function App() {
  const at = route.value;
  const { page } = at;
  const job = at.page === "dress" ? at.job : null;
  const main = useRef<HTMLElement>(null);
  const before = useRef<typeof page | null>(null);
  useSignalEffect(() => void (document.title = `${titleOf(route.value)} · Atelier`));
  // Before anything on the page takes the focus.
  useLayoutEffect(() => {
    if (before.current !== null && isAsArrived()) scrollToPlace();
  }, [page, job]);
  useEffect(() => {
    const last = before.current;
    before.current = page;
    // Another page is read from its heading on, unless somebody has entered a box of it already. A
    // link to a picture leaves the focus where it is.
    if (last === null || (page === last && job !== null) || !isAsArrived()) return;
    main.current?.focus({ preventScroll: true });
    focusHeading(main.current);
  }, [page, job]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t().skip}
      </a>
      <Bar />
      <main id="main" tabIndex={-1} ref={main}>
        {isSignedOut.value && <SignedOut />}
        {page === "dress" && <Dress />}
        {page === "history" && <Later load={loadHistory} />}
        {page === "credits" && <Later load={loadCreditsPage} />}
      </main>
      <Announcer />
    </div>
  );
}
