// Accessibility of the views about signing in, and the operators' page by a session.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, go, heading, reachable, shot } from "../browser.mjs";
import { askForCode, codeFor, enterCode, land, signedIn, somebody, visitor, WAYS } from "./people.mjs";

for (const colorScheme of ["light", "dark"]) {
  test(`the views about signing in are accessible, on a desktop and a phone (${colorScheme})`, async () => {
    const { context, page, done } = await visitor({ colorScheme });
    await land(page);
    await page.getByRole("button", { name: "Linen shirt" }).click();
    await reachable(page, "the landing page of a visitor");
    await page.locator(".bar .enter").click();
    await heading(page, "Sign in").waitFor();
    await reachable(page, "signing in");
    await shot(page, `sign-in-${colorScheme}`);
    await page.goto(`${address}/#/sign-in?error=use_email&method=github`);
    await page.getByRole("alert").waitFor();
    await reachable(page, "a sign-in that failed");
    await page.goto(`${address}/#/sign-in?code=12345678`);
    await heading(page, "Your code").waitFor();
    await reachable(page, "a code to type elsewhere");
    await shot(page, `code-elsewhere-${colorScheme}`);
    await page.goto(`${address}/#/sign-in?return_to=/%23/account`);
    const email = somebody();
    await askForCode(page, email);
    await enterCode(page, "12345");
    await page.getByRole("alert").waitFor();
    await reachable(page, "the code");
    await shot(page, `code-${colorScheme}`);
    await enterCode(page, await codeFor(email));
    await heading(page, "Your account").waitFor();
    await page.locator(".fact .pill").waitFor();
    await reachable(page, "the account");
    await shot(page, `account-${colorScheme}`);
    await page.getByRole("button", { name: "Delete my account" }).click();
    await reachable(page, "the question whether to delete it");
    await page.keyboard.press("Escape");
    await context.clearCookies();
    await page.reload();
    await page.getByRole("alert").filter({ hasText: "Your session has ended" }).waitFor();
    await reachable(page, "a session that has ended");
    await done();
  });
}

test("the keyboard is enough to sign in", async () => {
  const { page, done } = await visitor();
  const email = somebody();
  await land(page);
  await page.locator(".bar .enter").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.matches("h1"));
  await page.keyboard.press("Tab");
  await page.keyboard.type(email);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "code");
  await page.keyboard.type(await codeFor(email));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.textContent === "Try on any outfit");
  await page.locator(".balance").waitFor();
  await done();
});

test("an operator's session opens the operators' page, and nobody else's", async () => {
  const { context, page, done } = await visitor();
  await page.goto(`${address}/admin`);
  await page.getByLabel("Admin token").waitFor();
  await reachable(page, "the operators' entrance");
  await page.getByRole("link", { name: "Sign in with your account" }).click();
  await heading(page, "Sign in").waitFor();
  await WAYS.email(page, "grace@example.com");
  await page.getByRole("heading", { name: "Jobs by state" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/admin");
  await context.route("**/v1/admin/grants", (route) =>
    route.fulfill({
      status: 403,
      json: { type: "about:blank", title: "", detail: "sign in again", status: 403, code: "forbidden" },
    }),
  );
  await page.getByLabel("Account").fill("acc_7JX8M2Q4R6T0V3W5Y9ZBCDEFGH");
  await page.getByLabel("Credits", { exact: true }).fill("7");
  await page.getByLabel(/^Reference/).fill("test");
  await page.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByText("This needs an operator's sign-in of the last 10 minutes.").waitFor();
  await page.getByRole("link", { name: "Sign in again" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in with your account" }).waitFor();
  await done();
  const other = await visitor();
  const email = await signedIn(other.page);
  await go(other.page, "#/account");
  await other.page.goto(`${address}/admin`);
  await other.page.getByText(`You're signed in as ${email}, which isn't an operator's account.`).waitFor();
  await other.done();
});
