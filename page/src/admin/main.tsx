import { render } from "preact";
import { useEffect, useId } from "preact/hooks";
import { moment } from "../format";
import { choose, language, LANGUAGES, preferred, speak, type Language } from "../i18n";
import { loadSite, me, siteName } from "../session";
import { Jobs } from "./Jobs";
import { Orders } from "./Orders";
import { Overview } from "./Overview";
import { Revenue } from "./Revenue";
import {
  enter,
  hasSignIn,
  isIn,
  isStale,
  leave,
  overview,
  recognise,
  refresh,
  say,
  SIGN_IN,
  SIGN_IN_AGAIN,
  token,
  trouble,
} from "./state";
import { AuditTool, GrantTool, SelftestTool } from "./Tools";
import "../styles/base.css";
import "../styles/page.css";
import "../styles/pages.css";
import "../styles/admin.css";

function Entrance() {
  const words = say();
  const id = useId();
  return (
    <form
      class="card stack entrance"
      onSubmit={(event) => {
        event.preventDefault();
        const entered = new FormData(event.currentTarget).get("token");
        void enter(String(entered).trim());
      }}
    >
      <label for={id}>
        <strong>{words.token}</strong>
      </label>
      <input class="field" id={id} name="token" type="password" autocomplete="off" required />
      <p class="small muted">{words.tokenHint}</p>
      <button class={`button ${hasSignIn.value ? "" : "primary"}`}>{words.enter}</button>
    </form>
  );
}

/** The way in of operators who have an account here. */
function OwnEntrance() {
  const words = say();
  const who = me.value;
  return (
    <div class="card stack entrance">
      {who === null ? <p>{words.byAccount}</p> : <p>{words.noOperator(who.email ?? who.name ?? who.account)}</p>}
      <a class="button primary" href={SIGN_IN}>
        {who === null ? words.signIn : words.signInElse}
      </a>
    </div>
  );
}

function SignedIn() {
  const words = say();
  const of = overview.value;
  useEffect(() => void refresh(), []);
  return (
    <>
      <div class="row">
        <p class="small muted">
          {of !== null &&
            words.at(
              moment(of.at),
              of.reconciled_at === null ? words.neverReconciled : words.reconciled(moment(of.reconciled_at)),
            )}
        </p>
        <button type="button" class="button" onClick={() => void refresh()}>
          {words.refresh}
        </button>
      </div>
      {of !== null && <Overview of={of} />}
      <div class="tools">
        <AuditTool />
        <SelftestTool />
        <GrantTool />
      </div>
      <Revenue />
      <Orders />
      <Jobs />
    </>
  );
}

function Admin() {
  const words = say();
  const other: Language = language.value === "en" ? "zh" : "en";
  useEffect(() => void (document.title = `${words.title} · ${siteName.value}`), [words, siteName.value]);
  return (
    <div class="frame">
      <header class="bar">
        <a class="wordmark" href="/">
          {siteName}
        </a>
        <div class="end">
          {isIn.value && (
            <button type="button" class="button quiet" onClick={() => void leave()}>
              {words.leave}
            </button>
          )}
          <button type="button" class="tongue" lang={other} onClick={() => void choose(other)}>
            {LANGUAGES[other]}
          </button>
        </div>
      </header>
      <main class="stack wide">
        <h1>{words.title}</h1>
        {trouble.value !== null && (
          <p class="note bad" role="alert">
            {trouble.value}
          </p>
        )}
        {isStale.value && (
          <p>
            <a href={SIGN_IN_AGAIN}>{words.signInAgain}</a>
          </p>
        )}
        {isIn.value ? (
          <SignedIn />
        ) : (
          <>
            {hasSignIn.value && <OwnEntrance />}
            <Entrance />
          </>
        )}
      </main>
    </div>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  await Promise.all([speak(preferred()), token.peek() === null ? recognise() : loadSite().catch(() => undefined)]);
  render(<Admin />, root);
}
