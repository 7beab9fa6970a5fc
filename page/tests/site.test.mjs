// What the page is to those who run no script: built anew for a site whose name and address are known here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const page = new URL("..", import.meta.url).pathname;

/** The files of a build for a site. */
function built(site) {
  const into = mkdtempSync(join(tmpdir(), "atelier-page-"));
  after(() => rmSync(into, { recursive: true }));
  const vite = join(page, "../node_modules/vite/bin/vite.js");
  const args = [vite, "build", page, "--outDir", into, "--emptyOutDir", "--logLevel", "error"];
  execFileSync(process.execPath, args, { env: { ...process.env, SITE_NAME: "", SITE_URL: "", ...site } });
  return (name) => readFileSync(join(into, name), "utf8");
}

const file = built({ SITE_NAME: `Ada's <Try & Buy>`, SITE_URL: "https://try.example/" });

/** The attributes of all elements of a kind, in a page. */
const elements = (html, kind) =>
  [...html.matchAll(new RegExp(`<${kind} ([^>]*?)/?>`, "g"))].map(([, text]) =>
    Object.fromEntries([...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );

const PAGES = [
  ["index.html", "en", "https://try.example/", "AI clothes changer", "How it works"],
  ["zh.html", "zh-Hans", "https://try.example/zh", "AI 换装", "使用方法"],
];

for (const [name, language, address, title, heading] of PAGES)
  test(`${name} says what the site is, where it is, and how it works, without any script`, () => {
    const html = file(name);
    assert.match(html, new RegExp(`<html lang="${language}">`));
    assert.match(html, new RegExp(`<title>${title}[^<]* · Ada's &lt;Try &amp; Buy&gt;</title>`));
    const links = elements(html, "link");
    const of = (rel) => links.filter((link) => link.rel === rel);
    assert.deepEqual(of("canonical")[0].href, address);
    assert.deepEqual(
      of("alternate").map(({ hreflang, href }) => [hreflang, href]),
      [
        ["en", "https://try.example/"],
        ["zh-Hans", "https://try.example/zh"],
        ["x-default", "https://try.example/"],
      ],
    );
    const metas = Object.fromEntries(
      elements(html, "meta").map(({ name, property, content }) => [name ?? property, content]),
    );
    assert.equal(metas["og:image"], "https://try.example/preview.jpg");
    assert.equal(metas["og:url"], address);
    assert.equal(metas["og:site_name"], "Ada's &lt;Try &amp; Buy&gt;");
    assert(metas.description.length > 20);
    const document = JSON.parse(html.match(/<script type="application\/ld\+json">(.*?)<\/script>/)[1]);
    assert.deepEqual(
      [document["@type"], document.name, document.url, document.inLanguage],
      ["WebApplication", "Ada's <Try & Buy>", address, language],
    );
    const body = html.slice(html.indexOf("<body"));
    assert.match(body, /<h1>[^<]+<\/h1>/);
    assert.match(body, new RegExp(`<h2>${heading}</h2>`));
    assert.equal(body.match(/<li>/g).length, 3);
    assert(body.match(/<details>/g).length >= 5);
    // The policy allows no script within the page but this data.
    assert.equal(html.match(/<script(?![^>]*\bsrc=)/g).length, 1);
  });

test("what search engines and browsers look for is there", () => {
  assert.match(file("robots.txt"), /^Sitemap: https:\/\/try\.example\/sitemap\.xml$/m);
  const sitemap = file("sitemap.xml");
  assert.deepEqual(
    [...sitemap.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, at]) => at),
    ["https://try.example/", "https://try.example/zh"],
  );
  const manifest = JSON.parse(file("manifest.webmanifest"));
  assert.equal(manifest.name, "Ada's <Try & Buy>");
  for (const { src, sizes } of manifest.icons) {
    const png = readFileSync(join(page, "public", src));
    assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes);
  }
  assert.match(file("404.html"), /<meta name="robots" content="noindex"/);
});

test("a page that is built for no address says nothing that needs one", () => {
  const file = built({});
  const html = file("index.html");
  assert.doesNotMatch(html, /canonical|hreflang|og:url|og:image|127\.0\.0\.1/);
  assert.match(html, /<title>AI clothes changer[^<]* · Atelier<\/title>/);
  assert.doesNotMatch(file("robots.txt"), /Sitemap/);
  assert.throws(() => file("sitemap.xml"));
});
