import assert from "node:assert/strict";
import { test } from "node:test";
import { address, button, dress, land, PATIENCE, PHONE, reachable, shot, stage, visitor } from "./browser.mjs";

for (const colorScheme of ["light", "dark"]) {
  test(`no barriers on any page, on a desk or a phone (${colorScheme})`, async () => {
    const { page, done } = await visitor({ colorScheme });
    await land(page);
    await page.locator(".settings summary").click();
    await reachable(page, "the landing page");
    await dress(page);
    await stage(page, "running").waitFor();
    await reachable(page, "progress");
    await stage(page, "completed").waitFor({ timeout: PATIENCE });
    await page.getByRole("slider").waitFor();
    await reachable(page, "the result");
    await page.goto(`${address}/#/`);
    await dress(page, "#fail");
    await stage(page, "failed").waitFor({ timeout: PATIENCE });
    await reachable(page, "a failure");
    await page.goto(`${address}/#/history`);
    await page.locator(".entry").first().waitFor();
    await reachable(page, "the history");
    await page
      .getByRole("button", { name: /^Delete, / })
      .first()
      .click();
    await reachable(page, "a question");
    await page.keyboard.press("Escape");
    await page.goto(`${address}/#/credits`);
    await page.locator("tbody tr").first().waitFor();
    await reachable(page, "credits");
    await done();
  });
}

test("the keyboard alone is enough, and the focus goes where something happens", async () => {
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
  assert.equal(await focused(), "Skip to the content");
  await tabTo("Knit sweater");
  await page.keyboard.press("Enter");
  await tabTo("Dress me: 4 credits");
  await page.keyboard.press("Enter");
  await stage(page, "running").waitFor();
  assert.equal(await focused(), "The picture");
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  assert.equal(await page.locator("[data-announcer]").textContent(), "Here you are");
  await page.getByRole("slider").waitFor();
  await tabTo("Compare before and after");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByRole("slider").getAttribute("aria-valuenow"), "60");
  await done();
});

test("a click too early says what is missing, and leads there", async () => {
  const { page, done } = await visitor();
  await land(page);
  await button(page).click({ force: true });
  await page.getByRole("status").filter({ hasText: "Choose a garment" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.closest("[data-input]")?.dataset.input), "garment");
  await done();
});

test("a browser in Chinese is spoken to in Chinese, until it is told otherwise", async () => {
  const { page, done } = await visitor({ locale: "zh-CN", viewport: PHONE });
  await land(page);
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hans");
  await shot(page, "chinese");
  await page.getByRole("button", { name: "亚麻衬衫" }).click();
  assert.equal(await button(page).textContent(), "开始换装：4 积分");
  await button(page).click();
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await reachable(page, "the result in Chinese");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByText("Here you are").first().waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Download" }).waitFor();
  await done();
});
