import { describe, expect, test } from "@jest/globals";
import type { ContentEntry } from "../../../drill/github/types.ts";
import { REPOSITORY, refusal, SEED, withGitHub } from "./setup.ts";

const FILES: Record<string, ContentEntry> = {
  "docs/a b.md": { type: "file", path: "docs/a b.md", content: Buffer.from("# œuvre\n") },
  docs: { type: "dir", path: "docs", entries: [{ name: "a b.md", type: "file", size: 9 }] },
};

describe("contents", () => {
  test("a file in base64 or raw, and a folder's listing", () =>
    withGitHub(async ({ job, github }) => {
      github.hooks.readContent = async (path) => FILES[path] ?? null;
      const { octokit } = job({ contents: "read" });
      const get = (path: string, more: object = {}) =>
        octokit.rest.repos.getContent({ ...REPOSITORY, path, ...more });
      const { data } = await get("docs/a b.md", { ref: SEED.headSha });
      expect(data).toMatchObject({
        type: "file",
        name: "a b.md",
        path: "docs/a b.md",
        encoding: "base64",
        size: 9,
      });
      expect(Buffer.from((data as { content: string }).content, "base64").toString()).toBe("# œuvre\n");
      expect((await get("docs/a b.md", { mediaType: { format: "raw" } })).data).toBe("# œuvre\n");
      expect((await get("docs")).data).toMatchObject([{ type: "file", path: "docs/a b.md" }]);
      expect((await refusal(get("gone.md"))).status).toBe(404);
      expect((await refusal(get("docs", { ref: "other" }))).status).toBe(404);
    }));
});
