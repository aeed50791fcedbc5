import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { createGitHub } from "../../src/clients/github.ts";

const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };

/** How many requests one call makes when GitHub answers with this status each time but the last. */
async function requests(...statuses: number[]): Promise<{ count: number; failed: number | null }> {
  let count = 0;
  const server = createServer((_, response) => {
    const status = statuses[Math.min(count, statuses.length - 1)] ?? 500;
    count += 1;
    response.writeHead(status, { "content-type": "application/json" }).end('{"message":"so"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const github = createGitHub("token", `http://127.0.0.1:${port}`, log);
  try {
    await github.rest.repos.get({ owner: "o", repo: "r" });
    return { count, failed: null };
  } catch (error) {
    return { count, failed: (error as { status: number }).status };
  } finally {
    server.close();
  }
}

test.each([401, 403, 404, 422])("a refusal (%d) is asked once", async (status) => {
  expect(await requests(status)).toEqual({ count: 1, failed: status });
});

test("a failure of GitHub's own is asked again", async () => {
  expect(await requests(502, 200)).toEqual({ count: 2, failed: null });
});
