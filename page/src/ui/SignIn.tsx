import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { words } from "../i18n/account";
import { explain } from "../problems";
import { hasEnded, isSignedIn, loadSite, me, mode, site } from "../session";
import { links, route, type SignInRoute } from "../state/route";
import { asked, goOn, keepReturn, keptReturn, startOf, type Asked } from "../state/signIn";
import { AddressForm, CodeForm } from "./SignInForms";

const PLAIN: Omit<SignInRoute, "page"> = { returnTo: null, isAgain: false, code: null, error: null, method: null };

/** What the address says; where the user goes on, it is this page itself, unless it is for signing in alone. */
function askedFor() {
  const at = route.value;
  if (at.page !== "sign-in") return { ...PLAIN, returnTo: `/${location.hash || "#/"}` };
  return { ...at, returnTo: at.returnTo ?? asked.value?.returnTo ?? keptReturn() ?? "/#/" };
}

/** Why a sign-in at a provider failed. */
function Failed({ error, method }: { error: string; method: string | null }) {
  const name = site.value?.ways_in.find((way) => way.method === method)?.name ?? "OpenID";
  const all: Record<string, (name: string) => string> = words().errors;
  return (
    <p class="note bad" role="alert">
      {(all[error] ?? words().errors.unavailable)(name)}
    </p>
  );
}

/** What is accepted by signing in: the documents that there are, and one's age. */
function Consent() {
  const say = words().consent;
  const { terms = null, privacy = null } = site.value?.links ?? {};
  const link = (to: string, text: string) => (
    <a href={to} target="_blank" rel="noreferrer">
      {text}
    </a>
  );
  return (
    <p class="small muted">
      {say.before}
      {(terms ?? privacy) !== null && say.accept}
      {terms !== null && link(terms, say.terms)}
      {terms !== null && privacy !== null && say.and}
      {privacy !== null && link(privacy, say.privacy)}
      {(terms ?? privacy) !== null && say.comma}
      {say.age}
    </p>
  );
}

/** The code of a mail that was opened in another browser than the one that asked. */
function CodeElsewhere({ code }: { code: string }) {
  const say = words().signIn;
  return (
    <div class="stack narrow">
      <h1>{say.elsewhere}</h1>
      <p class="code-shown numbers" aria-label={[...code].join(" ")} role="img">
        {code.slice(0, 4)}
        <span> </span>
        {code.slice(4)}
      </p>
      <p>{say.elsewhereHow}</p>
      <p class="small muted">{say.elsewhereNot}</p>
      <p>
        <a href={links.signIn("/#/")}>{say.elsewhereHere}</a>
      </p>
    </div>
  );
}

/** The ways in: a code by e-mail first, then those at other sites. */
function Ways({ returnTo }: { returnTo: string }) {
  const say = words().signIn;
  const ways = site.value?.ways_in ?? [];
  const hasEmail = ways.some(({ method }) => method === "email");
  const others = ways.filter(({ method }) => method !== "email");
  return (
    <>
      {hasEmail && <AddressForm returnTo={returnTo} />}
      {hasEmail && others.length > 0 && (
        <p class="or" aria-hidden="true">
          <span>{say.or}</span>
        </p>
      )}
      {others.map(({ method, name }) => (
        <a class="button" key={method} href={startOf(method, returnTo)} onClick={() => keepReturn(returnTo)}>
          {say.with(name)}
        </a>
      ))}
    </>
  );
}

/** Whoever is signed in already can go on, too. */
function Already({ returnTo }: { returnTo: string }) {
  const say = words().signIn;
  const who = me.value?.email ?? me.value?.name;
  return (
    <div class="note spread">
      <p>{who == null ? say.signedIn : say.signedInAs(who)}</p>
      <button type="button" class="button" onClick={() => goOn(returnTo)}>
        {say.goOn}
      </button>
    </div>
  );
}

/** Goes on once somebody is signed in, here or in another tab. */
function useGoingOn(returnTo: string): void {
  const was = useRef(isSignedIn.value);
  useEffect(() => {
    const isNew = was.current === false && isSignedIn.value === true;
    was.current = isSignedIn.value;
    if (isNew && route.peek().page === "sign-in") goOn(returnTo);
  }, [isSignedIn.value]);
}

/** The ways in are not known yet. */
function Awaited() {
  const trouble = useSignal<unknown>(null);
  const load = () => {
    trouble.value = null;
    loadSite().catch((error: unknown) => (trouble.value = error));
  };
  useEffect(load, []);
  return (
    <div class="stack narrow">
      <h1>{words().signIn.title}</h1>
      {trouble.value === null ? (
        <p class="muted">{t().loading}</p>
      ) : (
        <div class="note bad spread" role="alert">
          <p>{explain(trouble.value).text}</p>
          <button type="button" class="button" onClick={load}>
            {t().problems.retry}
          </button>
        </div>
      )}
    </div>
  );
}

/** The code that is waited for; one that adds an address is entered on the account page, or by the mail's link. */
function waitingFor(code: string | null): Asked | null {
  const waiting = asked.value;
  if (waiting?.isAdded === true && (code === null || isSignedIn.value !== true)) return null;
  return waiting;
}

/** Signing in: as a page, and in place of a page that is a user's own. */
export function SignIn() {
  const say = words().signIn;
  const { returnTo, isAgain, code, error, method } = askedFor();
  useGoingOn(returnTo);
  const waiting = waitingFor(code);
  if (mode.value === null) return <Awaited />;
  if (mode.value !== "cookie")
    return (
      <div class="stack narrow">
        <h1>{say.title}</h1>
        {mode.value === "demo" ? <p>{say.demo}</p> : <p>{t().problems.signedOutHow}</p>}
        <p>
          <a href={links.dress}>{say.toDress}</a>
        </p>
      </div>
    );
  if (code !== null && waiting === null) return <CodeElsewhere code={code} />;
  return (
    <div class="stack narrow">
      <h1>{waiting?.isAdded === true ? say.add : isAgain ? say.titleAgain : say.title}</h1>
      {error !== null && <Failed error={error} method={method} />}
      {isSignedIn.value === true && !isAgain && waiting?.isAdded !== true && <Already returnTo={returnTo} />}
      {waiting === null && error === null && !hasEnded.value && <p class="muted">{isAgain ? say.whyAgain : say.why}</p>}
      <div class="card stack">
        {waiting === null ? <Ways returnTo={returnTo} /> : <CodeForm key={code} of={waiting} filled={code} />}
      </div>
      <Consent />
    </div>
  );
}
