import { useEffect, useRef } from "preact/hooks";
import { language, type Language } from "../i18n";

/** Where each language's page is, as page/site/texts.mjs has it. */
const PATHS: Record<Language, string> = { en: "/", zh: "/zh" };

/** What the page says below the form: it came with the page, before this script, and is not in it a second time. */
const texts = new Map<Language, Node>();

/** Takes it out of a page. */
function note(page: Document): void {
  const about = page.getElementById("about");
  if (about === null) return;
  about.remove();
  texts.set(about.lang.startsWith("zh") ? "zh" : "en", about);
}

note(document);

/** Of another language it is read from that language's page. */
async function textOf(language: Language): Promise<Node | undefined> {
  if (!texts.has(language)) {
    const response = await fetch(PATHS[language]);
    if (response.ok) note(new DOMParser().parseFromString(await response.text(), "text/html"));
  }
  return texts.get(language);
}

/** How it works, and answers to what people ask first. */
export function About() {
  const place = useRef<HTMLDivElement>(null);
  const wanted = language.value;
  useEffect(() => {
    let isGone = false;
    void textOf(wanted)
      .catch(() => undefined) // Without it, nothing is missing that is needed.
      .then((text) => {
        if (!isGone) place.current?.replaceChildren(...(text === undefined ? [] : [text]));
      });
    return () => void (isGone = true);
  }, [wanted]);
  return <div class="wide-below" ref={place} />;
}
