// How many of something, in English.

export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
export const credits = (count: number) => plural(count, "credit");
export const duration = (seconds: number) =>
  seconds < 90 ? `${seconds} s` : plural(Math.round(seconds / 60), "minute");
