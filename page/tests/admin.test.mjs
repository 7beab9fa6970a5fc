import assert from "node:assert/strict";
import { test } from "node:test";
import { address, api, dress, go, land, make, TIMEOUT, reachable, shot, stage, visitor } from "./browser.mjs";

const token = process.env.ATELIER_ADMIN_TOKEN;

async function enter(page) {
  await page.goto(`${address}/admin`);
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Jobs by state" }).waitFor();
}

test("a wrong token opens nothing", async () => {
  const { page, done } = await visitor();
  await page.goto(`${address}/admin`);
  await page.getByLabel("Admin token").fill("wrong");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("That token isn't valid.").waitFor();
  await reachable(page, "the entrance");
  await done();
});

test("operators see the overview, in light and dark, on any screen", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  for (const [words, status] of [
    ["", "completed"],
    ["#fail", "failed"],
    ["#expired", "storing"],
  ]) {
    await stage(page, status, await make(page, words)).waitFor({ timeout: TIMEOUT });
    await go(page, "#/");
  }
  const desk = await context.newPage();
  await enter(desk);
  await desk.getByRole("button", { name: "Run the audit" }).click();
  await desk.getByText(/The books balance/).waitFor({ timeout: TIMEOUT });
  await desk.getByRole("button", { name: "Run the self-test" }).click();
  await desk.locator(".checks li").first().waitFor({ timeout: TIMEOUT });
  await desk.locator("tbody tr").nth(2).waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await desk.emulateMedia({ colorScheme });
    await reachable(desk, `the operators' page (${colorScheme})`);
    await shot(desk, `admin-${colorScheme}`);
  }
  await done();
});

test("a grant is made and shown with its expiry", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const account = await page.evaluate(() => localStorage.getItem("atelier.account"));
  const desk = await context.newPage();
  await enter(desk);
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const grant = async (credits) => {
    await desk.getByLabel("Account").fill(account);
    await desk.getByLabel("Credits", { exact: true }).fill(credits);
    await desk.getByLabel("Kind").selectOption("paid");
    await desk.getByLabel(/^Expires/).fill(soon);
    await desk.getByLabel(/^Reference/).fill(`test:${account}`);
    // The message about a grant is still there when the next one is requested.
    const answered = desk.waitForResponse("**/v1/admin/grants");
    await desk.getByRole("button", { name: "Grant" }).click();
    const response = await answered;
    // The form is cleared then, with whatever was entered before.
    if (response.ok()) await desk.waitForFunction(() => document.querySelector("[name=account]").value === "");
    return response.json();
  };
  const first = await grant("30");
  await desk.getByText(/Granted 30 credits to .* \(pkg_\w+\), /).waitFor();
  // Repeating it returns the same package, and changing it is an error that is named.
  assert.equal((await grant("30")).package.id, first.package.id);
  await grant("31");
  await desk
    .getByRole("alert")
    .filter({ hasText: /reference|key/ })
    .waitFor();
  assert.equal((await api(page, "GET", "/v1/credits")).data.available, 50);
  await page.reload();
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.getByText("4 of your purchased credits").waitFor();
  await dress(page);
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await go(page, "#/credits");
  await page.getByText(/26 credits expire soon/).waitFor();
  await shot(page, "expiring");
  await desk.getByRole("button", { name: "Sign out" }).click();
  await desk.getByLabel("Admin token").waitFor();
  await done();
});

test("an operator is asked before a grant creates an account", async () => {
  const { page, done } = await visitor();
  await enter(page);
  const name = `mistyped-${Date.now()}`;
  await page.getByLabel("Account").fill(name);
  await page.getByLabel("Credits", { exact: true }).fill("7");
  await page.getByLabel(/^Reference/).fill(`test:${name}`);
  const grant = page.getByRole("button", { name: "Grant", exact: true });
  const question = page.getByText(`There's no account named “${name}” yet.`);
  await grant.click();
  await question.waitFor();
  await reachable(page, "the question whether to make an account");
  await page.getByRole("button", { name: "Change the name" }).click();
  await question.waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Account").inputValue(), name);
  await grant.click();
  await page.getByRole("button", { name: "Create and grant" }).click();
  await page.getByText(/Granted 7 credits to .* \(pkg_\w+\), .* This account is new\./).waitFor();
  await page.getByLabel("Account").fill("acc_mistyped");
  await page.getByLabel("Credits", { exact: true }).fill("7");
  await page.getByLabel(/^Reference/).fill(`test:${name}:2`);
  await grant.click();
  await page.getByRole("alert").filter({ hasText: "is not the id of an account" }).waitFor();
  await done();
});
