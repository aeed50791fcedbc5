import { connect } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, START, withGitHub } from "./setup.ts";

describe("HTTP manners", () => {
  test("an error has GitHub's body, a request id, and the simulated date", () =>
    withGitHub(async ({ github }) => {
      const token = github.state.userToken("reader");
      const headers = { authorization: `token ${token}`, "user-agent": "test" };
      const reply = await fetch(`${github.apiUrl}/repos/acme/platform/issues/7`, { headers });
      expect(reply.status).toBe(404);
      expect(await reply.json()).toEqual({
        message: "Not Found",
        documentation_url: "https://docs.github.com/rest/issues/issues#get-an-issue",
        status: "404",
      });
      expect(reply.headers.get("x-github-request-id")).toMatch(/^[0-9A-F-]{36}$/);
      expect(Math.abs(Date.parse(reply.headers.get("date") ?? "") - START)).toBeLessThan(60_000);
    }));

  test("broken JSON, a missing User-Agent, an unknown API version and malformed paths are refused", () =>
    withGitHub(async ({ github }) => {
      const authorization = `Bearer ${github.state.userToken("engineer")}`;
      const send = async (path: string, init: RequestInit) => {
        const headers = { authorization, "user-agent": "test", ...init.headers };
        return (await fetch(`${github.apiUrl}${path}`, { ...init, headers })).status;
      };
      const issues = "/repos/acme/platform/issues";
      expect(await send(issues, { method: "POST", body: "{" })).toBe(400);
      expect(await send(issues, { method: "POST", body: '"text"' })).toBe(400);
      expect(await send(issues, { method: "POST" })).toBe(422);
      expect(await send(issues, { headers: { "user-agent": "" } })).toBe(403);
      expect(await send(issues, { headers: { "x-github-api-version": "1999-01-01" } })).toBe(400);
      expect(await send(`${issues}?state=ajar`, {})).toBe(422);
      expect(await send(`${issues}/first`, {})).toBe(404);
      expect(await send("/repos/acme/platform/labels/%E0%A4", {})).toBe(400);
    }));

  test("an unchanged resource is 304 to a conditional request", () =>
    withGitHub(async ({ github }) => {
      const headers = { authorization: `Bearer ${github.state.userToken("reader")}`, "user-agent": "test" };
      const url = `${github.apiUrl}/repos/${REPOSITORY.owner}/${REPOSITORY.repo}/labels`;
      const first = await fetch(url, { headers });
      const etag = first.headers.get("etag") ?? "";
      expect((await fetch(url, { headers: { ...headers, "if-none-match": etag } })).status).toBe(304);
    }));

  test("a client that dies in the middle of its request is no defect and changes nothing", () =>
    withGitHub(async ({ github, calls }) => {
      const gone = new Promise<void>((resolve) => calls.onCall(() => resolve()));
      const socket = connect(Number(new URL(github.apiUrl).port), "127.0.0.1");
      const head = [
        "POST /repos/acme/platform/issues HTTP/1.1",
        "host: api",
        "user-agent: test",
        `authorization: Bearer ${github.state.userToken("engineer")}`,
        "content-length: 1000",
      ];
      socket.write(`${head.join("\r\n")}\r\n\r\n{"title": "half`, () => setImmediate(() => socket.destroy()));
      await gone;
      expect(calls.all()).toMatchObject([{ operation: "issues/create", status: 0, error: "ClientGone" }]);
      expect(github.state.issues()).toEqual([]);
    }));
});
