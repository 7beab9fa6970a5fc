import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { focusHeading, scrollToPlace } from "./focus";
import { choose, language, LANGUAGES, t, type Language } from "./i18n";
import { farewell, hasEnded, isSignedIn, isSignedOut, mode, needsSignIn, site, siteName } from "./session";
import { credits } from "./state/credits";
import { isBack } from "./state/dress";
import { jobOf } from "./state/jobs";
import { isSelling } from "./state/offers";
import { isAsArrived, links, route, type Route } from "./state/route";
import { About } from "./ui/About";
import { Announcer, unseen } from "./ui/Announcer";
import { Composer } from "./ui/Composer";
import { Icon } from "./ui/Icon";
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
const loadSignIn = () => import("./ui/SignIn").then((module) => module.SignIn);
const loadAccount = () => import("./ui/Account").then((module) => module.Account);
const loadCreditsPage = () => import("./ui/CreditsPage").then((module) => module.CreditsPage);
const loadGetCredits = () => import("./ui/Offers").then((module) => module.GetCredits);
const loadOrder = () => import("./ui/Order").then((module) => module.OrderPage);

const LOADS = {
  history: loadHistory,
  credits: loadCreditsPage,
  account: loadAccount,
  "get-credits": loadGetCredits,
  order: loadOrder,
  "sign-in": loadSignIn,
};

/** Visitors have no credits yet, but want to know what they cost. */
const creditsFor = (): string => (needsSignIn.value && isSelling.value ? links.getCredits : links.credits);

function Bar() {
  const say = t();
  const { page } = route.value;
  const here = (name: typeof page) => (page === name ? ("page" as const) : undefined);
  const have = credits.value;
  const hasAccount = mode.value === "cookie" ? isSignedIn.value === true : mode.value !== null;
  const other: Language = language.value === "en" ? "zh" : "en";
  return (
    <header class="bar">
      <a class="wordmark" href={links.dress}>
        {siteName}
      </a>
      <nav aria-label={say.nav.label}>
        <a href={links.dress} aria-current={here("dress")}>
          {say.nav.dress}
        </a>
        <a href={links.history} aria-current={here("history")}>
          {say.nav.history}
        </a>
        <a href={creditsFor()} aria-current={here("credits") ?? (needsSignIn.value ? here("get-credits") : undefined)}>
          {say.nav.credits}
        </a>
        {hasAccount && (
          <a href={links.account} aria-current={here("account")}>
            {say.nav.account}
          </a>
        )}
      </nav>
      <div class="end">
        {have !== null && (
          <a class="balance numbers" href={links.credits}>
            {say.credits(have.available)}
            {have.held > 0 && <span class="muted">{say.held(have.held)}</span>}
          </a>
        )}
        {have !== null && isSelling.value && (
          <a class="button get" href={links.getCredits} aria-current={here("get-credits")}>
            <Icon name="plus" />
            <span>{say.nav.getCredits}</span>
          </a>
        )}
        {needsSignIn.value && !isAskedToSignIn() && (
          <a class="button enter" href={links.signIn(`/${location.hash || links.dress}`)}>
            {say.nav.signIn}
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
      {!needsSignIn.value && <Recent />}
      {at === null && <About key="about" />}
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

/** The session has ended by itself, and nothing that was chosen is lost. */
function Ended() {
  const say = t().problems;
  const isSigningIn = isAskedToSignIn();
  return (
    <div class="note bad spread" role="alert">
      <p>
        <strong>{say.ended}</strong> {say.endedHow}
      </p>
      {!isSigningIn && (
        <a class="button" href={links.signIn(`/${location.hash || links.dress}`)}>
          {say.signInAgain}
        </a>
      )}
    </div>
  );
}

/** What is said once, after the page was loaded anew: that the user has left. */
const goodbye = farewell();

/** Whether signing in is shown: by its own address, or in place of what is a user's own. */
function isAskedToSignIn(): boolean {
  const at = route.value;
  if (at.page === "sign-in") return true;
  if (at.page === "get-credits") return false;
  return needsSignIn.value && (at.page !== "dress" || at.job !== null);
}

/** The operator's pages, as far as there are any. */
function Foot() {
  const say = t().foot;
  const { privacy = null, terms = null, contact = null } = site.value?.links ?? {};
  const all = [["privacy", privacy] as const, ["terms", terms] as const, ["contact", contact] as const];
  const there = all.flatMap(([name, to]) => (to === null ? [] : [{ name, to }]));
  if (there.length === 0) return null;
  return (
    <footer class="foot" aria-label={say.label}>
      {there.map(({ name, to }) => (
        <a key={name} href={to} rel="noreferrer">
          {say[name]}
        </a>
      ))}
    </footer>
  );
}

/** The tab's title: the page, or what ended while the tab was hidden. */
function titleOf(at: Route): string {
  const say = t();
  if (unseen.value !== null) return unseen.value.status === "completed" ? say.result.title : say.failure.title;
  if (isAskedToSignIn()) return say.nav.signIn;
  if (at.page === "history") return say.history.title;
  if (at.page === "credits") return say.money.title;
  if (at.page === "get-credits") return say.nav.getCredits;
  if (at.page !== "dress") return at.page === "order" ? say.nav.order : say.nav.account;
  const job = at.job === null ? undefined : jobOf(at.job);
  return job === undefined ? say.title : say.status[job.status];
}

/** What is said above any page. */
function Notes() {
  const isWelcome = isBack.value && isSignedIn.value === true && route.value.page === "dress";
  return (
    <>
      {isSignedOut.value && <SignedOut />}
      {needsSignIn.value && hasEnded.value && <Ended />}
      {goodbye !== null && isSignedIn.value !== true && (
        <p class="note" role="status">
          {t().farewell[goodbye]}
        </p>
      )}
      {isWelcome && (
        <p class="note" role="status">
          {t().problems.signedInNow}
        </p>
      )}
    </>
  );
}

function Shown({ page }: { page: Route["page"] }) {
  if (page === "dress") return <Dress />;
  return <Later key={page} load={LOADS[page]} />;
}

export function App() {
  const at = route.value;
  const job = at.page === "dress" ? at.job : null;
  // Signing in takes the place of a page, and is one of its own to whoever has it read.
  const shown = isAskedToSignIn() ? "sign-in" : at.page;
  const main = useRef<HTMLElement>(null);
  const before = useRef<typeof shown | null>(null);
  useSignalEffect(() => void (document.title = `${titleOf(route.value)} · ${siteName.value}`));
  // Before anything on the page takes the focus.
  useLayoutEffect(() => {
    if (before.current !== null && isAsArrived()) scrollToPlace();
  }, [shown, job]);
  useEffect(() => {
    const last = before.current;
    before.current = shown;
    // Another page is read from its heading on, unless somebody has entered a box of it already. A
    // link to a picture leaves the focus where it is.
    if (last === null || (shown === last && job !== null) || !isAsArrived()) return;
    main.current?.focus({ preventScroll: true });
    focusHeading(main.current);
  }, [shown, job]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t().skip}
      </a>
      <Bar />
      <main id="main" tabIndex={-1} ref={main}>
        <Notes />
        <Shown page={shown} />
      </main>
      <Foot />
      <Announcer />
    </div>
  );
}
