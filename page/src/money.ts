// Amounts of money: whole minor units, in the chosen language.

import { locale } from "./format";
import type { Money } from "./api";

/** The amount as the API writes it, such as 5.00, without its currency. */
const figureOf = ({ text }: Money): string => text.split(" ")[0] ?? "";

/**
 * Writes amounts in the currency of this one; null if this browser knows neither the currency nor how many digits its
 * minor unit has, so that the price would be wrong by a factor.
 */
function writer(of: Money): ((minor: number) => string) | null {
  try {
    const format = new Intl.NumberFormat(locale(), { style: "currency", currency: of.currency });
    const unit = 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
    if (Number(figureOf(of)) !== of.minor / unit) return null;
    return (minor) => format.format(minor / unit);
  } catch {
    return null;
  }
}

export const money = (of: Money): string => writer(of)?.(of.minor) ?? of.text;

/** A share of an amount, rounded; null if it cannot be written. */
export const share = (of: Money, part: number): string | null => writer(of)?.(of.minor * part) ?? null;

/** How many digits the minor unit has: as the API writes it. */
const digitsOf = (of: Money): number => figureOf(of).split(".")[1]?.length ?? 0;

/** An amount in major units, to be edited. */
export const majorOf = (of: Money): string => figureOf(of);

/** What was entered in major units, in minor ones of the same currency as `like`; null if it is no such amount. */
export function minorOf(entered: string, like: Money): number | null {
  const digits = digitsOf(like);
  const parts = /^(\d{1,12})(?:[.,](\d+))?$/.exec(entered.trim());
  const [whole, fraction = ""] = [parts?.[1], parts?.[2]];
  if (whole === undefined || fraction.length > digits) return null;
  return Number(whole + fraction.padEnd(digits, "0"));
}

/** The same currency, with another amount. */
export function withMinor(of: Money, minor: number): Money {
  const digits = digitsOf(of);
  return { ...of, minor, text: `${(minor / 10 ** digits).toFixed(digits)} ${of.currency.toUpperCase()}` };
}
