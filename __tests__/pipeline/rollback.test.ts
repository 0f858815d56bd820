import { DeleteObjectCommand, DeleteObjectTaggingCommand } from "@aws-sdk/client-s3";
import { describe, expect } from "vitest";
import { connect } from "../../cli/client.ts";
import { putBack } from "../../cli/rollback/put-back.ts";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import type { PublicPlace } from "../../functions/shared/public-copies.ts";
import { markReplaced } from "../../functions/shared/storage.ts";
import { environmentOf, runHere } from "../cli/command-support.ts";
import { anew, blue, colourOf, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});

/** The command, as an operator types it. */
async function rollback(...options: string[]) {
  const { code, out, err } = await runHere("rollback", ["--endpoint", pipeline.engine.endpoint, ...options]);
  return { code, output: out + err };
}

/** As of a stack on AWS, whose endpoints the environment says. */
const rollbackOnAws = (original: string, processed: string, table: string, ...options: string[]) => {
  const stack = ["--bucket", original, "--processed-bucket", processed, "--table", table];
  return runHere("rollback", [...stack, ...options], { environment: environmentOf(pipeline.engine) });
};

/** What the command works on. */
const place = (clients = pipeline.clients): PublicPlace => ({
  ...clients,
  tableName: pipeline.names.table,
  processedBucket: pipeline.names.processed,
});

async function overwritten(key: string): Promise<void> {
  await pipeline.process(key, red);
  await pipeline.process(key, blue);
}

const colourShown = async (key: string) => colourOf(await pipeline.shown(key, "large.webp"));

const filesOf = async (key: string, which: "published" | "previous") =>
  fileKeysOf((await pipeline.record(key))?.[which]);

describe("npm run rollback", () => {
  it("shows the version before, keeps its files, and leaves the others to the lifecycle", async () => {
    await overwritten("one.png");
    const { code, output } = await rollback("--key", "one.png");
    expect([code, output]).toEqual([0, "1 image shows the version before.\n"]);
    expect(await colourShown("one.png")).toBe("red");
    for (const file of await filesOf("one.png", "published"))
      expect(await pipeline.isMarkedReplaced(file)).toBe(false);
    for (const file of await filesOf("one.png", "previous"))
      expect(await pipeline.isMarkedReplaced(file)).toBe(true);
  });

  it("of a prefix may be given twice, and be undone", async () => {
    await Promise.all(["many/a.png", "many/b.png"].map(overwritten));
    await pipeline.process("many/once.png", red);
    expect((await rollback("--prefix", "many/")).output).toContain("2 images show");
    expect((await rollback("--prefix", "many/")).output).toContain("2 images show the version before");
    expect(await Promise.all(["many/a.png", "many/b.png"].map(colourShown))).toEqual(["red", "red"]);
    expect((await rollback("--prefix", "many/", "--undo")).output).toContain(
      "2 images show the version after",
    );
    expect(await Promise.all(["many/a.png", "many/b.png"].map(colourShown))).toEqual(["blue", "blue"]);
  });

  it("brings back files that the lifecycle has deleted", async () => {
    await overwritten("deleted.png");
    for (const Key of await filesOf("deleted.png", "previous"))
      await pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.processed, Key }));
    await putBack("deleted.png", place(), false);
    expect(await colourShown("deleted.png")).toBe("red");
  });

  it("ends what was broken off after the record was written, when it is given again", async () => {
    await overwritten("broken-off.png");
    await putBack("broken-off.png", place(), false);
    const [shown, other] = await Promise.all([
      filesOf("broken-off.png", "published"),
      filesOf("broken-off.png", "previous"),
    ]);
    await markReplaced(pipeline.names.processed, shown, pipeline.clients.s3);
    for (const Key of other)
      await pipeline.clients.s3.send(
        new DeleteObjectTaggingCommand({ Bucket: pipeline.names.processed, Key }),
      );
    expect(await putBack("broken-off.png", place(), false)).toBe("shown already");
    for (const file of shown) expect(await pipeline.isMarkedReplaced(file)).toBe(false);
    for (const file of other) expect(await pipeline.isMarkedReplaced(file)).toBe(true);
  });

  it("says so when files of what is shown already are gone for good", async () => {
    const key = "shown and gone.png";
    await overwritten(key);
    await putBack(key, place(), false);
    const [Key = ""] = await filesOf(key, "published");
    const { s3 } = pipeline.clients;
    const { VersionId } = await pipeline.headPublished(Key);
    await s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.processed, Key, VersionId }));
    await expect(putBack(key, place(), false)).rejects.toThrow("are gone. Process it again.");
  });

  it("that was broken off leaves nothing for good: the next version marks what it finds", async () => {
    await overwritten("left-unmarked.png");
    await putBack("left-unmarked.png", place(), false);
    const other = await filesOf("left-unmarked.png", "previous");
    for (const Key of other)
      await pipeline.clients.s3.send(
        new DeleteObjectTaggingCommand({ Bucket: pipeline.names.processed, Key }),
      );
    await pipeline.process("left-unmarked.png", anew(blue));
    for (const file of other) expect(await pipeline.isMarkedReplaced(file)).toBe(true);
  });

  const MARK = { service: "s3", operation: "PutObjectTagging" };

  it("leaves what it takes away to the lifecycle, though S3 fails more often than the SDK tries", async () => {
    await overwritten("patient rollback.png");
    const [file = ""] = await filesOf("patient rollback.png", "published");
    const target = { service: "s3", operation: "PutObjectTagging", key: file };
    pipeline.engine.faults.add({ target, kind: "error500", times: 4 });
    // The command's own clients try more often.
    expect(await putBack("patient rollback.png", place(), false)).toBe("swapped");
    expect(await filesOf("patient rollback.png", "previous")).toContain(file);
    expect(await pipeline.isMarkedReplaced(file)).toBe(true);
  });

  /** @returns what lets the marks of the file before through. */
  async function overwrittenButForMarks(key: string): Promise<() => Promise<void>> {
    await pipeline.process(key, red);
    const marking = pipeline.hold(MARK);
    const version = await pipeline.upload(key, blue);
    await marking.reached();
    return async () => {
      marking.release();
      await pipeline.ended(version);
    };
  }

  it("keeps what it shows when marks come late that say it was replaced", async () => {
    const endMarking = await overwrittenButForMarks("marked-late.png");
    expect(await putBack("marked-late.png", place(), false)).toBe("swapped");
    await endMarking();
    for (const file of await filesOf("marked-late.png", "published"))
      expect(await pipeline.isMarkedReplaced(file)).toBe(false);
  });

  it("keeps what it shows when such marks come while it writes the record", async () => {
    const endMarking = await overwrittenButForMarks("marked-meanwhile.png");
    const swapping = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
    const swapped = putBack("marked-meanwhile.png", place(), false);
    await swapping.reached();
    await endMarking();
    swapping.release();
    expect(await swapped).toBe("swapped");
    for (const file of await filesOf("marked-meanwhile.png", "published"))
      expect(await pipeline.isMarkedReplaced(file)).toBe(false);
  });

  it("stands when the answer to its own write was lost", async () => {
    await overwritten("lost.png");
    const clients = connect(pipeline.engine);
    clients.table.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === "UpdateItemCommand") await next(args);
          return next(args);
        },
      { step: "build" },
    );
    expect(await putBack("lost.png", place(clients), false)).toBe("swapped");
    clients.close();
    expect(await colourShown("lost.png")).toBe("red");
    for (const file of await filesOf("lost.png", "published"))
      expect(await pipeline.isMarkedReplaced(file)).toBe(false);
  });

  it("that is broken off before it writes the record leaves nothing for good, either", async () => {
    const key = "not swapped.png";
    await overwritten(key);
    const files = await filesOf(key, "previous");
    const { reached, release } = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
    const outcome = expect(putBack(key, place(), false)).rejects.toThrow("Something else was published");
    await reached();
    await pipeline.process(key, anew(blue));
    // It never comes further.
    for (const file of files) expect(await pipeline.isMarkedReplaced(file)).toBe(true);
    release();
    await outcome;
  });

  it("leaves nothing of an image that is deleted meanwhile, though it had brought files back and S3 fails more often than the SDK tries", async () => {
    const key = "deleted.png";
    await overwritten(key);
    const { s3 } = pipeline.clients;
    const files = await filesOf(key, "previous");
    for (const file of files)
      await s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.processed, Key: file }));
    // It takes the delete marker away.
    const { reached, release } = pipeline.hold({
      service: "s3",
      operation: "DeleteObject",
      key: files.at(-1) ?? "",
    });
    const outcome = expect(putBack(key, place(), false)).rejects.toThrow("deleted just now");
    await reached();
    await s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key }));
    await expect.poll(() => pipeline.record(key)).toBeUndefined();
    await pipeline.idle();
    const deletion = { service: "s3", operation: "DeleteObjects", key: pipeline.names.processed };
    pipeline.engine.faults.add({ target: deletion, kind: "error500", times: 4 });
    release();
    await outcome;
    expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual([]);
  });

  it("brings nothing back of an image that is deleted while it marks the others", async () => {
    const key = "deleted while marked.png";
    await overwritten(key);
    const [file = ""] = await filesOf(key, "published");
    const { reached, release } = pipeline.hold({ service: "s3", operation: "PutObjectTagging", key: file });
    const outcome = putBack(key, place(), false);
    await reached();
    await pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key }));
    await expect.poll(() => pipeline.record(key)).toBeUndefined();
    await pipeline.idle();
    release();
    expect(await outcome).toBe("swapped");
    expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual([]);
  });

  it("leaves to the lifecycle what it shows when a newer version comes while it marks the others", async () => {
    const key = "replaced while marked.png";
    await overwritten(key);
    const [file = ""] = await filesOf(key, "published");
    const wanted = await filesOf(key, "previous");
    const { reached, release } = pipeline.hold({ service: "s3", operation: "PutObjectTagging", key: file });
    const outcome = putBack(key, place(), false);
    await reached();
    await pipeline.process(key, anew(blue));
    release();
    expect(await outcome).toBe("swapped");
    expect(await filesOf(key, "previous")).toEqual(wanted);
    for (const each of wanted) expect(await pipeline.isMarkedReplaced(each)).toBe(true);
  });

  it("outlasts what the SDK gives up on, and says how many images have no other version", async () => {
    await Promise.all(["once/a.png", "once/b.png"].map((key) => pipeline.process(key, red)));
    const target = { service: "s3", operation: "ListObjectsV2" };
    pipeline.engine.faults.add({ target, kind: "error500", times: 3 });
    const { code, output } = await rollback("--prefix", "once/");
    expect([code, output]).toEqual([
      0,
      "0 images show the version before. 2 images have no other version.\n",
    ]);
  });

  it("says that it may be given again, where it was broken off", async () => {
    const { processed, table } = pipeline.names;
    const { code, out, err } = await rollbackOnAws("no-such-bucket", processed, table, "--all");
    expect(err).toMatch(
      /^The specified bucket .+\nThe same command may be given again: it does what is left\.\n$/,
    );
    expect([code, out]).toEqual([1, "0 images show the version before.\n"]);
  });

  it("says what it cannot do", async () => {
    await pipeline.process("single.png", red);
    const { code, output } = await rollback("--key", "single.png", "nobody.png");
    expect(code).toBe(1);
    expect(output).toContain("single.png: there is no other version to show.");
    expect(output).toContain("nobody.png: there is no such image.");
    expect((await rollback()).code).toBe(2);
    const { code: usage, err } = await rollbackOnAws("", "", "", "--all");
    expect([usage, err]).toEqual([2, expect.stringMatching(/^Option '--bucket <name>' .+ It is empty\.\n$/)]);
  });

  it("is overtaken by the next upload", async () => {
    await overwritten("next.png");
    await putBack("next.png", place(), false);
    expect(await colourShown("next.png")).toBe("red");
    await pipeline.process("next.png", blue);
    expect(await colourShown("next.png")).toBe("blue");
  });
});
