import { avoidsWish } from "./avoids.ts";
import { prefersWish } from "./prefers.ts";
import { spreadByWish } from "./spread-by.ts";
import { strategyWish } from "./strategy.ts";
import type { Wish } from "./wish.ts";

/** All wishes, the most important first. */
export const WISHES: readonly Wish[] = [prefersWish, avoidsWish, spreadByWish, strategyWish];
