import { useSignal } from "@preact/signals";
import type { Job } from "../api";
import { ownAddress } from "../client";
import { t } from "../i18n";
import { Icon } from "./Icon";
import { canShare, fileOf, nameOf, save } from "./save";

/** Saves or shares pictures. */
export function Take({ job, index }: { job: Job; index: number }) {
  const say = t().result;
  const isBusy = useSignal(false);
  const hasFailed = useSignal(false);
  const image = job.images[index];

  async function run(act: () => Promise<void>) {
    if (isBusy.peek()) return;
    isBusy.value = true;
    hasFailed.value = false;
    try {
      await act();
    } catch (error) {
      // Closing the share dialog is no error.
      hasFailed.value = !(error instanceof DOMException && error.name === "AbortError");
    } finally {
      isBusy.value = false;
    }
  }

  const saveOne = async () => save(await fileOf(job, index));
  const saveAll = async () => {
    for (const at of job.images.keys()) save(await fileOf(job, at));
  };
  const share = async () => navigator.share({ files: [await fileOf(job, index)] });

  if (image === undefined) return null;
  return (
    <>
      <a
        class="button primary"
        href={ownAddress(image.url)}
        download={nameOf(job, index)}
        aria-disabled={isBusy.value}
        onClick={(event) => {
          event.preventDefault();
          void run(saveOne);
        }}
      >
        <Icon name="download" />
        {isBusy.value ? say.fetching : say.download}
      </a>
      {job.images.length > 1 && (
        <button type="button" class="button" onClick={() => void run(saveAll)}>
          <Icon name="download" />
          {say.downloadAll}
        </button>
      )}
      {canShare() && (
        <button type="button" class="button" onClick={() => void run(share)}>
          <Icon name="share" />
          {say.share}
        </button>
      )}
      {hasFailed.value && (
        <p class="note bad small whole" role="alert">
          {say.notFetched}
        </p>
      )}
    </>
  );
}
