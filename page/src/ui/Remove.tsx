import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../api";
import { moment } from "../format";
import { t } from "../i18n";
import { explain } from "../problems";
import { remove } from "../state/jobs";
import { announce } from "./Announcer";
import { Icon } from "./Icon";

interface AskProps {
  question: string;
  what: string;
  yes: string;
  no: string;
  act: () => Promise<void>;
  onClose: () => void;
}

/** Asks for confirmation before something is deleted for good. */
export function Ask({ question, what, yes, no, act, onClose }: AskProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const trouble = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // A premature Enter deletes nothing.
    safe.current?.focus();
  }, []);

  async function go() {
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      await act();
      dialog.current?.close();
    } catch (error) {
      trouble.value = explain(error).text;
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <dialog ref={dialog} aria-labelledby="ask" onClose={onClose}>
      <div class="stack">
        <h2 id="ask">{question}</h2>
        <p class="muted">{what}</p>
        {trouble.value !== null && (
          <p class="note bad small" role="alert">
            {trouble.value}
          </p>
        )}
        <div class="row">
          {/* A button that is disabled would lose the focus. */}
          <button type="button" class="button primary" aria-disabled={isBusy.value} onClick={() => void go()}>
            {yes}
          </button>
          <button type="button" class="button" ref={safe} onClick={() => dialog.current?.close()}>
            {no}
          </button>
        </div>
      </div>
    </dialog>
  );
}

/** Deletes a job with its pictures, after confirmation. */
export function Remove({ job }: { job: Job }) {
  const say = t().result;
  const isAsking = useSignal(false);

  async function act() {
    await remove(job.id);
    announce(t().absent.deleted);
  }

  return (
    <>
      <button
        type="button"
        class="button quiet"
        aria-label={t().history.open(say.remove, moment(job.created_at))}
        onClick={() => (isAsking.value = true)}
      >
        <Icon name="trash" />
        {say.remove}
      </button>
      {isAsking.value && (
        <Ask
          question={say.removeAsk}
          what={say.removeWhat}
          yes={say.remove}
          no={say.keep}
          act={act}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </>
  );
}
