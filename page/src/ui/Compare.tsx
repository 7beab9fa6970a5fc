import { useSignal } from "@preact/signals";
import type { HTMLAttributes } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../api";
import { t } from "../i18n";

/** One step of an arrow key, in hundredths of the width. */
const STEP = 5;

interface SliderElement extends HTMLElement {
  value: number;
}

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "img-comparison-slider": HTMLAttributes<SliderElement> & { keyboard?: "disabled"; onSlide?: () => void };
    }
  }
}

interface Props {
  image: Image;
  source: string;
  before: string | null;
  alt: string;
  onGone: () => void;
}

/** The picture, with the photo it was made from beside it, if that is known here. */
export function Compare({ image, source, before, alt, onGone }: Props) {
  const say = t().result;
  const slider = useRef<SliderElement>(null);
  const isReady = useSignal(false);
  /** The sides as this browser shows them: a camera's picture may lie on its side in the file. */
  const ratio = useSignal(image.width / image.height);
  const measure = ({ currentTarget: { naturalWidth, naturalHeight } }: { currentTarget: HTMLImageElement }) => {
    if (naturalHeight > 0) ratio.value = naturalWidth / naturalHeight;
  };
  const after = (
    <img
      class="whole"
      src={source}
      alt={alt}
      width={image.width}
      height={image.height}
      onLoad={measure}
      onError={onGone}
    />
  );

  useEffect(() => {
    if (before !== null) void import("img-comparison-slider").then(() => (isReady.value = true));
  }, [before]);

  const tell = () => {
    const element = slider.current;
    if (element === null) return;
    const percent = Math.round(element.value);
    element.setAttribute("aria-valuenow", String(percent));
    element.setAttribute("aria-valuetext", say.shown(percent));
  };

  // Its own keys only work while they are held; a slider moves a step at each press.
  function press(event: KeyboardEvent) {
    const element = slider.current;
    if (element === null) return;
    const to = { ArrowLeft: element.value - STEP, ArrowRight: element.value + STEP, Home: 0, End: 100 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    element.value = Math.min(100, Math.max(0, to));
    tell();
  }

  // A handle that does not move yet is none.
  const handle = {
    role: "slider",
    "aria-label": say.slider,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": 50,
    "aria-valuetext": say.shown(50),
    tabIndex: 0,
  } as const;

  return (
    <div class="canvas" style={{ "--ratio": String(ratio.value) }}>
      {before === null ? (
        after
      ) : (
        // What is in a slider is not read: the picture is named beside it.
        <>
          <p class="visually-hidden">{alt}</p>
          <img-comparison-slider
            ref={slider}
            {...(isReady.value && handle)}
            keyboard="disabled"
            onKeyDown={press}
            onSlide={tell}
          >
            <figure slot="first">
              <img src={before} alt={say.beforeAlt} />
              <figcaption class="side left">{say.before}</figcaption>
            </figure>
            <figure slot="second">
              {after}
              <figcaption class="side right">{say.after}</figcaption>
            </figure>
            <svg slot="handle" class="handle" viewBox="-20 -20 40 40" aria-hidden="true">
              <circle r="20" />
              <path d="m-6-5-5 5 5 5M6-5l5 5-5 5" />
            </svg>
          </img-comparison-slider>
        </>
      )}
    </div>
  );
}
