import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { isSignedOut } from "./client";
import { choose, language, LANGUAGES, t, type Language } from "./i18n";
import { credits } from "./state/credits";
import { links, route } from "./state/route";
import { Announcer } from "./ui/Announcer";
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

/** A page that is loaded once it is wanted. */
function Later({ load }: { load: () => Promise<Page> }) {
  const [Loaded, setLoaded] = useState<{ Page: Page } | null>(null);
  useEffect(
    () =>
      void load().then(
        (Page) => setLoaded({ Page }),
        () => setLoaded({ Page: NotLoaded }),
      ),
    [load],
  );
  return Loaded === null ? null : <Loaded.Page />;
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

export function App() {
  const { page } = route.value;
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // Another page begins at its top, for the eyes and for the focus.
    if (!isFirst.current) {
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [page]);
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
