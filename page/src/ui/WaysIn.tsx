import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import type { OfferedWayIn, SignInMethod } from "../api";
import { focusHeading, isFocusLost } from "../focus";
import { date } from "../format";
import { words } from "../i18n/account";
import { me, site } from "../session";
import { addWayIn, isStale, removeWayIn } from "../state/account";
import { links } from "../state/route";
import { asked, sendCodeToAdd } from "../state/signIn";
import { AccountTrouble, nameOf } from "./Account";
import { announce } from "./Announcer";
import { Ask } from "./Remove";
import { CodeForm } from "./SignInForms";

/** Asks for an address to add, and then for its code. */
function AddAddress({ onTrouble }: { onTrouble: (error: unknown) => void }) {
  const say = words().signIn;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const isWrong = useSignal(false);
  const isBusy = useSignal(false);

  async function submit(event: Event) {
    event.preventDefault();
    const email = input.current?.value.trim() ?? "";
    isWrong.value = !/^\S+@\S+$/.test(email);
    if (isWrong.peek()) return input.current?.focus();
    if (isBusy.peek()) return;
    isBusy.value = true;
    onTrouble(null);
    await sendCodeToAdd(email, `/${links.account}`).catch(onTrouble);
    isBusy.value = false;
  }

  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <label for={id}>
        <strong>{say.email}</strong>
      </label>
      <input class="field" id={id} ref={input} name="email" type="email" autocomplete="email" />
      {isWrong.value && (
        <p class="note bad small" role="alert">
          {say.badEmail}
        </p>
      )}
      <div>
        <button class="button primary" aria-disabled={isBusy.value}>
          {isBusy.value ? say.sending : say.send}
        </button>
      </div>
    </form>
  );
}

interface WayProps {
  way: OfferedWayIn;
  onAdd: () => void;
  onRemove: () => void;
}

function Way({ way: { method }, onAdd, onRemove }: WayProps) {
  const name = nameOf(method);
  const say = words().account;
  const all = me.value?.ways_in ?? [];
  const linked = all.find((one) => one.method === method);
  return (
    <li class="fact">
      <p>
        <strong>{name}</strong>
        {linked !== undefined && (
          <span class="small muted">
            {linked.email !== null && <span class="breaks">{linked.email}</span>}
            <span>{say.since(date(linked.linked_at))}</span>
          </span>
        )}
      </p>
      {linked === undefined ? (
        <button type="button" class="button" aria-label={say.addWay(name)} onClick={onAdd}>
          {say.add}
        </button>
      ) : (
        all.length > 1 && (
          <button type="button" class="button quiet" aria-label={say.removeWay(name)} onClick={onRemove}>
            {say.remove}
          </button>
        )
      )}
    </li>
  );
}

/** The ways in: those that the user has, and those they may add. */
export function WaysIn() {
  const say = words().account;
  const trouble = useSignal<unknown>(null);
  const isAdding = useSignal(false);
  const removing = useSignal<OfferedWayIn | null>(null);
  const ways = site.value?.ways_in ?? [];
  const hasEmail = me.value?.ways_in.some(({ method }) => method === "email") === true;
  const waiting = asked.value?.isAdded === true ? asked.value : null;

  function add(method: SignInMethod) {
    trouble.value = null;
    if (method === "email") isAdding.value = true;
    else void addWayIn(method).catch((error: unknown) => (trouble.value = error));
  }

  /** A sign-in that is too old is no matter of the dialog. */
  async function remove({ method }: OfferedWayIn) {
    try {
      await removeWayIn(method);
      announce(say.removed(nameOf(method)));
    } catch (error) {
      if (!isStale(error)) throw error;
      trouble.value = error;
    }
  }

  return (
    <section class="card stack">
      <h2>{say.ways}</h2>
      <p class="small muted">{me.value?.ways_in.length === 1 ? say.only : say.waysWhat}</p>
      <ul class="facts lined">
        {ways.map((way) => (
          <Way
            key={way.method}
            way={way}
            onAdd={() => add(way.method)}
            onRemove={() => ((trouble.value = null), (removing.value = way))}
          />
        ))}
      </ul>
      {waiting !== null ? (
        <CodeForm of={waiting} filled={null} />
      ) : (
        isAdding.value && !hasEmail && <AddAddress onTrouble={(error) => (trouble.value = error)} />
      )}
      <AccountTrouble error={trouble.value} />
      {removing.value !== null && (
        <Ask
          question={say.removeAsk(nameOf(removing.value.method))}
          what={say.removeWhat}
          yes={say.remove}
          no={say.keep}
          act={() => remove(removing.value as OfferedWayIn)}
          onClose={() => {
            removing.value = null;
            if (isFocusLost()) focusHeading(document);
          }}
        />
      )}
    </section>
  );
}
