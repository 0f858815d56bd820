/** Of files that the page sends at a time. A simulation of many pages sends as many. */
export const MOST_AT_ONCE = 4;
