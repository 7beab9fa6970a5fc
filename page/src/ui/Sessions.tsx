import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SignedIn } from "../api";
import { focusHeading, isFocusLost } from "../focus";
import { country, date, moment } from "../format";
import { t } from "../i18n";
import { words } from "../i18n/account";
import { endAllSessions, endSession, loadSessions, sessions } from "../state/account";
import { AccountTrouble, nameOf } from "./Account";
import { announce } from "./Announcer";
import { Ask } from "./Remove";

const placeOf = ({ browser, country: code }: SignedIn): string =>
  [browser ?? words().account.unknownBrowser, ...(code === null ? [] : [country(code)])].join(", ");

function Session({ of, onEnd }: { of: SignedIn; onEnd: () => void }) {
  const say = words().account;
  const name = of.method === "email" ? null : nameOf(of.method);
  return (
    <li class="fact">
      <p>
        <strong>{placeOf(of)}</strong>
        <span class="small muted">
          <span>{`${say.signedInOn(moment(of.created_at))}${say.by(name)}`}</span>
          <span>{say.seen(date(of.seen_at))}</span>
        </span>
      </p>
      {of.is_current ? (
        <span class="pill">{say.current}</span>
      ) : (
        <button type="button" class="button quiet" aria-label={say.endWhich(placeOf(of))} onClick={onEnd}>
          {say.end}
        </button>
      )}
    </li>
  );
}

/** Where the user is signed in. */
export function Sessions() {
  const say = words().account;
  const trouble = useSignal<unknown>(null);
  const isAsking = useSignal(false);
  const tell = (error: unknown) => (trouble.value = error);
  useEffect(() => void loadSessions().catch(tell), []);

  async function end(session: SignedIn) {
    trouble.value = null;
    try {
      await endSession(session.id);
      announce(say.ended(placeOf(session)));
      requestAnimationFrame(() => isFocusLost() && focusHeading(document));
    } catch (error) {
      tell(error);
    }
  }

  return (
    <section class="card stack">
      <h2>{say.sessions}</h2>
      {sessions.value === null ? (
        trouble.value === null && <p class="muted">{t().loading}</p>
      ) : (
        <ul class="facts lined">
          {sessions.value.map((session) => (
            <Session key={session.id} of={session} onEnd={() => void end(session)} />
          ))}
        </ul>
      )}
      <AccountTrouble error={trouble.value} />
      <div>
        <button type="button" class="button" onClick={() => (isAsking.value = true)}>
          {say.everywhere}
        </button>
      </div>
      {isAsking.value && (
        <Ask
          question={say.everywhereAsk}
          what={say.everywhereWhat}
          yes={say.everywhere}
          no={say.stay}
          act={endAllSessions}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </section>
  );
}
