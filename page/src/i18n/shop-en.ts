import type { OrderStatus } from "../api";
import { credits, plural } from "./count-en";

const processors: Record<string, string> = { stripe: "Stripe", polar: "Polar" };

const status: Record<OrderStatus, string> = {
  created: "Not paid yet",
  open: "Not paid yet",
  pending: "Payment under way",
  paid: "Paid",
  failed: "Failed",
  expired: "Expired",
  refunded: "Refunded",
  partly_refunded: "Partly refunded",
  disputed: "Disputed",
};

const titles: Record<OrderStatus, string> = {
  created: "Waiting for your payment",
  open: "Waiting for your payment",
  pending: "Your payment is under way",
  paid: "Your credits are here",
  failed: "The payment didn't work",
  expired: "This purchase has expired",
  refunded: "This purchase was refunded",
  partly_refunded: "Part of this purchase was refunded",
  disputed: "This payment is disputed",
};

export const en = {
  status,
  offers: {
    none: "Credits can't be bought here at the moment.",
    currency: "Currency",
    highlighted: "Recommended",
    pictures: (count: number) => `About ${plural(count, "picture")}`,
    each: (price: string) => `about ${price} a picture`,
    counted: (model: string, perPicture: number) => `Counted with ${model}, at ${credits(perPicture)} a picture.`,
    lasts: (days: number) => `Valid for ${plural(days, "day")}`,
    forever: "No expiry",
    buy: (price: string) => `Buy for ${price}`,
    buyWhich: (name: string, price: string) => `Buy for ${price}: ${name}`,
    opening: "Opening the payment page…",
    retrying: "Connection trouble. Trying again; you won't be charged twice.",
    small: (by: string | null) =>
      `Prices include tax. You pay on ${by === null ? "the payment service" : (processors[by] ?? by)}'s own page: nothing is charged before that, and your card's number doesn't come here.`,
    signInFirst: "You'll sign in first.",
    back: "You're signed in. Press once more to go to the payment page.",
    ready: "The payment page is ready.",
    goThere: "Continue to payment",
    again: "Nothing was charged: you only pay on the next page. Please try again.",
    unsafe: "The payment page has an address that we don't trust, so we haven't opened it.",
    changed: "This offer has changed. Reload the page to see the current one.",
    shortage:
      "An earlier purchase was refunded after some of its credits were spent. You can buy again once that's settled: please contact us.",
    disputed: "The bank disputes an earlier payment. You can buy again once that's decided.",
    contact: "Contact",
  },
  order: {
    loading: "Looking up your purchase…",
    titles,
    waiting: "We're waiting for the payment to arrive. That usually takes a few seconds.",
    longer:
      "It's taking longer than usual. You can close this page: once the payment arrives, the credits come by themselves.",
    unpaid: "Haven't paid yet?",
    pending:
      "Your bank needs some days for this kind of payment. The credits come by themselves once the money arrives; you can close this page.",
    paid: (count: number) => `${credits(count)} ${count === 1 ? "was" : "were"} added.`,
    have: (count: number) => `You now have ${credits(count)}.`,
    failed: "Nothing was charged. You can try again, also with another way to pay.",
    misfit:
      "What was paid doesn't fit this order, so we're looking at it. Nothing is lost: if you were charged, please contact us with the order's number.",
    expired: "It wasn't paid in time, so nothing was charged.",
    refunded: (price: string) => `${price} went back to the way you paid.`,
    disputed: "The bank disputes this payment, or has taken it back. Until that's decided, you can't buy credits.",
    takenBack: (count: number) => `${credits(count)} of it ${count === 1 ? "was" : "were"} taken back.`,
    shortage: (count: number) =>
      `${credits(count)} of it ${count === 1 ? "was" : "were"} spent already and couldn't be taken back.`,
    blocked: "Until that's settled, you can't buy credits.",
    absent: "We can't find this purchase",
    absentWhat: "It belongs to another account, or it never existed.",
    silent: "We can't look it up right now. Trying again…",
    price: "Price",
    when: "Date",
    id: "Order",
    onward: "Back to your outfit",
    dress: "Try on an outfit",
    again: "Try again",
    pay: "Continue paying",
    receipt: "Payment receipt",
    newTab: "(opens in a new tab)",
  },
  purchases: {
    title: "Purchases",
    more: "Show more",
    payWhich: (name: string, when: string) => `Continue paying: ${name}, ${when}`,
    receiptWhich: (name: string, when: string) => `Payment receipt: ${name}, ${when} (opens in a new tab)`,
    refunded: (price: string) => `${price} refunded`,
    takenBack: (count: number) => `${credits(count)} taken back`,
    missing: (count: number) => `${credits(count)} missing`,
    shortage: (count: number) =>
      `${credits(count)} of refunded purchases ${count === 1 ? "was" : "were"} spent already. Until that's settled, you can't buy credits.`,
  },
};

export type ShopWords = typeof en;
