// The whole way, from the landing page to a finished picture, with each way to sign in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrived, button, heading, PHONE, samples, shot, stage, TIMEOUT, WIDE } from "../browser.mjs";
import { goOn, isChosen, land, pressToSignIn, somebody, visitor, WAYS } from "./people.mjs";

for (const [name, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const [way, signIn] of Object.entries(WAYS)) {
    test(`a visitor chooses, signs in (${way}) and gets the picture (${name})`, async () => {
      const { page, done } = await visitor({ viewport });
      await land(page);
      await pressToSignIn(page);
      await signIn(page, somebody());
      await heading(page, "Try on any outfit").waitFor();
      assert.match(new URL(page.url()).hash, /^(#\/)?$/);
      await page.locator(".balance", { hasText: "20 credits" }).waitFor();
      await goOn(page);
      await page.locator(".balance", { hasText: "16 credits" }).waitFor();
      await page.reload();
      await stage(page, "completed").waitFor({ timeout: TIMEOUT });
      await isChosen(page);
      await done();
    });
  }
}

test("one's own photo and a reload in between are not lost at a provider's page", async () => {
  const { page, done } = await visitor();
  await land(page);
  await page.getByText("Only use photos of yourself").waitFor();
  const person = page.locator('[data-input="person"]');
  await person.locator("input").first().setInputFiles(`${samples}person-nasa-eileen-collins.jpg`);
  await person.locator('.picture img[src^="blob:"]').waitFor();
  await pressToSignIn(page);
  await page.reload();
  await heading(page, "Sign in").waitFor();
  await WAYS.github(page, somebody());
  await person.locator('.picture img[src^="blob:"]').waitFor();
  await goOn(page);
  // The sentence about photos was confirmed with the first one.
  assert.equal(await page.getByText("Only use photos of yourself").count(), 0);
  await done();
});

for (const [hash, title] of [
  ["#/history", "Your pictures"],
  ["#/credits", "Your credits"],
  ["#/account", "Your account"],
]) {
  test(`${hash} asks a visitor to sign in, and is there afterwards`, async () => {
    for (const way of ["email", "oidc"]) {
      const { page, done } = await visitor();
      await land(page);
      await page.evaluate((to) => void (location.hash = to), hash);
      await page.waitForFunction(() => document.activeElement?.textContent === "Sign in");
      await WAYS[way](page, somebody());
      await heading(page, title).waitFor();
      assert.equal(new URL(page.url()).hash, hash);
      if (way === "email") await arrived(page, hash);
      await done();
    }
  });
}

test("the whole way in Chinese, on a phone", async () => {
  const { page, done } = await visitor({ locale: "zh-CN", viewport: PHONE });
  await land(page);
  await page.getByRole("button", { name: "亚麻衬衫" }).click();
  await button(page).click();
  await heading(page, "登录").waitFor();
  await shot(page, "sign-in-chinese");
  await WAYS.email(page, somebody());
  await page.getByText("登录成功，您选的内容都还在。").waitFor();
  await button(page).click();
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  await page.getByRole("link", { name: "账户" }).click();
  await arrived(page, "#/account");
  await page.locator(".fact .pill").waitFor();
  await shot(page, "account-chinese");
  await done();
});
