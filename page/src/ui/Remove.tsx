import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../api";
import { t } from "../i18n";
import { explain } from "../problems";
import { remove } from "../state/jobs";
import { Icon } from "./Icon";

interface AskProps {
  question: string;
  what: string;
  yes: string;
  act: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something is gone for good. */
export function Ask({ question, what, yes, act, onClose }: AskProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const trouble = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function go() {
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
          <button type="button" class="button primary" disabled={isBusy.value} onClick={() => void go()}>
            {yes}
          </button>
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {t().result.keep}
          </button>
        </div>
      </div>
    </dialog>
  );
}

/** Deletes a job's pictures, once that was asked. */
export function Remove({ job }: { job: Job }) {
  const say = t().result;
  const isAsking = useSignal(false);
  return (
    <>
      <button type="button" class="button quiet" onClick={() => (isAsking.value = true)}>
        <Icon name="trash" />
        {say.remove}
      </button>
      {isAsking.value && (
        <Ask
          question={say.removeAsk}
          what={say.removeWhat}
          yes={say.remove}
          act={() => remove(job.id)}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </>
  );
}
