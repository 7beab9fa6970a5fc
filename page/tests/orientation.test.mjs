// A picture that is rotated by its EXIF orientation is shown upright, and whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { land, make, TIMEOUT, shot, stage, visitor } from "./browser.mjs";

/** A JPEG of 640 × 480 whose EXIF orientation rotates it by 90°: statamic/cms #14685. */
async function turnedJpeg(page) {
  const data = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const context = canvas.getContext("2d");
    context.fillStyle = "#b5502d";
    context.fillRect(0, 0, 640, 480);
    context.fillStyle = "#fff";
    for (const [x, y] of [
      [0, 0],
      [600, 0],
      [0, 440],
      [600, 440],
    ])
      context.fillRect(x, y, 40, 40);
    return canvas.toDataURL("image/jpeg").split(",")[1];
  });
  const jpeg = Buffer.from(data, "base64");
  // Big-endian TIFF with one entry: tag 0x0112 (orientation), a short, one of them, 6.
  const tiff = "4d4d002a00000008" + "0001" + "0112000300000001" + "00060000" + "00000000";
  const body = Buffer.concat([Buffer.from("Exif\0\0"), Buffer.from(tiff, "hex")]);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, body.length + 2]), body]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

test("a rotated result is shown with its displayed width and height, and nothing of it is cut off (statamic/cms #14685)", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const body = await turnedJpeg(page);
  await context.route("**/v1/images/**", (route) => route.fulfill({ contentType: "image/jpeg", body }));
  // As in the file, which is what was returned before orientation was read.
  await context.route(/\/v1\/jobs\/job_\w+$/, async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const job = await response.json();
    for (const image of job.images) Object.assign(image, { width: 640, height: 480 });
    await route.fulfill({ response, json: job });
  });
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await page.getByRole("slider").waitFor();
  await page.waitForFunction(() => {
    const { width, height } = document.querySelector(".canvas").getBoundingClientRect();
    return Math.abs(width / height - 480 / 640) < 0.01;
  });
  const image = page.getByRole("img", { name: "Your finished picture" });
  const shown = await image.evaluate((element) => {
    const { width, height } = element.getBoundingClientRect();
    return {
      fit: getComputedStyle(element).objectFit,
      box: width / height,
      own: element.naturalWidth / element.naturalHeight,
    };
  });
  assert.equal(shown.fit, "contain");
  assert(Math.abs(shown.box - shown.own) < 0.01, `${shown.own} is shown in a box of ${shown.box}`);
  await shot(page, "turned");
  await page.getByRole("button", { name: "Zoom" }).click();
  await page.waitForFunction(() => {
    const { clientWidth, clientHeight } = document.querySelector(".zoom img") ?? {};
    return clientWidth > 100 && Math.abs(clientWidth / clientHeight - 480 / 640) < 0.01;
  });
  await done();
});
