// Draws what is in page/public of the icon and the samples: `node page/site/draw.mjs`, with a Chromium. The icons are
// what phones show on the home screen, the preview is what a link to the site looks like elsewhere.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { TEXTS } from "./texts.mjs";

const root = new URL("../../", import.meta.url).pathname;
const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
const executablePath = process.env.CHROMIUM ?? names.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

// Without its round corners: each system cuts icons in its own shape.
const icon = readFileSync(`${root}page/public/favicon.svg`, "utf8").replace('rx="9"', "");
for (const side of [180, 192, 512]) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${side}px }</style>${icon}`);
  await page.screenshot({ path: `${root}page/public/icon-${side}.png` });
}

/** An icon file with one PNG in it, for whoever asks for favicon.ico without reading the page. */
function iconFile(side, png) {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  head.writeUInt8(side, 6);
  head.writeUInt8(side, 7);
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, png]);
}

const round = readFileSync(`${root}page/public/favicon.svg`, "utf8");
const small = await browser.newPage({ viewport: { width: 32, height: 32 } });
await small.setContent(`<style>body { margin: 0 } svg { display: block; width: 32px }</style>${round}`);
const png = await small.screenshot({ omitBackground: true });
writeFileSync(`${root}page/public/favicon.ico`, iconFile(32, png));

const picture = (file, type) => `data:${type};base64,${readFileSync(`${root}samples/${file}`).toString("base64")}`;
const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
await page.setContent(`
  <style>
    * { box-sizing: border-box; margin: 0 }
    body { display: flex; align-items: center; gap: 56px; height: 630px; padding: 60px 72px; background: #f8f5f1; color: #201a16 }
    h1 { font: 600 76px/1.05 Georgia, serif; letter-spacing: -0.02em }
    p { margin-top: 24px; font: 28px/1.4 system-ui, sans-serif; color: #665b52 }
    div { display: flex; align-items: center; gap: 20px }
    img { display: block; object-fit: cover; border-radius: 28px; background: #fffdfb; box-shadow: 0 18px 50px -20px #20181255 }
    b { font: 600 52px system-ui, sans-serif; color: #a8432b }
  </style>
  <section><h1>${TEXTS.en.heading}</h1><p>${TEXTS.en.description}</p></section>
  <div>
    <img src="${picture("person-woman.jpg", "image/jpeg")}" width="290" height="430">
    <b>+</b>
    <img src="${picture("garment-linen-shirt.png", "image/png")}" width="240" height="280" style="object-fit: contain; padding: 14px">
  </div>`);
await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
await page.screenshot({ path: `${root}page/public/preview.jpg`, type: "jpeg", quality: 82 });
await browser.close();
