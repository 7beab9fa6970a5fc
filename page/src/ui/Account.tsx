import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SignInMethod } from "../api";
import { t } from "../i18n";
import { words } from "../i18n/account";
import { explain } from "../problems";
import { me, mode, site } from "../session";
import { deleteAccount, isStale, signOut } from "../state/account";
import { limits, loadLimits } from "../state/limits";
import { removeAll } from "../state/listing";
import { links } from "../state/route";
import { Ask } from "./Remove";
import { Sessions } from "./Sessions";
import { WaysIn } from "./WaysIn";

/** What a way in is called. */
export const nameOf = (way: SignInMethod): string =>
  way === "email" ? words().account.email : (site.value?.ways_in.find(({ method }) => method === way)?.name ?? way);

/** What went wrong; where a newer sign-in is needed, with the way to it. */
export function AccountTrouble({ error }: { error: unknown }) {
  if (error === null) return null;
  return (
    <p class="note bad small" role="alert">
      {isStale(error) ? (
        <>
          {words().account.stale} <a href={links.signInAgain(`/${links.account}`)}>{t().problems.signInAgain}</a>
        </>
      ) : (
        explain(error).text
      )}
    </p>
  );
}

function You() {
  const say = words().account;
  const trouble = useSignal<unknown>(null);
  const user = me.value;
  return (
    <section class="card stack">
      <h2>{say.you}</h2>
      {user !== null && (
        <dl class="facts">
          {user.name !== null && (
            <div>
              <dt>{say.name}</dt>
              <dd>{user.name}</dd>
            </div>
          )}
          <div>
            <dt>{say.email}</dt>
            <dd>{user.email ?? <span class="muted">{say.none}</span>}</dd>
          </div>
        </dl>
      )}
      <AccountTrouble error={trouble.value} />
      <div>
        <button
          type="button"
          class="button"
          onClick={() => void signOut().catch((error: unknown) => (trouble.value = error))}
        >
          {say.signOut}
        </button>
      </div>
    </section>
  );
}

function Limits() {
  const say = words().account;
  const all = limits.value;
  return (
    <section class="card stack">
      <h2>{say.limits}</h2>
      {all.length === 0 ? (
        <p class="muted">{say.limitsNone}</p>
      ) : (
        <ul class="facts">
          {all.map(({ name, limit, used }) => (
            <li class="numbers" key={name}>
              {t().limits.left[name](Math.max(0, limit - used), limit)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Retention() {
  const say = words().account;
  const kept = site.value?.retention;
  return (
    <section class="card stack">
      <h2>{say.kept}</h2>
      {kept !== undefined && (
        <ul class="facts">
          <li>{say.keptUploads(kept.upload_days)}</li>
          <li>{say.keptResults(kept.result_days)}</li>
          <li>{say.keptHere}</li>
          <li>{say.keptCredits}</li>
        </ul>
      )}
    </section>
  );
}

/** Deletes the account, or all there is of somebody who has no account here. */
function Deletion() {
  const say = words().account;
  const plain = t().account;
  const isAsking = useSignal(false);
  const isDone = useSignal(false);
  const isOurs = mode.value === "cookie";
  const button = isOurs ? say.delete : plain.button;
  return (
    <section class="card stack">
      <h2>{isOurs ? say.delete : plain.title}</h2>
      <p class="muted">{isOurs ? say.deleteWhat : plain.what}</p>
      {isDone.value && <p role="status">{plain.done}</p>}
      <div>
        <button type="button" class="button" onClick={() => (isAsking.value = true)}>
          {button}
        </button>
      </div>
      {isAsking.value && (
        <Ask
          question={isOurs ? say.deleteAsk : plain.ask}
          what={isOurs ? say.deleteAskWhat : plain.askWhat}
          yes={isOurs ? say.deleteYes : plain.button}
          no={isOurs ? say.deleteNo : plain.keep}
          act={async () => {
            await (isOurs ? deleteAccount() : removeAll());
            isDone.value = true;
          }}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </section>
  );
}

/** The user's account: who they are, how and where they are signed in, limits, and its end. */
export function Account() {
  const isOurs = mode.value === "cookie";
  useEffect(() => void loadLimits(), []);
  return (
    <div class="stack wide">
      <h1>{words().account.title}</h1>
      <div class="pair">
        {isOurs && (
          <div class="stack wide">
            <You />
            <WaysIn />
            <Sessions />
          </div>
        )}
        <div class="stack wide">
          <Limits />
          <Retention />
          {isOurs && <Deletion />}
        </div>
        {!isOurs && <Deletion />}
      </div>
    </div>
  );
}
