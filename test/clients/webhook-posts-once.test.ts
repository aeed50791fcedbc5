import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { createWebhook } from "../../src/clients/webhook.ts";
import { WebhookError } from "../../src/webhook-error.ts";

async function posted(answer: RequestListener): Promise<{ result: unknown; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      requests.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/topsecretpart`;
  const result = await createWebhook()
    .post(url, { text: "Hello" })
    .catch((error: unknown) => error);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { result, requests };
}

test("it posts JSON and gives the answer", async () => {
  const { result, requests } = await posted((_request, response) => response.end("ok"));
  expect(result).toEqual({ status: 200, text: "ok" });
  expect(requests).toEqual(['POST /topsecretpart application/json {"text":"Hello"}']);
});

test("a redirection is not followed", async () => {
  const { result, requests } = await posted((_request, response) =>
    response.writeHead(307, { location: "/elsewhere" }).end(),
  );
  expect(result).toMatchObject({ status: 307 });
  expect(requests).toHaveLength(1);
});

test("a lost answer leaves open whether it was obeyed, and is not asked for again", async () => {
  const { result, requests } = await posted((request) => request.socket.destroy());
  expect(result).toBeInstanceOf(WebhookError);
  expect(result).toMatchObject({ asked: true });
  expect(requests).toHaveLength(1);
});

test("where nobody listens nothing was asked, and the error does not say where", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await createWebhook()
    .post(`http://127.0.0.1:${port}/topsecretpart`, {})
    .catch((one: unknown) => one);
  expect(error).toMatchObject({ asked: false });
  expect(String((error as Error).stack)).not.toContain("topsecretpart");
});
