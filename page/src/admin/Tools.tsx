import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import type { Audit, NewGrant, PackageKind, Selftest } from "../api";
import { number, toTheSecond } from "../format";
import { answer, Refusal } from "../client";
import { Icon } from "../ui/Icon";
import { audit, api, refresh, say, tell } from "./state";

/** Runs one action at a time, and keeps its error. */
export function useAction() {
  const isBusy = useSignal(false);
  const trouble = useSignal<string | null>(null);
  const run = async (act: () => Promise<void>) => {
    isBusy.value = true;
    trouble.value = null;
    try {
      await act();
    } catch (error) {
      trouble.value = tell(error);
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy, trouble, run };
}

export function Trouble({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <p class="note bad small" role="alert">
      {text}
    </p>
  );
}

export function AuditTool() {
  const words = say();
  const { isBusy, trouble, run } = useAction();
  const found = useSignal<Audit | null>(null);
  const of = found.value;
  return (
    <section class="card stack">
      <h2>{words.audit}</h2>
      <p class="muted">{words.auditWhat}</p>
      <div>
        <button
          type="button"
          class="button"
          disabled={isBusy.value}
          onClick={() => void run(() => audit((soFar) => (found.value = soFar)))}
        >
          {words.auditRun}
        </button>
      </div>
      <div role="status">
        {isBusy.value && <p class="small muted">{words.auditing(of?.accounts ?? 0)}</p>}
        {!isBusy.value && of?.ok && (
          <p class="note row">
            <Icon name="check" />
            {words.auditOk(number(of.accounts), number(of.entries), number(of.open_holds))}{" "}
            {of.anchored_on === null ? words.auditNoAnchor : words.auditAnchor(of.anchored_on)}
          </p>
        )}
        {of !== null && of.problems.length > 0 && (
          <div class="note bad">
            <strong>{words.auditBad(of.problems.length)}</strong>
            <ul class="small">
              {of.problems.map(({ account, problem }) => (
                <li key={account + problem}>
                  {account}: {problem}
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <Trouble text={trouble.value} />
    </section>
  );
}

export function SelftestTool() {
  const words = say();
  const { isBusy, trouble, run } = useAction();
  const found = useSignal<Selftest | null>(null);
  return (
    <section class="card stack">
      <h2>{words.selftest}</h2>
      <p class="muted">{words.selftestWhat}</p>
      <div>
        <button
          type="button"
          class="button"
          disabled={isBusy.value}
          onClick={() => void run(async () => void (found.value = (await answer(api.GET("/v1/admin/selftest"))).data))}
        >
          {isBusy.value ? words.busy : words.selftestRun}
        </button>
      </div>
      <div role="status">
        <ul class="checks">
          {found.value?.checks.map((check) => (
            <li key={check.name} class={check.ok ? "good" : "bad"}>
              <Icon name={check.ok ? "check" : "cross"} />
              <span>
                <strong>{check.name}</strong>
                <span class="visually-hidden">: {check.ok ? words.passed : words.failed}</span>
                <br />
                <span class="small muted">{check.detail}</span>
              </span>
            </li>
          ))}
        </ul>
      </div>
      <Trouble text={trouble.value} />
    </section>
  );
}

const isKind = (value: string): value is PackageKind => value === "promo" || value === "paid";

const reference = (form: HTMLFormElement) => String(new FormData(form).get("reference") ?? "").trim();

export function GrantTool() {
  const words = say();
  const id = useId();
  const { isBusy, trouble, run } = useAction();
  const done = useSignal<string | null>(null);
  /** A grant to somebody who has no account yet: its operator is asked before it is made. */
  const asked = useSignal<NewGrant | null>(null);
  const form = useRef<HTMLFormElement>(null);

  async function make(grant: NewGrant) {
    try {
      const { data } = await answer(api.POST("/v1/admin/grants", { body: grant }));
      // A repeated reference returns the first package, which its id and time show.
      const text = words.grantedTo(data.package, grant.account, toTheSecond(data.package.granted_at));
      done.value = data.account_created ? words.newAccountMade(text) : text;
    } catch (error) {
      const isNew = error instanceof Refusal && error.problem.code === "conflict" && grant.create_account === false;
      if (!isNew) throw error;
      asked.value = { ...grant, create_account: true };
      return;
    }
    asked.value = null;
    // Unless the next one has been entered meanwhile.
    if (form.current !== null && reference(form.current) === grant.reference) form.current.reset();
    await refresh();
  }

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const kind = text("kind");
    const until = text("expires");
    const grant: NewGrant = {
      account: text("account"),
      credits: Number(text("credits")),
      kind: isKind(kind) ? kind : "promo",
      reference: text("reference"),
      create_account: false,
      // Until the end of the chosen day.
      ...(until !== "" && { expires_at: `${until}T23:59:59Z` }),
    };
    done.value = null;
    asked.value = null;
    void run(() => make(grant));
  }

  const field = (name: string, label: string, more: Record<string, unknown>) => (
    <div class="input">
      <label for={`${id}-${name}`}>{label}</label>
      <input class="field" id={`${id}-${name}`} name={name} {...more} />
    </div>
  );

  const pending = asked.value;
  return (
    <section class="card stack">
      <h2>{words.grant}</h2>
      <form class="stack" ref={form} onSubmit={submit} onInput={() => (asked.value = null)}>
        {field("account", words.account, { required: true, maxLength: 255, autocomplete: "off" })}
        <div class="inputs">
          {field("credits", words.amount, { type: "number", min: 1, step: 1, required: true })}
          <div class="input">
            <label for={`${id}-kind`}>{words.kind}</label>
            <select class="field" id={`${id}-kind`} name="kind">
              <option value="promo">{words.kinds.promo}</option>
              <option value="paid">{words.kinds.paid}</option>
            </select>
          </div>
        </div>
        {field("expires", words.expires, { type: "date" })}
        {field("reference", words.reference, { required: true, maxLength: 255, autocomplete: "off" })}
        <div>
          <button class="button primary" disabled={isBusy.value}>
            {isBusy.value ? words.busy : words.grantRun}
          </button>
        </div>
        {pending !== null && (
          <div class="note bad stack" role="alert">
            <p>{words.newAccount(pending.account)}</p>
            <div class="row">
              <button
                type="button"
                class="button"
                disabled={isBusy.value}
                onClick={() => void run(() => make(pending))}
              >
                {words.newAccountYes}
              </button>
              <button type="button" class="button" onClick={() => (asked.value = null)}>
                {words.newAccountNo}
              </button>
            </div>
          </div>
        )}
        {done.value !== null && <p role="status">{done.value}</p>}
        <Trouble text={trouble.value} />
      </form>
    </section>
  );
}
