import { afterEach, describe, expect, it, vi } from "vitest";
import { SessionEnded } from "../../site/src/api/problem.ts";
import { createSend } from "../../site/src/api/send.ts";

afterEach(() => vi.unstubAllGlobals());

/** Answers the calls one after the other. */
function calling(...answers: (Response | Error)[]) {
  const calls: { url: string; token: string | undefined }[] = [];
  vi.stubGlobal("fetch", async (url: string, { headers }: { headers: Record<string, string> }) => {
    calls.push({ url, token: headers.authorization });
    const answer = answers.shift();
    if (!(answer instanceof Response)) throw answer;
    return answer;
  });
  const waits: number[] = [];
  const renew = vi.fn(async () => "new");
  const send = createSend(
    "/api",
    { accessToken: async () => "old", renew },
    async (ms) => void waits.push(ms),
  );
  return { send, calls, waits, renew };
}

const answer = (status: number, body?: object, headers = {}) =>
  new Response(body && JSON.stringify(body), { status, headers });

describe("a call of the API", () => {
  it("carries the token, and gives what was answered", async () => {
    const { send, calls } = calling(answer(200, { images: [] }));
    expect(await send({ path: "/images" })).toEqual({ images: [] });
    expect(calls).toEqual([{ url: "/api/images", token: "Bearer old" }]);
  });

  it("is made once more with a new token when the old one is refused", async () => {
    const { send, calls } = calling(answer(401, { message: "Unauthorized" }), answer(204));
    expect(await send({ method: "DELETE", path: "/images/1" })).toBeUndefined();
    expect(calls.map(({ token }) => token)).toEqual(["Bearer old", "Bearer new"]);
  });

  it("ends with the session when there is no new token", async () => {
    const { send, renew } = calling(answer(401));
    renew.mockRejectedValue(new SessionEnded());
    await expect(send({ path: "/images" })).rejects.toThrow(SessionEnded);
  });

  it("waits its turn when there are too many", async () => {
    const { send, waits } = calling(
      answer(429, { message: "Too Many Requests" }),
      answer(429, {}, { "retry-after": "3" }),
      answer(200, {}),
    );
    await send({ method: "POST", path: "/uploads" });
    expect(waits).toHaveLength(2);
    expect(waits[0]).toBeGreaterThanOrEqual(250);
    expect(waits[1]).toBe(3000);
  });

  it("is not repeated when it may have been half done", async () => {
    const { send, calls } = calling(answer(503));
    await expect(send({ method: "POST", path: "/images/1/reprocess" })).rejects.toThrow("on our side");
    expect(calls).toHaveLength(1);
  });

  it("gives up after some tries, with a sentence", async () => {
    const { send, calls } = calling(
      ...Array.from({ length: 9 }, () => answer(429, { message: "Too Many Requests" })),
    );
    await expect(send({ path: "/images" })).rejects.toThrow("Too many requests at once.");
    expect(calls).toHaveLength(4);
  });

  it("does not wait for another day, and says what the API says of it", async () => {
    const detail = "You have made 500 changes today, and no more can be.";
    const { send, waits } = calling(answer(429, { detail }, { "retry-after": "31" }));
    await expect(send({ method: "PATCH", path: "/images/1", body: {} })).rejects.toThrow(detail);
    expect(waits).toEqual([]);
  });

  it("says what the API said", async () => {
    const { send } = calling(
      answer(409, { title: "Conflict", detail: "The image is being processed already." }),
    );
    await expect(send({ method: "POST", path: "/x" })).rejects.toMatchObject({
      status: 409,
      message: "The image is being processed already.",
    });
  });

  it("says when there was no answer at all", async () => {
    const { send } = calling(new TypeError("Failed to fetch"));
    await expect(send({ path: "/images" })).rejects.toThrow("cannot be reached");
  });
});
