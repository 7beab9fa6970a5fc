import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./Icon";

const MIDDLE = { x: 0.5, y: 0.5 };

/** A picture that fills the window; a click shows it in full size, centred on the clicked point. */
export function Zoom({ src, alt, onClose }: { src: string; alt: string; onClose: () => void }) {
  const say = t().result;
  const dialog = useRef<HTMLDialogElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isFull = useSignal(false);
  const centre = useRef(MIDDLE);
  useEffect(() => dialog.current?.showModal(), []);

  useLayoutEffect(() => {
    const view = scroller.current;
    if (view === null || !isFull.value) return;
    view.scrollTo(
      centre.current.x * view.scrollWidth - view.clientWidth / 2,
      centre.current.y * view.scrollHeight - view.clientHeight / 2,
    );
  }, [isFull.value]);

  function toggle(at: typeof MIDDLE) {
    centre.current = at;
    isFull.value = !isFull.value;
  }

  function toggleAt(event: MouseEvent) {
    const { clientWidth, clientHeight } = event.currentTarget as HTMLImageElement;
    toggle({ x: event.offsetX / clientWidth, y: event.offsetY / clientHeight });
  }

  return (
    <dialog class="zoom" ref={dialog} aria-label={alt} onClose={onClose}>
      {/* The arrow keys move what is larger than the window. */}
      <div class="scroller" tabIndex={0} role="region" aria-label={alt} ref={scroller}>
        <img src={src} alt={alt} class={isFull.value ? "full" : ""} onClick={toggleAt} />
      </div>
      <div class="row over">
        <button type="button" class="button" aria-pressed={isFull.value} onClick={() => toggle(MIDDLE)}>
          <Icon name="zoom" />
          {say.fullSize}
        </button>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          <Icon name="cross" />
          {t().close}
        </button>
      </div>
    </dialog>
  );
}
