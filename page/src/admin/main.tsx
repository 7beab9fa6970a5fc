import { render } from "preact";
import { useEffect, useId } from "preact/hooks";
import { moment } from "../format";
import { choose, language, LANGUAGES, preferred, speak, type Language } from "../i18n";
import { Jobs } from "./Jobs";
import { Overview } from "./Overview";
import { enter, leave, refresh, overview, say, token, trouble } from "./state";
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
      <button class="button primary">{words.enter}</button>
    </form>
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
      <Jobs />
    </>
  );
}

function Admin() {
  const words = say();
  const other: Language = language.value === "en" ? "zh" : "en";
  useEffect(() => void (document.title = `${words.title} · Atelier`), [words]);
  return (
    <div class="frame">
      <header class="bar">
        <a class="wordmark" href="/">
          Atelier
        </a>
        <div class="end">
          {token.value !== null && (
            <button type="button" class="button quiet" onClick={leave}>
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
        {token.value === null ? <Entrance /> : <SignedIn />}
      </main>
    </div>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  await speak(preferred());
  render(<Admin />, root);
}
