// What a visitor sees first: before the script has come, in their own language, and at an address that is none; and the
// page on paper and for those who have it read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, go, heading, land, make, PHONE, reachable, shot, stage, TIMEOUT, visitor } from "./browser.mjs";

const about = (page, name) => page.getByRole("heading", { level: 2, name });

test("without a script the page says what it is and how it works", async () => {
  const { page, done } = await visitor({ javaScriptEnabled: false });
  await page.goto(address);
  await heading(page, "Try on any outfit").waitFor();
  await about(page, "How it works").waitFor();
  assert((await page.locator("noscript").boundingBox()).height > 0);
  await page.getByText("What happens to my photo?").click();
  await page.getByText("deleted automatically").waitFor();
  await page.goto(`${address}/zh`);
  await about(page, "使用方法").waitFor();
  await done();
});

test("its first words stay where they are once the script has come", async () => {
  for (const viewport of [undefined, PHONE]) {
    const { context, page, done } = await visitor({ ...(viewport && { viewport }) });
    await context.addInitScript(() => {
      window.shifted = 0;
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    await land(page);
    await about(page, "How it works").waitFor();
    await page.waitForLoadState("networkidle");
    const shifted = await page.evaluate(() => window.shifted);
    assert(shifted < 0.05, `the layout shifts by ${shifted}`);
    await done();
  }
});

test("the Chinese address is in Chinese until another language is chosen, and so is what is below the form", async () => {
  const { page, done } = await visitor();
  await page.goto(`${address}/zh`);
  await heading(page, "AI 换装，上身效果一看就知道。").waitFor();
  await about(page, "使用方法").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-Hans");
  await page.getByRole("button", { name: "English" }).click();
  await heading(page, "Try on any outfit").waitFor();
  await about(page, "How it works").waitFor();
  assert.equal(await page.locator("#about").count(), 1);
  await page.reload();
  await about(page, "How it works").waitFor();
  await page.getByRole("button", { name: "中文" }).click();
  await about(page, "使用方法").waitFor();
  await done();
});

test("how it works is told on the first page alone", async () => {
  const { page, done } = await visitor();
  await land(page);
  await about(page, "How it works").waitFor();
  await shot(page, "first-sight");
  await reachable(page, "the first page with its questions");
  await go(page, "#/history");
  assert.equal(await page.locator("#about").count(), 0);
  await go(page, "#/");
  await about(page, "How it works").waitFor();
  await done();
});

test("a mistyped address gets a page that leads back", async () => {
  const { page, done } = await visitor();
  const response = await page.goto(`${address}/no-such-page`);
  assert.equal(response.status(), 404);
  await heading(page, "We can't find that page").waitFor();
  await shot(page, "absent-page");
  await reachable(page, "the page for addresses that are none");
  await page.getByRole("link", { name: "Try on an outfit" }).click();
  await heading(page, "Try on any outfit").waitFor();
  for (const [path, type] of [
    ["robots.txt", /text\/plain/],
    ["manifest.webmanifest", /manifest\+json/],
    ["favicon.ico", /image\/(x-icon|vnd\.microsoft\.icon)/],
    ["icon-192.png", /image\/png/],
    ["preview.jpg", /image\/jpeg/],
  ]) {
    const file = await fetch(`${address}/${path}`);
    assert.equal(file.status, 200, path);
    assert.match(file.headers.get("content-type"), type);
  }
  await done();
});

test("the button covers nothing until it can be pressed, and then it is in reach", async () => {
  for (const viewport of [PHONE, { width: 1366, height: 768 }]) {
    const { page, done } = await visitor({ viewport });
    await land(page);
    const place = () =>
      page.locator(".go").evaluate((bar) => {
        const { top, bottom } = bar.getBoundingClientRect();
        const last = [...document.querySelectorAll("textarea")].at(-1).getBoundingClientRect();
        return { isBelow: top >= last.bottom, isInReach: bottom <= innerHeight + 1 };
      });
    assert.equal((await place()).isBelow, true);
    await page.getByRole("button", { name: "Linen shirt" }).click();
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForFunction(() => document.querySelector("[data-dress]").ariaDisabled === "false");
    assert.equal((await place()).isInReach, true);
    await done();
  }
});

/** The slider between a photo and what was made of it. */
async function compared(page) {
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  const slider = page.getByRole("slider");
  await slider.waitFor();
  return slider;
}

test("a result prints on one sheet, whole, and without what can be pressed", async () => {
  const { page, done } = await visitor();
  await compared(page);
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("main button:visible, nav:visible, textarea:visible").count(), 0);
  const [seen, whole] = await page.evaluate(() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    return [box(".canvas img.whole").width, box(".canvas").width];
  });
  assert(seen > 100 && Math.abs(seen - whole) < 2, `${seen} of ${whole} pixels`);
  assert.equal(await page.locator(".canvas figcaption:visible").count(), 0);
  await done();
});

test("a slider says where its line is, and the picture is named beside it", async () => {
  const { page, done } = await visitor();
  const slider = await compared(page);
  await page.getByText("Your finished picture, made with AI", { exact: true }).waitFor({ state: "attached" });
  assert.equal(await slider.getAttribute("aria-valuetext"), "50% before, 50% after");
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await slider.getAttribute("aria-valuetext"), "55% before, 45% after");
  await done();
});
