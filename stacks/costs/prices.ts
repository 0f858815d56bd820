/**
 * AWS list prices, from one table: docs/costs.md and the dashboard's estimate calculate with the same ones. The table says
 * of each price where AWS publishes it (`source`) and where it was read (`seen`, null: nowhere, it is what is commonly known).
 */
import table from "./prices.us-east-1.json" with { type: "json" };

export type PriceName = keyof typeof table.prices;

export interface Price {
  service: string;
  /** What is paid for. */
  what: string;
  /** So many cost so much. */
  per: number;
  dollars: number;
  /** Further units of a month, beyond so many, cost something else. */
  over?: { units: number; dollars: number }[];
  source: string;
  seen: string | null;
  /** When that text was last changed. */
  seenOn: string | null;
  note?: string;
}

export const { region, date } = table;

export const prices: Record<PriceName, Price> = table.prices;

/** What a month's units cost. Free tiers are left out: an account has them once, whatever else runs in it. */
export function dollarsFor(name: PriceName, units: number): number {
  const { per, dollars, over = [] } = prices[name];
  const tiers = [{ units: 0, dollars }, ...over];
  return tiers.reduce((sum, tier, index) => {
    const end = tiers[index + 1]?.units ?? Number.POSITIVE_INFINITY;
    const within = Math.max(0, Math.min(units, end) - tier.units);
    return sum + (within / per) * tier.dollars;
  }, 0);
}

/** What one unit costs, before any volume makes it cheaper. */
export function unitDollars(name: PriceName): number {
  return prices[name].dollars / prices[name].per;
}
