/** A real time-stamping authority on loopback: OpenSSL's, behind a small HTTP server, with certificates of its own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why the tests with a real authority cannot run here; undefined when they can. */
export const NO_OPENSSL: string | undefined =
  spawnSync("openssl", ["version"]).status === 0 ? undefined : "openssl is not installed";

/** What the server does with the next query instead of answering it rightly. */
export type Misbehaviour = "refuse" | "replay" | "garbage" | "unavailable" | "corrupt";

export interface TimestampAuthority {
  url: string;
  /** The root certificate, PEM. */
  root: string;
  /** Queries so far. */
  queries: number;
  misbehave: Misbehaviour | undefined;
  close(): Promise<void>;
}

const CONFIG = `
[tsa]
default_tsa = main
[main]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`;

const EXTENSIONS = `
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = critical, serverAuth, timeStamping
`;

/** Starts an authority. The caller closes it. */
export async function startTimestampAuthority(name = "Test TSA"): Promise<TimestampAuthority> {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-tsa-"));
  writeFileSync(join(folder, "tsa.cnf"), CONFIG);
  writeFileSync(join(folder, "ext.cnf"), EXTENSIONS);
  writeFileSync(join(folder, "serial"), "01\n");
  makeCertificates(folder, name);
  let first: Buffer | undefined;
  const answer = (query: Buffer): Buffer => {
    authority.queries += 1;
    if (authority.misbehave === "garbage") return Buffer.from("no time-stamp");
    if (authority.misbehave === "replay" && first) return first;
    writeFileSync(join(folder, "query"), authority.misbehave === "refuse" ? withOtherHash(query) : query);
    openssl(folder, "ts -reply -config tsa.cnf -queryfile query -out reply");
    const reply = readFileSync(join(folder, "reply"));
    if (authority.misbehave === "corrupt")
      reply.writeUInt8(reply.readUInt8(reply.length - 5) ^ 1, reply.length - 5);
    first ??= reply;
    return reply;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isQuery = request.headers["content-type"] === "application/timestamp-query";
    const status = authority.misbehave === "unavailable" ? 503 : isQuery ? 200 : 415;
    response.writeHead(status, { "content-type": "application/timestamp-reply" });
    response.end(status === 200 ? answer(Buffer.concat(chunks)) : "");
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const authority: TimestampAuthority = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsr`,
    root: readFileSync(join(folder, "root.pem"), "utf8"),
    queries: 0,
    misbehave: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true });
    },
  };
  return authority;
}

/** What OpenSSL says of a stored response: "Verification: OK" when it holds. */
export function opensslVerifies(response: Buffer, data: Buffer, root: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-tsr-"));
  try {
    writeFileSync(join(folder, "reply"), response);
    writeFileSync(join(folder, "data"), data);
    writeFileSync(join(folder, "root.pem"), root);
    const args = "ts -verify -in reply -data data -CAfile root.pem".split(" ");
    return spawnSync("openssl", args, { cwd: folder }).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeCertificates(folder: string, name: string): void {
  const key = "-newkey rsa:2048 -nodes -keyout";
  openssl(folder, `req -new ${key} root.key -out root.csr -subj`, `/CN=${name} root`);
  openssl(
    folder,
    "x509 -req -in root.csr -signkey root.key -days 2 -extfile ext.cnf -extensions root -out root.pem",
  );
  openssl(folder, `req -new ${key} tsa.key -out tsa.csr -subj`, `/O=Example/CN=${name}`);
  openssl(
    folder,
    "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 7 -days 2 -extfile ext.cnf -extensions tsa -out tsa.pem",
  );
}

/** The query with SHA-256's object identifier turned into SHA-384's: OpenSSL refuses what its policy does not allow. */
function withOtherHash(query: Buffer): Buffer {
  const oid = Buffer.from("608648016503040201", "hex");
  const changed = Buffer.from(query);
  changed.writeUInt8(2, changed.indexOf(oid) + oid.length - 1);
  return changed;
}

function openssl(folder: string, command: string, ...more: string[]): void {
  execFileSync("openssl", [...command.split(" "), ...more], { cwd: folder, stdio: "pipe" });
}
