import { useSignal, type Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Refusal } from "../client";
import { focusHeading, isFocusLost } from "../focus";
import { words } from "../i18n/account";
import { explain, type Trouble } from "../problems";
import { me, site } from "../session";
import { enterCode, forgetAsked, sendCode, sendCodeToAdd, type Asked } from "../state/signIn";
import { announce } from "./Announcer";
import { Challenge, challengeToken, takeChallenge } from "./Challenge";

const CODE_DIGITS = 8;

/** What is wrong with an input; the input gets the focus. */
function Wrong({ id, of }: { id: string; of: Trouble }) {
  return (
    <p class="note bad small" role="alert" id={id}>
      {of.text} {of.detail}
    </p>
  );
}

/** What went wrong as a code was to be sent. */
function sendingTrouble(error: unknown): Trouble {
  const say = words().signIn;
  const fields = error instanceof Refusal ? (error.problem.errors ?? []).map(({ field }) => field) : [];
  if (fields.includes("email")) return { text: say.badEmail };
  if (fields.includes("challenge")) return { text: say.challengeFailed };
  return explain(error);
}

/** What went wrong with a code. */
function codeTrouble(error: unknown): Trouble {
  const say = words().signIn;
  if (error instanceof Refusal && error.problem.errors?.some(({ field }) => field === "code"))
    return { text: say.wrongCode };
  const reason = error instanceof Refusal ? error.problem.reason : undefined;
  if (reason === "lost" || reason === "spent") return { text: say.usedCode, detail: say.usedCodeHow };
  if (reason !== undefined && reason in say.notHere) return { text: say.notHere[reason as keyof typeof say.notHere] };
  return explain(error);
}

/** Sends a code, once the challenge is passed, if there is one. */
async function send(to: Asked | { email: string; returnTo: string; isAdded: boolean }): Promise<Trouble | null> {
  if (to.isAdded) {
    await sendCodeToAdd(to.email, to.returnTo);
    return null;
  }
  const isChecked = (site.peek()?.challenge ?? null) !== null;
  if (isChecked && challengeToken.peek() === null) return { text: words().signIn.challengeAwaited };
  await sendCode(to.email, to.returnTo, isChecked ? takeChallenge() : null);
  return null;
}

/** An action that is under way once at a time, and its error. */
function useTrying(trouble: Signal<Trouble | null>, explained: (error: unknown) => Trouble) {
  const isBusy = useSignal(false);
  const run = async (act: () => Promise<Trouble | null | void>) => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    trouble.value = null;
    try {
      trouble.value = (await act()) ?? null;
    } catch (error) {
      trouble.value = explained(error);
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy, run };
}

/** Asks for the address that the code goes to. */
export function AddressForm({ returnTo }: { returnTo: string }) {
  const say = words().signIn;
  const [id, wrongId] = [useId(), useId()];
  const input = useRef<HTMLInputElement>(null);
  const trouble = useSignal<Trouble | null>(null);
  const { isBusy, run } = useTrying(trouble, sendingTrouble);
  const challenge = site.value?.challenge ?? null;

  async function submit(event: Event) {
    event.preventDefault();
    const email = input.current?.value.trim() ?? "";
    if (!/^\S+@\S+$/.test(email)) trouble.value = { text: say.badEmail };
    else await run(() => send({ email, returnTo, isAdded: false }));
    if (trouble.peek() !== null) input.current?.focus();
  }

  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <label class="stack tight" for={id}>
        <strong>{say.email}</strong>
      </label>
      <input
        class="field"
        id={id}
        ref={input}
        name="email"
        type="email"
        autocomplete="email"
        inputMode="email"
        defaultValue={me.value?.email ?? ""}
        required
        aria-invalid={trouble.value !== null}
        aria-describedby={trouble.value === null ? undefined : wrongId}
      />
      {trouble.value !== null && <Wrong id={wrongId} of={trouble.value} />}
      {challenge !== null && <Challenge of={challenge} />}
      <button class="button primary" aria-disabled={isBusy.value}>
        {isBusy.value ? say.sending : say.send}
      </button>
    </form>
  );
}

interface OtherwiseProps {
  of: Asked;
  /** The field of the code, which is emptied for a new one. */
  input: RefObject<HTMLInputElement | null>;
  trouble: Signal<Trouble | null>;
}

/** What helps whoever has no code: another one, or another address. */
function Otherwise({ of, input, trouble }: OtherwiseProps) {
  const say = words().signIn;
  const { isBusy, run } = useTrying(trouble, sendingTrouble);
  const challenge = of.isAdded ? null : (site.value?.challenge ?? null);

  async function anew() {
    const wrong = await send(of);
    if (wrong !== null) return wrong;
    if (input.current !== null) input.current.value = "";
    announce(say.sentAnew);
    input.current?.focus();
    return null;
  }

  function another() {
    forgetAsked();
    requestAnimationFrame(() => document.querySelector<HTMLInputElement>('input[name="email"]')?.focus());
  }

  return (
    <>
      {challenge !== null && <Challenge of={challenge} />}
      <div class="row">
        <button type="button" class="button quiet" aria-disabled={isBusy.value} onClick={() => void run(anew)}>
          {isBusy.value ? say.sending : say.anew}
        </button>
        <button type="button" class="button quiet" onClick={another}>
          {say.another}
        </button>
      </div>
    </>
  );
}

interface CodeFormProps {
  of: Asked;
  /** The code of the mail that was opened. */
  filled: string | null;
}

/** Asks for the code. One that a mail has brought is used by a click, and not before. */
export function CodeForm({ of, filled }: CodeFormProps) {
  const say = words().signIn;
  const [id, hintId, wrongId] = [useId(), useId(), useId()];
  const input = useRef<HTMLInputElement>(null);
  const enter = useRef<HTMLButtonElement>(null);
  const trouble = useSignal<Trouble | null>(null);
  const { isBusy, run } = useTrying(trouble, (error) => codeTrouble(error));
  // The heading is read first if the page has just been opened.
  useEffect(() => {
    const isReplaced = document.activeElement === document.body || document.activeElement === null;
    if (isReplaced) (filled === null ? input : enter).current?.focus();
  }, []);

  async function submit(event: Event) {
    event.preventDefault();
    const code = (input.current?.value ?? "").replace(/\D/g, "");
    if (code.length !== CODE_DIGITS) trouble.value = { text: say.badCode };
    else await run(() => enterCode(code));
    if (trouble.peek() !== null) input.current?.select();
    else requestAnimationFrame(() => isFocusLost() && focusHeading(document));
  }

  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <p>{filled === null ? say.codeSent(of.email) : say.linkHere(of.email)}</p>
      <label class="stack tight" for={id}>
        <strong>{say.code}</strong>
      </label>
      <input
        class="field code numbers"
        id={id}
        ref={input}
        name="code"
        type="text"
        inputMode="numeric"
        autocomplete="one-time-code"
        autocapitalize="off"
        spellcheck={false}
        placeholder={say.codeHint}
        defaultValue={filled ?? ""}
        required
        aria-invalid={trouble.value !== null}
        aria-describedby={trouble.value === null ? hintId : wrongId}
      />
      <span class="visually-hidden" id={hintId}>
        {say.codeHint}
      </span>
      {trouble.value !== null && <Wrong id={wrongId} of={trouble.value} />}
      <button class="button primary" ref={enter} aria-disabled={isBusy.value}>
        {isBusy.value ? say.entering : of.isAdded ? say.add : say.enter}
      </button>
      <Otherwise of={of} input={input} trouble={trouble} />
    </form>
  );
}
