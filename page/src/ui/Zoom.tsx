import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./Icon";

/** A picture over all of the window, in its own size at a click. */
export function Zoom({ src, alt, onClose }: { src: string; alt: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isFull = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="zoom" ref={dialog} aria-label={alt} onClose={onClose}>
      <div class="scroller">
        <img src={src} alt={alt} class={isFull.value ? "full" : ""} onClick={() => (isFull.value = !isFull.value)} />
      </div>
      <button type="button" class="button" onClick={() => dialog.current?.close()}>
        <Icon name="cross" />
        {t().close}
      </button>
    </dialog>
  );
}
