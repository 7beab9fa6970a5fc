/** Long enough for the browser to begin to read a file. */
const READ_MS = 60_000;

/** Has the browser download a file. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), READ_MS);
}
