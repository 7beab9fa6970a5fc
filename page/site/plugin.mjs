// The page as those meet it who have no script: its head, its first words, and the files that search engines and
// browsers look for. All of it is made from the site's name and address at the build, since it is served as it is.
import { FILES, NAMES, PATHS, TEXTS } from "./texts.mjs";

const languages = Object.keys(TEXTS);

const escaped = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** A document that a script element holds: nothing in it may end the element. */
const json = (value) => JSON.stringify(value).replace(/</g, "\\u003c");

/** `address` is null where it is not known: then nothing is said that needs it. */
export function site({ name, address }) {
  const at = (path) => escaped(address + path);
  const alternates = () =>
    languages
      .map((language) => `<link rel="alternate" hreflang="${NAMES[language]}" href="${at(PATHS[language])}" />`)
      .concat(`<link rel="alternate" hreflang="x-default" href="${at(PATHS.en)}" />`);

  function head(language) {
    const { title, description, preview } = TEXTS[language];
    const addressed = address !== null && {
      url: address + PATHS[language],
      image: `${address}/preview.jpg`,
    };
    const application = {
      "@context": "https://schema.org",
      "@type": "WebApplication",
      name,
      description,
      ...addressed,
      applicationCategory: "MultimediaApplication",
      operatingSystem: "Any",
      inLanguage: NAMES[language],
    };
    const properties = {
      "og:type": "website",
      "og:site_name": name,
      "og:title": title,
      "og:description": description,
      "og:locale": { en: "en_GB", zh: "zh_CN" }[language],
      ...(addressed && {
        "og:url": addressed.url,
        "og:image": addressed.image,
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": preview,
      }),
    };
    return [
      `<title>${escaped(`${title} · ${name}`)}</title>`,
      `<meta name="description" content="${escaped(description)}" />`,
      ...(address === null ? [] : [`<link rel="canonical" href="${at(PATHS[language])}" />`, ...alternates()]),
      ...Object.entries(properties).map(([key, value]) => `<meta property="${key}" content="${escaped(value)}" />`),
      `<meta name="twitter:card" content="summary_large_image" />`,
      `<script type="application/ld+json">${json(application)}</script>`,
    ].join("\n    ");
  }

  function hero(language) {
    const { heading, description } = TEXTS[language];
    return `<main class="before"><h1>${escaped(heading)}</h1><p class="muted">${escaped(description)}</p></main>`;
  }

  function about(language) {
    const { how, steps, questions, answers } = TEXTS[language];
    const step = ([what, more]) => `<li><h3>${escaped(what)}</h3><p class="muted">${escaped(more)}</p></li>`;
    const answer = ([question, text]) =>
      `<details><summary>${escaped(question)}</summary><p class="muted">${escaped(text)}</p></details>`;
    return [
      `<section id="about" class="about" lang="${NAMES[language]}">`,
      `<h2>${escaped(how)}</h2><ol>${steps.map(step).join("")}</ol>`,
      `<h2>${escaped(questions)}</h2>${answers.map(answer).join("")}`,
      "</section>",
    ].join("\n");
  }

  const words = (language) => {
    const { absent, absentWhy, back } = TEXTS[language];
    const [heading, why, link] = [absent, absentWhy, back].map(escaped);
    return `<section lang="${NAMES[language]}"><h1>${heading}</h1><p class="muted">${why}</p><p><a class="button primary" href="${PATHS[language]}">${link}</a></p></section>`;
  };

  const inLanguage = (template, language) =>
    template
      .replace("{language}", NAMES[language])
      .replace("<!-- head -->", () => head(language))
      .replace("<!-- hero -->", () => hero(language))
      .replace("<!-- noscript -->", () => escaped(TEXTS[language].noscript))
      .replace("<!-- about -->", () => about(language));

  const manifest = {
    name,
    short_name: name,
    description: TEXTS.en.description,
    start_url: "/",
    display: "standalone",
    background_color: "#f8f5f1",
    theme_color: "#a8432b",
    icons: [192, 512].map((side) => ({
      src: `/icon-${side}.png`,
      sizes: `${side}x${side}`,
      type: "image/png",
      purpose: "any maskable",
    })),
  };
  function sitemap() {
    const links = languages.map(
      (language) => `<xhtml:link rel="alternate" hreflang="${NAMES[language]}" href="${at(PATHS[language])}"/>`,
    );
    const urls = languages.map((language) => `<url><loc>${at(PATHS[language])}</loc>${links.join("")}</url>`);
    const spaces = `xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset ${spaces}>${urls.join("")}</urlset>\n`;
  }

  const robots = "User-agent: *\nDisallow: /v1/\nDisallow: /admin\n";
  const files = {
    "manifest.webmanifest": JSON.stringify(manifest),
    "robots.txt": address === null ? robots : `${robots}\nSitemap: ${address}/sitemap.xml\n`,
    ...(address !== null && { "sitemap.xml": sitemap() }),
  };

  return {
    name: "site",
    transformIndexHtml: (html) =>
      html
        .replace("<!-- absent -->", () => languages.map(words).join("\n"))
        .replace(/(<title>[^<]*)Atelier/, (_, before) => before + escaped(name)),
    // Once scripts and styles are in it, the first page is a template for each language.
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const template = bundle["index.html"].source;
        delete bundle["index.html"];
        const pages = languages.map((language) => [FILES[language], inLanguage(template, language)]);
        for (const [fileName, source] of [...pages, ...Object.entries(files)])
          this.emitFile({ type: "asset", fileName, source });
      },
    },
  };
}
