import assert from "node:assert/strict";
import { test } from "node:test";
import { address, api, dress, land, PATIENCE, PHONE, reachable, shot, stage, visitor, WIDE } from "./browser.mjs";

const token = process.env.ATELIER_ADMIN_TOKEN;

async function enter(page) {
  await page.goto(`${address}/admin`);
  await page.getByLabel("Operator's token").fill(token);
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.getByRole("heading", { name: "Jobs by state" }).waitFor();
}

test("a wrong token opens nothing", async () => {
  const { page, done } = await visitor();
  await page.goto(`${address}/admin`);
  await page.getByLabel("Operator's token").fill("wrong");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.getByText("This token is not taken.").waitFor();
  await reachable(page, "the entrance");
  await done();
});

for (const [name, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`operators see how everything is (${name}, ${colorScheme})`, async () => {
      const { page, done } = await visitor({ viewport, colorScheme });
      await enter(page);
      await page.getByRole("button", { name: "Replay the books" }).click();
      await page.getByText(/The books are right/).waitFor({ timeout: PATIENCE });
      await page.getByRole("button", { name: "Try everything" }).click();
      await page.locator(".checks li").first().waitFor({ timeout: PATIENCE });
      await page.locator("tbody tr").first().waitFor();
      await reachable(page, "the operators' page");
      await shot(page, `admin-${name}-${colorScheme}`);
      await done();
    });
  }
}

test("a grant arrives, and is shown with its expiry", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const account = await page.evaluate(() => localStorage.getItem("atelier.account"));
  const desk = await context.newPage();
  await enter(desk);
  await desk.getByLabel("Account").fill(account);
  await desk.getByLabel("Credits", { exact: true }).fill("30");
  await desk.getByLabel("Kind").selectOption("paid");
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await desk.getByLabel(/^Expires/).fill(soon);
  await desk.getByLabel(/^Reference/).fill(`test:${account}`);
  await desk.getByRole("button", { name: "Grant" }).click();
  await desk.getByText(`30 granted to ${account}.`).waitFor();
  assert.equal((await api(page, "GET", "/v1/credits")).data.available, 50);
  await page.reload();
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.getByText("4 from what you bought").waitFor();
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: PATIENCE });
  await page.goto(`${address}/#/credits`);
  await page.getByText(/26 credits expire soon/).waitFor();
  await shot(page, "expiring");
  await desk.getByRole("button", { name: "Forget the token" }).click();
  await desk.getByLabel("Operator's token").waitFor();
  await done();
});
