import assert from "node:assert/strict";
import { test } from "node:test";
import { button, go, held, land, make, TIMEOUT, PHONE, reachable, shot, stage, visitor } from "./browser.mjs";

for (const colorScheme of ["light", "dark"]) {
  test(`every page is accessible, on a desktop and a phone (${colorScheme})`, async () => {
    const { page, done } = await visitor({ colorScheme });
    await land(page);
    await page.locator(".settings summary").click();
    await reachable(page, "the landing page");
    const work = held();
    const job = await make(page, work.words);
    await stage(page, "running", job).waitFor();
    await reachable(page, "progress");
    await work.complete();
    await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
    await page.getByRole("slider").waitFor();
    await reachable(page, "the result");
    await go(page, "#/");
    await stage(page, "failed", await make(page, "#fail")).waitFor({ timeout: TIMEOUT });
    await reachable(page, "a failure");
    await go(page, "#/history");
    await page.locator(".entry").first().waitFor();
    await reachable(page, "the history");
    await page
      .getByRole("button", { name: /^Delete, / })
      .first()
      .click();
    await reachable(page, "a question");
    await page.keyboard.press("Escape");
    await go(page, "#/credits");
    await page.locator("tbody tr").first().waitFor();
    await reachable(page, "credits");
    await go(page, "#/account");
    // A demo account has limits, retention and the deletion alone.
    await page.getByText("20 requests left this minute").waitFor();
    assert.deepEqual(await page.locator("main h2").allTextContents(), ["Your limits", "What we keep", "Your data"]);
    await reachable(page, "the account");
    await shot(page, `demo-account-${colorScheme}`);
    await done();
  });
}

test("the keyboard is enough, and the focus follows what happens", async () => {
  const { page, done } = await visitor();
  await land(page);
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
    );
  const tabTo = async (name) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      if ((await focused()).startsWith(name)) return;
    }
    assert.fail(`${name} cannot be reached`);
  };
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to content");
  await tabTo("Knit sweater");
  await page.keyboard.press("Enter");
  await tabTo("Try it on · 4 credits");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Your picture");
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await page.locator("[data-announcer]", { hasText: "Your picture is ready" }).waitFor();
  await page.getByRole("slider").waitFor();
  await tabTo("Compare before and after");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByRole("slider").getAttribute("aria-valuenow"), "60");
  await done();
});

test("a premature click says what is missing, and moves the focus there", async () => {
  const { page, done } = await visitor();
  await land(page);
  await button(page).click({ force: true });
  await page.getByRole("status").filter({ hasText: "Add a garment" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.closest("[data-input]")?.dataset.input === "garment");
  await done();
});

test("a Chinese browser gets Chinese, until another language is chosen", async () => {
  const { page, done } = await visitor({ locale: "zh-CN", viewport: PHONE });
  await land(page);
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hans");
  await shot(page, "chinese");
  await page.getByRole("button", { name: "亚麻衬衫" }).click();
  assert.equal(await button(page).textContent(), "开始换装 · 4 积分");
  await button(page).click();
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await reachable(page, "the result in Chinese");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByText("Your picture is ready").first().waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Download" }).waitFor();
  await done();
});

test("the button does not light up under a mouse before it can be pressed", async () => {
  const { page, done } = await visitor();
  await land(page);
  const colour = () => button(page).evaluate((element) => getComputedStyle(element).backgroundColor);
  const before = await colour();
  await button(page).hover({ force: true });
  assert.equal(await colour(), before);
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.locator('[data-dress][aria-disabled="false"]').waitFor();
  assert.notEqual(await colour(), before);
  await done();
});

test("the focused element is above the button, or the button gives way", async () => {
  for (const viewport of [
    { width: 375, height: 635 },
    { width: 640, height: 360 },
  ]) {
    const { page, done } = await visitor({ viewport });
    await land(page);
    await page.locator(".settings summary").click();
    await page.locator("h1").click();
    await page.evaluate(() => scrollTo(0, 0));
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press("Tab");
      const covered = await page.evaluate(() => {
        const [focused, bar] = [document.activeElement, document.querySelector(".go")];
        if (focused === document.body || bar.contains(focused)) return 0;
        const isHidden = focused.matches(".visually-hidden");
        const seen = (isHidden ? focused.closest("label") : focused).getBoundingClientRect();
        const top = bar.getBoundingClientRect().top;
        // An element that is taller than the space above the button cannot be fully visible.
        return seen.top > innerHeight ? seen.height : seen.height > top ? 0 : seen.bottom - top;
      });
      assert(covered < 12, `${covered} pixels are covered at ${viewport.width} × ${viewport.height}`);
    }
    await done();
  }
});
