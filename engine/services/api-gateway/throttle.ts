/** API Gateway's throttling: a bucket that holds a burst of tokens and is filled up at the rate. */

/** A stage's limit, for one route. */
export interface Throttle {
  ratePerSecond: number;
  burst: number;
}

export class TokenBucket {
  readonly #throttle: Throttle;
  #tokens: number;
  #filledAt = performance.now();

  constructor(throttle: Throttle) {
    this.#throttle = throttle;
    this.#tokens = throttle.burst;
  }

  /** Takes one token, if there is one. */
  take(): boolean {
    const { ratePerSecond, burst } = this.#throttle;
    const now = performance.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * ratePerSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
